// The one door of the library that the program loads when a surrogate is asked for.

#include "learning/commands/commands.hpp"

extern "C" __attribute__((visibility("default"))) const wattstein::learning::Commands* wattstein_learning_commands() {
  using namespace wattstein::learning;
  static constexpr Commands commands{train_command, evaluate_command, predict_command, open_surrogate};
  return &commands;
}
