#pragma once
// The keys of `[surrogate]`. Free of Torch: the program lists them without loading it.

#include "engine/options/option.hpp"

namespace wattstein::learning {

/// `[surrogate]` for `wattstein options` and for those that read the table.
options::Section surrogate_section();

}  // namespace wattstein::learning
