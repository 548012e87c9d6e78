#include "learning/commands/surrogate_options.hpp"

#include <fmt/format.h>

#include <array>

#include "engine/error/error.hpp"
#include "learning/commands/commands.hpp"

namespace wattstein::learning {
namespace {

using options::Kind;
using options::Option;

constexpr std::array<Option, 19> records = {{
    {"width", Kind::integer, "64", "-", "width of a token inside the transformer; a multiple of heads", 8, 1024},
    {"heads", Kind::integer, "4", "-", "attention heads", 1, 64},
    {"layers", Kind::integer, "3", "-", "encoder layers", 1, 24},
    {"feed_forward", Kind::integer, "128", "-", "width of the feed-forward part", 8, 4096},
    {"position", Kind::choice, "\"tree\"", "-",
     "how a token knows its place: by the tree (works on any feeder) or by a learned vector per bus", 0, 0,
     "tree|learned"},
    {"features", Kind::choice, "\"flows\"", "-",
     "what a token holds: the proposal alone, or also the flows and voltage of a lossless network", 0, 0,
     "flows|plain"},
    {"epochs", Kind::integer, "60", "-", "passes over the training rows at most", 1, 100000},
    {"batch", Kind::integer, "128", "-", "rows per step", 1, 100000},
    {"learning_rate", Kind::number, "2e-3", "-", "peak of the learning rate (warm-up, then cosine)", 1e-7, 1},
    {"gradient_limit", Kind::number, "1.0", "-", "norm above which gradients are scaled down", 1e-6, 1e6},
    {"patience", Kind::integer, "15", "-", "epochs without a better validation loss before stopping", 1, 100000},
    {"voltage_weight", Kind::number, "0.1", "-", "weight of the voltage output in the loss; the correction has 1", 0,
     100},
    {"validation_share", Kind::number, "0.05", "-", "share of the training split that is held back for early stopping",
     0.001, 0.5},
    {"baselines", Kind::choice, "\"plain\"", "-",
     "models beside it: ridge and a perceptron on the proposal alone; also a perceptron with the lossless flows; none",
     0, 0, "all|plain|none"},
    {"mlp_width", Kind::integer, "256", "-", "width of the perceptron's three hidden layers", 8, 4096},
    {"ridge_penalty", Kind::number, "1.0", "-", "penalty of ridge regression on standardised inputs", 0, 1e9},
    {"with_untight", Kind::boolean, "false", "-", "also learn from responses whose relaxation is not tight", 0, 0},
    {"device", Kind::choice, "\"cpu\"", "-", "where to train; auto: CUDA where LibTorch has it", 0, 0, "cpu|cuda|auto"},
    {"threads", Kind::integer, "0", "-", "threads of LibTorch; 0: all cores", 0, 1024},
}};

}  // namespace

options::Section surrogate_section() {
  return {"surrogate", "Training of the operator's surrogate (`wattstein train`).", records};
}

torch::Device device_of(const std::string& word, const std::string& whose) {
  if (word == "cpu") return torch::kCPU;
  const bool there = torch::cuda::is_available();
  if (word == "cuda" && !there)
    throw Error("{}: \"cuda\", but this LibTorch has no CUDA or finds no device; expected \"cpu\" or \"auto\"", whose);
  return there ? torch::kCUDA : torch::kCPU;
}

SurrogateOptions read_surrogate_options(const std::shared_ptr<files::TomlDocument>& document, std::int64_t seed) {
  const auto table = files::Table::open(document, "surrogate", records);
  SurrogateOptions options;
  options.transformer.width = table.integer("width");
  options.transformer.heads = table.integer("heads");
  if (options.transformer.width % options.transformer.heads != 0)
    table.refuse("width",
                 fmt::format("{} is no multiple of heads = {}", options.transformer.width, options.transformer.heads));
  options.transformer.layers = table.integer("layers");
  options.transformer.feed_forward = table.integer("feed_forward");
  options.transformer.learned_position = table.text("position") == "learned";
  options.transformer.flows = table.text("features") == "flows";
  options.training.epochs = table.integer("epochs");
  options.training.batch = table.integer("batch");
  options.training.learning_rate = table.number("learning_rate");
  options.training.gradient_limit = table.number("gradient_limit");
  options.training.patience = table.integer("patience");
  options.training.voltage_weight = table.number("voltage_weight");
  options.training.seed = seed;
  options.validation_share = table.number("validation_share");
  options.baselines = table.text("baselines");
  options.mlp_width = table.integer("mlp_width");
  options.ridge_penalty = table.number("ridge_penalty");
  options.with_untight = table.boolean("with_untight");
  options.device = device_of(table.text("device"), table.where("device"));
  options.threads = table.integer("threads");
  return options;
}

}  // namespace wattstein::learning
