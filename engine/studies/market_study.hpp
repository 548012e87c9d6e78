#pragma once
// Study kind `market`: microgrids trade, the distribution operator corrects (dso-response.md, "Market").

#include "engine/studies/market_case.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// Opens a model file for a feeder. Error when the file does not fit.
using SurrogateLoader = std::function<CorrectionPredictor(const std::filesystem::path& file, const DsoData& data)>;

/// The kind with trained surrogates; market_study() of study.hpp knows `surrogate = "exact"` alone.
StudyKind market_study_with(SurrogateLoader loader);

}  // namespace wattstein::engine
