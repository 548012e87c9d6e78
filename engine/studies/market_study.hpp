#pragma once
// Study kind `market`: microgrids trade, the distribution operator corrects (dso-response.md, "Market").

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "engine/dataset/sampler.hpp"
#include "engine/models/dso/dso_data.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// Predicts the corrections p_m − P^net_m, MW, of every row: (S, M).
using CorrectionPredictor = std::function<std::vector<double>(const DsoInputs& inputs)>;

/// Opens a model file for a feeder. Error when the file does not fit.
using SurrogateLoader = std::function<CorrectionPredictor(const std::filesystem::path& file, const DsoData& data)>;

/// The kind with trained surrogates; market_study() of study.hpp knows `surrogate = "exact"` alone.
StudyKind market_study_with(SurrogateLoader loader);

/// For the sampler's `proposals = "market"`: reads the market files of the families once, matches microgrids by name.
MarketProposals market_proposals(const std::vector<SampleFamily>& families, const SolverOptions& solver);

}  // namespace wattstein::engine
