#include "learning/commands/surrogate_options.hpp"

#include <fmt/format.h>

#include "engine/error/error.hpp"
#include "learning/options/surrogate_records.hpp"

namespace wattstein::learning {
torch::Device device_of(const std::string& word, const std::string& whose) {
  if (word == "cpu") return torch::kCPU;
  const bool there = torch::cuda::is_available();
  if (word == "cuda" && !there)
    throw Error("{}: \"cuda\", but this LibTorch has no CUDA or finds no device; expected \"cpu\" or \"auto\"", whose);
  return there ? torch::kCUDA : torch::kCPU;
}

SurrogateOptions read_surrogate_options(const std::shared_ptr<files::TomlDocument>& document, std::int64_t seed) {
  const auto table = files::Table::open(document, "surrogate", surrogate_section().options);
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
