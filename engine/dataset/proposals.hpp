#pragma once
// Given proposals: proposals.csv and loads.csv (dso-response.md, "Study file").

#include <filesystem>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

/// P and Q of every bus of the feeder scaled, then Q = P tan(acos power_factor) where P > 0 and a power factor is given
/// (NaN: unchanged). p, q: (N) in place, MW and MVAr of the case times any factor.
void apply_power_factor(const Feeder& feeder, double power_factor, double* p, double* q);

struct Proposals {
  DsoInputs inputs;                    // file order
  std::vector<std::uint8_t> may_shed;  // (N) a load above 0 in the case or in loads.csv
  bool varying_power_factor = false;   // a bus has another tanφ than in the case somewhere
};

/// Reads both tables; `loads` may be empty. Errors name file, line and column: unknown or missing columns, an id twice,
/// a proposal that loads.csv names and proposals.csv lacks, costs that are not positive, a power factor outside (0, 1].
Proposals read_proposals(const std::filesystem::path& proposals, const std::filesystem::path& loads,
                         const DsoData& data);

}  // namespace wattstein::engine
