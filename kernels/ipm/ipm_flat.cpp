#include "kernels/ipm/ipm_flat.hpp"

#include <cstring>

#include "kernels/backend/two_slots.hpp"

namespace wattstein::kernels {

namespace {
constexpr std::int64_t number_bytes = sizeof(double), int_bytes = sizeof(int);
}

void IpmFlatLayout::describe(const IpmCall& call, Numbers (&numbers)[names]) {
  const IpmPlan& plan = call.plan;
  const Batch& batch = call.batch;
  const auto field = [&](Name name, const Field& from, std::int64_t width) {
    numbers[name] = {true, !from.per_problem, width, 0};
  };
  numbers[constant] = {true, call.shared_matrix, plan.view.constant_count, 0};
  field(q, batch.q, plan.n), field(lb, batch.lb, plan.n), field(ub, batch.ub, plan.n);
  field(l, batch.l, plan.m), field(u, batch.u, plan.m);
  field(g, batch.g, plan.k), field(r, batch.r, 1);
  numbers[cost] = {true, false, 1, 0};
  // A start may be missing for single problems, even where all of them are given the same.
  const auto start = [&](Name name, const Field& from, std::int64_t width) {
    numbers[name] = {call.settings.warm_start && !from.empty(), false, width, 0};
  };
  start(start_x, batch.start_x, plan.n), start(start_y, batch.start_y, plan.m), start(start_w, batch.start_w, plan.k);
}

std::int64_t IpmFlatLayout::bytes_per_problem(const IpmCall& call) {
  Numbers numbers[names];
  describe(call, numbers);
  std::int64_t width = call.plan.n + call.plan.m + call.plan.k;
  for (const Numbers& array : numbers)
    if (array.given && !array.shared) width += array.width;
  return width * number_bytes + 2 * int_bytes + 1;
}

IpmFlatLayout::IpmFlatLayout(const IpmCall& call, std::int64_t capacity) : capacity_(capacity) {
  describe(call, numbers_);
  ByteLayout shared, in, out;
  for (Numbers& array : numbers_) {
    if (!array.given) continue;
    array.at = array.shared ? shared.take(array.width * number_bytes) : in.take(capacity * array.width * number_bytes);
  }
  has_start_ = in.take(capacity);
  x_ = out.take(capacity * call.plan.n * number_bytes);
  y_ = out.take(capacity * call.plan.m * number_bytes);
  w_ = out.take(capacity * call.plan.k * number_bytes);
  status_ = out.take(capacity * int_bytes);
  iterations_ = out.take(capacity * int_bytes);
  shared_bytes_ = shared.used, in_bytes_ = in.used, out_bytes_ = out.used;
}

void IpmFlatLayout::fill_shared(const IpmCall& call, char* shared) const {
  IpmWorker worker(call, 1);
  IpmProblem problem{};
  worker.load(0, 0, problem);
  const double* from[names] = {problem.constant, problem.q, problem.lb, problem.ub, problem.l, problem.u,
                               problem.g,        problem.r, nullptr,    nullptr,    nullptr,   nullptr};
  for (int name = 0; name < names; ++name)
    if (numbers_[name].given && numbers_[name].shared && numbers_[name].width > 0)
      std::memcpy(shared + numbers_[name].at, from[name],
                  static_cast<std::size_t>(numbers_[name].width * number_bytes));
}

void IpmFlatLayout::put(const IpmProblem& problem, std::int64_t row, char* in) const {
  const double* from[names] = {problem.constant,    problem.q,       problem.lb,      problem.ub,
                               problem.l,           problem.u,       problem.g,       problem.r,
                               &problem.cost_scale, problem.start_x, problem.start_y, problem.start_w};
  for (int name = 0; name < names; ++name) {
    const Numbers& array = numbers_[name];
    if (!array.given || array.shared || array.width == 0 || !from[name]) continue;
    std::memcpy(in + array.at + row * array.width * number_bytes, from[name],
                static_cast<std::size_t>(array.width * number_bytes));
  }
  in[has_start_ + row] =
      static_cast<char>((problem.start_x ? 1 : 0) | (problem.start_y ? 2 : 0) | (problem.start_w ? 4 : 0));
}

IpmFlatView IpmFlatLayout::view(const IpmCall& call, std::int64_t count, char* shared, char* in, char* out) const {
  IpmFlatView v{};
  v.count = count;
  const auto place = [&](Name name, const double*& pointer, std::int64_t* stride) {
    const Numbers& array = numbers_[name];
    pointer = array.given ? reinterpret_cast<const double*>((array.shared ? shared : in) + array.at) : nullptr;
    if (stride) *stride = array.shared ? 0 : array.width;
  };
  place(constant, v.constant, &v.constant_stride);
  place(q, v.q, &v.q_stride), place(lb, v.lb, &v.lb_stride), place(ub, v.ub, &v.ub_stride);
  place(l, v.l, &v.l_stride), place(u, v.u, &v.u_stride);
  place(g, v.g, &v.g_stride), place(r, v.r, &v.r_stride);
  place(cost, v.cost_scale, nullptr);
  place(start_x, v.start_x, nullptr), place(start_y, v.start_y, nullptr), place(start_w, v.start_w, nullptr);
  v.has_start = reinterpret_cast<const signed char*>(in + has_start_);
  v.x = reinterpret_cast<double*>(out + x_);
  v.y = reinterpret_cast<double*>(out + y_);
  v.w = reinterpret_cast<double*>(out + w_);
  v.status = reinterpret_cast<int*>(out + status_);
  v.iterations = reinterpret_cast<int*>(out + iterations_);
  v.shared_matrix = call.shared_matrix ? 1 : 0;
  v.tolerance_relative = call.settings.tolerance_relative;
  v.tolerance_absolute = call.settings.tolerance_absolute;
  v.max_iterations = call.iteration_limit();
  return v;
}

}  // namespace wattstein::kernels
