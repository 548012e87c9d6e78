#include "kernels/ipm/ipm_flat.hpp"

#include <algorithm>

#include "kernels/batch/method.hpp"
#include "kernels/ipm/ipm_threads.hpp"

namespace wattstein::kernels {

void IpmFlat::add(const IpmPlan& plan, const IpmProblem& problem, bool shared_matrix) {
  const auto append = [](std::vector<double>& all, const double* values, std::int64_t count) {
    all.insert(all.end(), values, values + count);
  };
  if (!shared_matrix) append(constant, problem.constant, plan.view.constant_count);
  append(q, problem.q, plan.n);
  append(lb, problem.lb, plan.n);
  append(ub, problem.ub, plan.n);
  append(l, problem.l, plan.m);
  append(u, problem.u, plan.m);
  append(g, problem.g, plan.k);
  append(r, problem.r, 1);
  cost_scale.push_back(problem.cost_scale);
  const auto start = [&](std::vector<double>& all, const double* values, std::int64_t count, int bit) {
    all.resize(all.size() + static_cast<std::size_t>(count), 0.0);
    if (!values) return 0;
    std::copy(values, values + count, all.end() - count);
    return bit;
  };
  const int has = start(start_x, problem.start_x, plan.n, 1) | start(start_y, problem.start_y, plan.m, 2) |
                  start(start_w, problem.start_w, plan.k, 4);
  has_start.push_back(static_cast<signed char>(has));
}

void IpmFlat::finish(const IpmPlan& plan, const double* shared) {
  const auto count = cost_scale.size();
  x.resize(count * static_cast<std::size_t>(plan.n));
  y.resize(count * static_cast<std::size_t>(plan.m));
  w.resize(count * static_cast<std::size_t>(plan.k));
  status.assign(count, static_cast<int>(Status::time_limit));
  iterations.assign(count, 0);
  view.count = static_cast<std::int64_t>(count);
  view.constant = shared ? shared : constant.data();
  view.constant_stride = shared ? 0 : plan.view.constant_count;
  view.shared_matrix = shared != nullptr;
  view.q = q.data(), view.lb = lb.data(), view.ub = ub.data(), view.l = l.data(), view.u = u.data(), view.g = g.data();
  view.r = r.data(), view.cost_scale = cost_scale.data();
  view.q_stride = view.lb_stride = view.ub_stride = plan.n;
  view.l_stride = view.u_stride = plan.m;
  view.g_stride = plan.k;
  view.r_stride = 1;
  view.start_x = start_x.data(), view.start_y = start_y.data(), view.start_w = start_w.data();
  view.has_start = has_start.data();
  view.x = x.data(), view.y = y.data(), view.w = w.data();
  view.status = status.data(), view.iterations = iterations.data();
  view.next = &next;
  view.stop = &stop;
}

void run_ipm_emulated(const IpmPlan& plan, IpmFlat& flat) {
  const std::int64_t elements = ipm_thread_elements(plan.view, flat.view.shared_matrix == 0);
  // One warp; its threads take turns, each on its own column of the storage.
  std::vector<double> storage(static_cast<std::size_t>(elements * WarpVec::threads), 0.0);
  for (int thread = 0; flat.next < static_cast<unsigned long long>(flat.view.count);
       thread = (thread + 1) % WarpVec::threads) {
    const unsigned long long end = flat.next + 1;
    IpmFlatView one = flat.view;
    one.count = static_cast<std::int64_t>(end);
    ipm_thread(one, plan.view, storage.data() + thread);
    flat.next = end;
  }
}

}  // namespace wattstein::kernels
