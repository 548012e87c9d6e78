#pragma once
// Proposals of a data set taken from a market: the sampler's `proposals = "market"` (dso-dataset.md, "Sampler").

#include "engine/dataset/sampler.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

/// Reads the market files of the families once, matches microgrids by name. Errors: a file that is no market study, a
/// microgrid that its market does not have.
MarketProposals market_proposals(const std::vector<SampleFamily>& families, const SolverOptions& solver);

}  // namespace wattstein::engine
