#include "learning/options/surrogate_records.hpp"

#include <array>

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

}  // namespace wattstein::learning
