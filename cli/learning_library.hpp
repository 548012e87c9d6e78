#pragma once
// The library with everything that needs LibTorch.

#include "learning/commands/commands.hpp"

namespace wattstein::cli {

/// Loads the library on the first call. Error when it is not where the program expects it, or cannot be loaded.
const learning::Commands& learning_commands();

}  // namespace wattstein::cli
