#pragma once
// The operator's problem as a batch: pattern once per feeder, numbers per proposal, per unit of base_mva, objective in
// $/h.
//
// Columns: p_g, q_g of each unit, δ_m = p_m − P^net_m (so that no constant λ Σ (P^net)² hides what an accuracy relative
// to the objective is worth), ls of the buses that may shed, P, Q, ℓ of the lines, v of the buses; with the
// cap also P̂, Q̂ of the lines and v̂ of the buses but the root. Rows: P and Q balance of the buses, drop of the lines;
// with the cap the same three of the lossless flow, root left out:
//     inj_j + P̂_l − Σ_{l' out of j} P̂_l' = P_j − PV_j (Q alike),   v̂_j − v̂_i + 2 (r P̂_l + x Q̂_l) = 0,   v̂_j ≤ v_max²
// which is v̂ = v_root + 2 (R p̂ + X q̂) written on the tree, without its dense matrices. For a few buses the same cap
// needs one row each: the lossy and the lossless flow differ by the losses below a line, so that with the rows above
//     v̂_n = v_n + Σ_l E_nl ℓ_l,   E_nl = 2 (r_l R_n,to(l) + x_l X_n,to(l)) − [l on the way to n] (r_l² + x_l²).
// Cones: (ℓ/2, v_i, P, Q) rotated.

#include <cstdint>
#include <span>
#include <vector>

#include "engine/models/dso/dso_data.hpp"
#include "engine/solver/solver.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// How v̂_n ≤ v_max² stands in the problem: not at all, for the buses where something may inject, or for all of them.
enum class DsoCap { none, sources, tree };

/// Pattern choices that must not depend on the batch a row is in.
struct DsoPattern {
  DsoCap cap = DsoCap::none;
  bool varying_power_factor = true;    // tanφ differs between proposals: A has a set of values per problem
  std::vector<std::uint8_t> may_shed;  // (N) bus has a shedding variable
};

class ProblemBuilder;

class DsoBatch {
 public:
  DsoBatch(const DsoData& data, DsoPattern pattern);

  /// The problems of the given rows of `inputs`.
  kernels::Batch build(const DsoInputs& inputs, std::span<const std::int64_t> rows) const;
  /// The same into an existing batch of this pattern (arrays are reused).
  void fill(const DsoInputs& inputs, std::span<const std::int64_t> rows, kernels::Batch& batch) const;

  /// Writes primal and dual arrays of problem b to row `row` of the answers (status and iterations too).
  void unpack(const BatchResult& result, std::int64_t b, const DsoInputs& inputs, std::int64_t row,
              DsoAnswers& answers) const;

  int variables() const { return variables_; }
  int rows() const { return rows_; }

 private:
  void build_pattern();
  void add_source_caps(ProblemBuilder& builder);
  void limits_of_lossless_flow(const DsoInputs& inputs, std::int64_t row, double* lb, double* ub) const;

  const DsoData& data_;
  DsoPattern pattern_;
  std::vector<int> shed_bus_, shed_of_bus_;  // (number of shedding variables), (N) or -1
  int variables_ = 0, rows_ = 0;
  // first columns and rows of each kind
  int pg_ = 0, pm_ = 0, ls_ = 0, p_ = 0, q_ = 0, l_ = 0, v_ = 0, ph_ = 0, qh_ = 0, vh_ = 0;
  int row_p_ = 0, row_q_ = 0, row_drop_ = 0, row_ph_ = 0, row_qh_ = 0, row_vh_ = 0, row_cap_ = 0;
  std::vector<std::int64_t> tan_entry_,
      tan_hat_entry_;                   // positions in A.data of tanφ of each shedding variable (or -1)
  std::vector<int> capped_bus_;         // buses with a cap row of their own (DsoCap::sources)
  std::vector<int> lossless_position_;  // (N) position among the buses but the root; -1 at the root
  kernels::Batch shared_;               // pattern and shared numbers, one problem
};

}  // namespace wattstein::engine
