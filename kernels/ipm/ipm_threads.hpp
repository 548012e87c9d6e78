#pragma once
// One problem per thread of a warp, storage interleaved over the 32 threads: the same bodies as the vector lanes, as
// CUDA runs them (ipm_cuda.cu) and as a plain loop runs them on the CPU for tests (ipm_flat.cpp).

#include "kernels/ipm/ipm_driver.hpp"
#include "kernels/ipm/ipm_flat_view.hpp"

namespace wattstein::kernels {

inline namespace WATTSTEIN_ISA {

struct WarpSpace {
  using Real = double;
  using Vec = WarpVec;
  using Kinds = ReadKinds;
  // Careful plans are for a few hard problems: a CPU's lanes take them.
  static constexpr bool careful = false;
};

struct IpmThreadTask {
  IpmFlatView flat;
  IpmView view;
  void* context;
  int shared_matrix;
  double tolerance_relative, tolerance_absolute;
  int max_iterations;

  WATTSTEIN_HD int next(void*, int, IpmProblem* problem) const {
#ifdef __CUDA_ARCH__
    const auto b = static_cast<std::int64_t>(atomicAdd(flat.next, 1ULL));
#else
    const auto b = static_cast<std::int64_t>((*flat.next)++);
#endif
    if (b >= flat.count || *flat.stop != 0) return 0;
    problem->index = b;
    problem->constant = flat.constant + b * flat.constant_stride;
    problem->q = flat.q + b * flat.q_stride;
    problem->lb = flat.lb + b * flat.lb_stride;
    problem->ub = flat.ub + b * flat.ub_stride;
    problem->l = flat.l + b * flat.l_stride;
    problem->u = flat.u + b * flat.u_stride;
    problem->g = flat.g + b * flat.g_stride;
    problem->r = flat.r + b * flat.r_stride;
    const int has = flat.has_start ? flat.has_start[b] : 0;
    problem->start_x = (has & 1) ? flat.start_x + b * view.n : nullptr;
    problem->start_y = (has & 2) ? flat.start_y + b * view.m : nullptr;
    problem->start_w = (has & 4) ? flat.start_w + b * view.k : nullptr;
    problem->cost_scale = flat.cost_scale[b];
    return 1;
  }
  WATTSTEIN_HD void target(void*, std::int64_t b, double** x, double** y, double** w) const {
    *x = flat.x + b * view.n;
    *y = flat.y + b * view.m;
    *w = flat.w + b * view.k;
  }
  WATTSTEIN_HD void finish(void*, std::int64_t b, int status, int iterations) const {
    flat.status[b] = status;
    flat.iterations[b] = iterations;
  }
  WATTSTEIN_HD int stopped(void*) const {
    return *flat.stop;
  }
};

/// What one thread does; `base` is its first element in the storage of its warp.
WATTSTEIN_HD_CALL void ipm_thread(const IpmFlatView& flat, const IpmView& view, double* base) {
  const IpmThreadTask task{
      flat, view, nullptr, flat.shared_matrix, flat.tolerance_relative, flat.tolerance_absolute, flat.max_iterations};
  IpmNoSource none;
  if (flat.shared_matrix) {
    IpmBody<WarpSpace, SharedValues<double>> body;
    body.bind(view, WarpVec{base});
    body.a = SharedValues<double>{flat.constant};
    IpmDriver<WarpSpace, SharedValues<double>, IpmThreadTask> driver{task, body, none, {}};
    driver.run();
  } else {
    IpmBody<WarpSpace, LaneValues<WarpVec>> body;
    body.bind(view, WarpVec{base});
    body.a = LaneValues<WarpVec>{body.tail_};
    IpmDriver<WarpSpace, LaneValues<WarpVec>, IpmThreadTask> driver{task, body, none, {}};
    driver.run();
  }
}

WATTSTEIN_HD std::int64_t ipm_thread_elements(const IpmView& view, bool matrix) {
  return IpmBody<WarpSpace, SharedValues<double>>::size(view, matrix);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
