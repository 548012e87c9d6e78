#pragma once
// What the interior-point body sees: a plan as plain arrays, a loaded problem as plain pointers, and the task that
// joins them. Plain data only: this header is read by the compilations for each instruction set and by the CUDA one.

#include <cstdint>

#include "kernels/math/ldl_view.hpp"

namespace wattstein::kernels {

/// One pattern. Ĝ: G with the rows of rotated cones mapped to second-order ones. A cone of few variables adds ĜᵀW⁻²Ĝ as
/// a dense block of its variables; the others are expanded. A careful plan has no dense blocks: its cones of few rows
/// stand in the frame of their scaling (ipm_frames.hpp). KKT rows: variables, rows, the rows of the cones that are not
/// dense blocks, then two more for each expanded one.
struct IpmView {
  int n, m, k, cones;
  int kkt_rows;
  int changing_count;                    // off-diagonal entries of P and of the cone blocks
  int separate_steps;                    // LP: own step lengths for primal and dual
  const int *a_start, *a_index;          // (m + 1), (nnz A)
  const int *p_start, *p_index;          // (n + 1), (nnz P) upper triangle
  const int* p_diagonal;                 // (n) entry of P on the diagonal, or -1
  int p_changing_count;                  // off-diagonal entries of P: the first of the changing values
  const int* p_changing;                 // (p_changing_count) entry of P
  const int *g_start, *g_index;          // (k + 1), (nnz Ĝ)
  int p_base, g_base;                    // constant values: A, then P, then Ĝ, then the inverse scales
  int column_base, row_base, cone_base;  // 1/D (n), 1/E (m), 1/E_g (k)
  int gram_base;                         // ĜᵀJĜ
  int constant_count;
  const int* cone_start;           // (cones + 1) first row of each cone
  const int* cone_changing;        // (cones + 1) first changing entry of each cone
  const int* cone_row;             // (cones) first KKT row of a cone, or -1: dense block
  const int* cone_extra;           // (cones) first of the two extra KKT rows of an expanded cone, or -1
  const int* cone_variable_start;  // (cones + 1) variables of each cone
  const int* cone_variable;
  const int* g_local;    // (nnz Ĝ) place of the entry's column among the variables of its cone
  const int* cone_gram;  // (cones) first constant value of ĜᵀJĜ, lower triangle by rows
  int cone_variable_most;
  int expanded;      // number of cones with rows of their own
  int correctors;    // centrality correctors that an iteration may try
  int careful;       // made for careful solves: no cone is a dense block, room for ipm_krylov.hpp
  int rough;         // single precision carries its first iterations far enough to pay
  const int* place;  // (kkt_rows) place of each KKT row in the factor
  LdlView ldl;
};

/// One problem, scaled where said so. Scales are powers of two, so scaling is exact.
struct IpmProblem {
  std::int64_t index;                         // row of the results
  const double* constant;                     // (constant_count) scaled values, see IpmView
  const double *q, *lb, *ub, *l, *u, *g, *r;  // unscaled; g already mapped
  const double *start_x, *start_y, *start_w;  // unscaled start or null; w already mapped
  double cost_scale;                          // c
};

/// What a worker is given. `next` fills a problem for the lane's slot and returns 1, or 0 when there is none left;
/// `finish` is called after the answer of a problem has been written to `x`, `y`, `w` (rows n, m, k of that problem,
/// unscaled, cones still mapped).
struct IpmTask {
  const IpmView* view;
  void* context;
  int (*next)(void* context, int lane, IpmProblem* problem);
  void (*target)(void* context, std::int64_t index, double** x, double** y, double** w);
  void (*finish)(void* context, std::int64_t index, int status, int iterations);
  int (*stopped)(void* context);
  double* workspace;  // aligned to 64 bytes
  int rough;          // first iterations in single precision
  int shared_matrix;  // all problems share `constant`
  const double* shared_constant;
  double tolerance_relative, tolerance_absolute;
  int max_iterations;
};

/// What a worker needs: bytes of its bodies, and how many problems it may hold at once with rough iterations.
struct IpmNeeds {
  std::int64_t exact, rough;
  int problems;
};

}  // namespace wattstein::kernels
