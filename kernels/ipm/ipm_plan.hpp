#pragma once
// The plan of one pattern: Ĝ, the KKT pattern, its order and factor, and where every entry comes from.

#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/ipm/ipm_view.hpp"
#include "kernels/math/ldl_list.hpp"

namespace wattstein::kernels {

/// A cone that touches more variables than this is expanded instead of standing as a dense block.
inline constexpr int ipm_dense_variables = 256;

/// A careful plan writes cones of no more rows in the frame of their scaling (math/cone_frames.hpp).
inline constexpr int ipm_framed_size = 16;

struct IpmPlan {
  int n = 0, m = 0, k = 0;
  CsrPattern a, p;
  CsrPattern g;  // Ĝ
  CsrPattern g_original;
  std::vector<int> g_first, g_second;  // (nnz Ĝ) entries of G that make Ĝ's: (first ± second)/√2, or first alone (-1)
  std::vector<signed char> g_kind;     // (nnz Ĝ) 0: plain, +1: sum, -1: difference
  std::vector<Cone> cones;
  std::vector<int> p_diagonal, p_changing, cone_start, cone_changing, cone_row, cone_extra;
  std::vector<int> cone_variable_start, cone_variable, g_local, cone_gram;
  int changing_count = 0, gram_count = 0, cone_variable_most = 1;
  LdlSymbolic ldl;
  LdlList list;
  std::vector<signed char> sign;  // by place
  std::vector<double> least;      // by place
  std::vector<std::int64_t> constant, changing;
  std::vector<int> constant_row, constant_source, changing_row, changing_source;
  IpmView view{};

  /// careful: no cone is eliminated; small ones stand in the frame of their scaling.
  IpmPlan(const Batch& batch, bool careful);
  IpmPlan(const IpmPlan&) = delete;
  bool fits(const Batch& batch) const;
};

/// Maps a cone-row vector to second-order form or back (the map is its own inverse), in place.
void map_rotated(const std::vector<Cone>& cones, double* vector);

/// Factors of columns, rows and cone rows: powers of two, the same within a cone.
struct IpmScales {
  std::vector<double> column, row, cone;  // (n), (m), (k): D, E, E_g
};

/// Ruiz equilibration of [Aᵀ Ĝᵀ; A; Ĝ]. `a`, `g`: unscaled values of the patterns.
IpmScales find_scales(const IpmPlan& plan, const double* a, const double* g);

/// Scaled values of one problem. `out` (constant_count): A, P, Ĝ, then 1/D, 1/E, 1/E_g, then ĜᵀJĜ of each cone that is
/// a dense block. `a`, `p`, `g`: unscaled values of the patterns.
void scale_values(const IpmPlan& plan, const double* a, const double* p, const double* g, const IpmScales& scales,
                  double* out);

/// Power of two near 1/‖D q‖∞.
double cost_scale(const IpmPlan& plan, const double* constant, const double* q);

}  // namespace wattstein::kernels
