#include "bench/gpu/workloads.hpp"

#include <algorithm>
#include <chrono>

#include "kernels/admm/admm.hpp"
#include "kernels/ipm/ipm.hpp"
#include "kernels/pdhg/pdhg.hpp"
#include "kernels/pool/basis_pool.hpp"
#include "kernels/wide/wide.hpp"
#include "kernels/wide/wide_plan.hpp"

namespace wattstein::bench {

using kernels::Batch;
using kernels::Device;
using kernels::MethodSettings;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

MethodSettings settings_for(const Workload& workload, Device device) {
  MethodSettings settings;
  settings.tolerance_absolute = settings.tolerance_relative = workload.tolerance;
  settings.device = device;
  settings.threads = device == Device::emulated_block ? 4 : 0;
  return settings;
}

template <class Method>
Timed run(Method& method, const Batch& batch, const std::vector<std::int64_t>& problems, const MethodSettings& settings,
          double plan_seconds) {
  Timed timed;
  timed.plan_seconds = plan_seconds;
  timed.out.resize(batch);
  const auto start = std::chrono::steady_clock::now();
  method.solve(batch, problems, settings, timed.out);
  timed.seconds = seconds_since(start);
  return timed;
}

// SplitMix64, to a number within ±half of 1.
double factor_of(std::uint64_t state, double half) {
  state += 0x9e3779b97f4a7c15ULL;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
  state ^= state >> 31;
  return 1.0 + half * (static_cast<double>(state >> 11) * 0x1.0p-52 - 1.0);
}

}  // namespace

const char* way_word(Way way) {
  switch (way) {
    case Way::ipm:
      return "ipm";
    case Way::pdhg:
      return "pdhg";
    case Way::admm:
      return "admm";
    case Way::wide:
      return "wide";
    case Way::wide_cusparse:
      return "wide-cusparse";
  }
  return "unknown";
}

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      {"recourse14", Way::ipm, 1e-6, 40, 960, 100000},
      {"recourse14", Way::pdhg, 1e-4, 4, 960, 100000},
      {"recourse30", Way::ipm, 1e-6, 40, 960, 100000},
      {"recourse30", Way::pdhg, 1e-4, 2, 960, 100000},
      {"recourse30_outages", Way::ipm, 1e-6, 20, 480, 100000},
      {"recourse30_outages", Way::pdhg, 1e-4, 2, 480, 50000},
      {"recourse118", Way::ipm, 1e-6, 20, 480, 100000},
      {"recourse118", Way::pdhg, 1e-4, 1, 96, 100000},
      {"recourse118", Way::wide, 1e-4, 8, 96, 100000},
      {"recourse118", Way::wide_cusparse, 1e-4, 8, 96, 100000},
      {"recourse118_ptdf", Way::pdhg, 1e-4, 1, 480, 20000},
      {"recourse118_ptdf", Way::wide, 1e-4, 8, 480, 20000},
      {"recourse118_ptdf", Way::wide_cusparse, 1e-4, 8, 480, 20000},
      {"qp", Way::ipm, 1e-6, 40, 1000, 100000},
      {"qp", Way::pdhg, 1e-4, 4, 1000, 100000},
      {"qp", Way::admm, 1e-4, 4, 1000, 100000},
      {"qp", Way::admm, 1e-6, 4, 1000, 100000},
      {"qp", Way::wide, 1e-6, 16, 1000, 100000},
      {"socp33", Way::ipm, 1e-6, 20, 500, 100000},
      {"socp33", Way::admm, 1e-4, 2, 500, 100000},
      {"socp33", Way::admm, 1e-6, 2, 500, 100000},
      {"socp33_varying", Way::admm, 1e-4, 2, 200, 20000},
      {"cvar", Way::ipm, 1e-6, 4, 200, 10000},
      {"cvar", Way::admm, 1e-4, 1, 200, 2000},
      {"cvar", Way::wide, 1e-4, 8, 200, 10000},
      {"cvar_own", Way::admm, 1e-4, 1, 50, 500},
      {"hub24", Way::ipm, 1e-6, 2, 20, 2000},
      {"hub24", Way::wide, 1e-4, 2, 20, 2000},
      {"awkward", Way::ipm, 1e-6, 45, 45, 0},
      {"awkward", Way::pdhg, 1e-4, 45, 45, 0},
      {"awkward", Way::admm, 1e-4, 45, 45, 0},
      {"awkward", Way::wide, 1e-4, 45, 45, 0},
  };
  return all;
}

Timed solve(const Workload& workload, const Batch& batch, const std::vector<std::int64_t>& problems, Device device,
            bool rough) {
  MethodSettings settings = settings_for(workload, device);
  settings.rough = rough;
  const auto start = std::chrono::steady_clock::now();
  if (workload.way == Way::ipm) {
    kernels::IpmMethod method(batch, settings);
    return run(method, batch, problems, settings, seconds_since(start));
  }
  if (workload.way == Way::admm) {
    kernels::AdmmMethod method(batch, settings);
    return run(method, batch, problems, settings, seconds_since(start));
  }
  // On the CPU the lanes stand for comparison; lockstep takes the device's place where there is none.
  if (workload.way == Way::pdhg || device == Device::cpu) {
    kernels::PdhgMethod method(batch, settings);
    return run(method, batch, problems, settings, seconds_since(start));
  }
  kernels::WideMethod method(batch, settings);
  method.products = workload.way == Way::wide_cusparse ? kernels::WideProducts::cusparse : kernels::WideProducts::fused;
  return run(method, batch, problems, settings, seconds_since(start));
}

