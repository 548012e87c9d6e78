#pragma once
// What an answer is worth, from the data alone: objective, certified bound, cone gap, fictitious loss, acceptance.
// Nothing here uses the assembled matrices, so it also judges the assembly.

#include <cstdint>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

/// Scratch of one thread for the functions below.
struct DsoScratch {
  explicit DsoScratch(const DsoData& data);
  std::vector<double> bus[6];   // (N) each
  std::vector<double> line[4];  // (L) each
};

/// $/h of a primal point: Σ a p² + b p + c_ls Σ ls² + λ Σ (p_m − net)².
double dso_objective(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row);

/// β of the row's stored multipliers (canonical.md, "Certified bound"), cone parts projected first, $/h. `ray`: with
/// zero objective; a positive value proves infeasibility.
double dso_certified_bound(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                           bool ray, DsoScratch& scratch);

/// v̂_n = v_root + 2 Σ_k (R_nk p̂_k + X_nk q̂_k) of the row's primal point, p.u. squared. out: (N).
void dso_lossless_voltage(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                          double* out, DsoScratch& scratch);

/// Largest violation of any row, limit or cone by the row's primal point, p.u. (the cap v̂ included when `data` has it).
double dso_violation(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                     DsoScratch& scratch);

/// Fills price_p and price_q from balance_p, balance_q and voltage_cap of a row.
void dso_prices(const DsoData& data, DsoAnswers& answers, std::int64_t row, DsoScratch& scratch);

/// Fills objective, lower_bound, socp_gap, fictitious_loss, tight, accepted of a solved row from its arrays.
void dso_judge(const DsoData& data, const DsoInputs& inputs, DsoAnswers& answers, std::int64_t row,
               DsoScratch& scratch);

}  // namespace wattstein::engine
