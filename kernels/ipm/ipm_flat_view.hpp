#pragma once
// Plain arrays of problems side by side, as threads see them.

#include <cstdint>

namespace wattstein::kernels {

/// Problems copied side by side; a pointer with stride 0 serves all of them. Arrays live where the threads run.
struct IpmFlatView {
  std::int64_t count;
  const double *constant, *q, *lb, *ub, *l, *u, *g, *r, *cost_scale;
  std::int64_t constant_stride, q_stride, lb_stride, ub_stride, l_stride, u_stride, g_stride, r_stride;
  const double *start_x, *start_y, *start_w;  // (count, ·) or null
  const signed char* has_start;               // (count) bits 1: x, 2: y, 4: w
  double *x, *y, *w;                          // (count, n), (count, m), (count, k) results
  int *status, *iterations;                   // (count)
  unsigned long long* next;                   // queue
  const volatile int* stop;
  double tolerance_relative, tolerance_absolute;
  int max_iterations;
  int shared_matrix;
};

}  // namespace wattstein::kernels