Timed solve_by_pool(const Workload& workload, const Batch& batch, const std::vector<std::int64_t>& problems) {
  Timed timed;
  if (!kernels::BasisPool::supports(batch)) return timed;
  constexpr std::size_t slice = 128;
  constexpr std::int64_t kept = 4000;
  const MethodSettings settings = settings_for(workload, Device::cpu);
  timed.out.resize(batch);
  kernels::BasisPool pool(batch);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < problems.size(); at += slice)
    pool.solve(batch, std::span(problems).subspan(at, std::min(slice, problems.size() - at)), settings, kept,
               timed.out);
  timed.seconds = seconds_since(start);
  return timed;
}

Batch repeated(const Batch& batch, std::int64_t count) {
  Batch out = batch;
  out.problems = count;
  const auto field = [&](kernels::Field& to) {
    if (!to.per_problem || to.empty()) return;
    const kernels::Field from = std::move(to);
    to = kernels::Field::rows(count, from.width);
    for (std::int64_t b = 0; b < count; ++b) std::copy_n(from.of(b % batch.problems), from.width, to.of(b));
  };
  for (kernels::Field* f :
       {&out.q, &out.r, &out.l, &out.u, &out.lb, &out.ub, &out.g, &out.start_x, &out.start_y, &out.start_w})
    field(*f);
  for (kernels::Field* f : {&out.l, &out.u})
    if (f->per_problem)
      for (std::int64_t b = batch.problems; b < count; ++b)
        for (std::int64_t i = 0; i < f->width; ++i)
          f->of(b)[i] *= factor_of(static_cast<std::uint64_t>(b * f->width + i), 0.005);
  const auto matrix = [&](kernels::Matrix& to) {
    const std::int64_t nnz = to.pattern.nonzeros();
    if (!to.varies()) return;
    const kernels::Matrix from = to;
    if (from.per_problem) {
      to.data.resize(static_cast<std::size_t>(count * nnz));
      for (std::int64_t b = 0; b < count; ++b)
        std::copy_n(from.data.data() + (b % batch.problems) * nnz, nnz, to.data.data() + b * nnz);
    }
    if (from.delta_indptr.empty()) return;
    to.delta_indptr.assign(1, 0);
    to.delta_position.clear();
    to.delta_value.clear();
    for (std::int64_t b = 0; b < count; ++b) {
      const std::int64_t source = b % batch.problems;
      for (std::int64_t e = from.delta_indptr[source]; e < from.delta_indptr[source + 1]; ++e) {
        to.delta_position.push_back(from.delta_position[e]);
        to.delta_value.push_back(from.delta_value[e]);
      }
      to.delta_indptr.push_back(static_cast<std::int64_t>(to.delta_position.size()));
    }
  };
  matrix(out.A);
  matrix(out.P);
  matrix(out.G);
  return out;
}

Work work_of(const Workload& workload, const Batch& batch, double iterations) {
  const auto nnz = static_cast<double>(batch.A.pattern.nonzeros() + batch.G.pattern.nonzeros());
  const double n = batch.variables, rows = batch.rows + batch.cone_rows(), number = 8.0;
  Work work;
  if (workload.way == Way::ipm) {
    // An iteration: one factorisation, two solves of 4 multiply-adds an entry of L, passes over data and iterate
    // (engine/solver/methods.cpp). Memory: L written once and read twice by its updates and once by each half of a
    // solve, the iterate some forty times a number of the problem.
    const kernels::IpmMethod method(batch, {});
    const auto factor = static_cast<double>(method.factor_nonzeros());
    const double size = n + rows;
    work.flops =
        2.0 * iterations * (static_cast<double>(method.factor_flops()) + 8.0 * factor + 8.0 * nnz + 40.0 * size);
    work.bytes = number * iterations * (7.0 * factor + 40.0 * size);
    return work;
  }
  // Two products and some ten operations a number; what ADMM's solves cost comes on top and is not counted.
  work.flops = iterations * (4.0 * nnz + 10.0 * (n + rows));
  // Lockstep: x, x⁰, q, l, u, x̂ and its image read, x, x̄ written, x̄ read by the product; for rows y, y⁰, l, u and the
  // product's y read, y written. A block keeps all that in its own memory: what it moves are the problem and its
  // answer.
  const bool lockstep = workload.way == Way::wide || workload.way == Way::wide_cusparse;
  work.bytes = lockstep ? number * iterations * (8.0 * n + 6.0 * rows) : 0.0;
  if (workload.way == Way::wide_cusparse) work.bytes += number * iterations * 2.0 * (n + rows);
  return work;
}

double transfer_bytes(const Batch& batch) {
  double bytes = 8.0 * (batch.variables + batch.rows + batch.cone_rows()) + 9.0;
  for (const kernels::Field* f : {&batch.q, &batch.r, &batch.l, &batch.u, &batch.lb, &batch.ub, &batch.g,
                                  &batch.start_x, &batch.start_y, &batch.start_w})
    if (f->per_problem) bytes += 8.0 * static_cast<double>(f->width);
  for (const kernels::Matrix* m : {&batch.A, &batch.G, &batch.P})
    if (m->per_problem) bytes += 8.0 * static_cast<double>(m->pattern.nonzeros());
  return bytes;
}

}  // namespace wattstein::bench
