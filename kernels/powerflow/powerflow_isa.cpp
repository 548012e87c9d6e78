// Compiled once per instruction set: the lane drivers of both methods.

#include "kernels/powerflow/lanes.hpp"
#include "kernels/powerflow/newton_body.hpp"
#include "kernels/powerflow/sweep_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

namespace {

#if defined(__AVX512F__)
constexpr int lanes = 8;
#elif defined(__AVX2__)
constexpr int lanes = 4;
#else
constexpr int lanes = 2;
#endif
using Real = Pack<double, lanes>;
using Mask = LanesOf<Real>::Mask;

struct LaneMemory {
  double* base;
  WATTSTEIN_HD Real get(int i) const { return Real::load(base + static_cast<std::int64_t>(i) * lanes); }
  WATTSTEIN_HD void set(int i, Real value) const { value.store(base + static_cast<std::int64_t>(i) * lanes); }
  WATTSTEIN_HD double& lane(int i, int l) const { return base[static_cast<std::int64_t>(i) * lanes + l]; }
};

std::int64_t take(std::int64_t* next) {
  return __atomic_fetch_add(next, std::int64_t{1}, __ATOMIC_RELAXED);
}

constexpr double not_a_number = __builtin_nan("");

void write_result(const PowerFlowTask& task, const int* order, LaneMemory m, int re, int im, int l, std::int64_t s,
                  bool converged, int iterations, double mismatch) {
  double* out_re = task.re + s * task.nodes;
  double* out_im = task.im + s * task.nodes;
  for (int i = 0; i < task.nodes; ++i) {
    out_re[order[i]] = converged ? m.lane(re + i, l) : not_a_number;
    out_im[order[i]] = converged ? m.lane(im + i, l) : not_a_number;
  }
  task.mismatch[s] = mismatch;
  task.iterations[s] = iterations;
  task.converged[s] = converged ? 1 : 0;
}

/// The stream itself. `start(lane, scenario or -1)` fills a lane; `advance(finite)` is one iteration of all lanes and
/// returns the mismatch of the iterate that is now in the lanes.
template <class Start, class Advance, class Finish>
void stream(const PowerFlowTask& task, Start&& start, Advance&& advance, Finish&& finish) {
  std::int64_t scenario[lanes];
  int iterations[lanes];
  int active = 0;
  const auto refill = [&](int l) {
    const std::int64_t s = take(task.next);
    scenario[l] = s < task.scenarios ? s : -1;
    iterations[l] = 0;
    if (scenario[l] >= 0) ++active;
    start(l, scenario[l]);
  };
  for (int l = 0; l < lanes; ++l) refill(l);
  while (active > 0) {
    Mask finite;
    const Real mismatch = advance(finite);
    const Mask wait = finite && mismatch > Real(task.tolerance);
    for (int l = 0; l < lanes; ++l) {
      if (scenario[l] < 0) continue;
      ++iterations[l];
      const bool going = get_lane(wait, l);
      if (going && iterations[l] < task.max_iterations) continue;
      finish(l, scenario[l], !going && get_lane(finite, l), iterations[l], get_lane(mismatch, l));
      --active;
      refill(l);
    }
  }
}

}  // namespace

void newton_worker(const NewtonView& view, const int* order, const PowerFlowTask& task, double* workspace) {
  const LaneMemory m{workspace};
  const NewtonBody<Real, LaneMemory> body(view, m);
  const NewtonWorkspace& at = body.at;
  const auto start = [&](int l, std::int64_t s) {
    for (int i = 0; i < view.nodes; ++i) {
      m.lane(at.re + i, l) = view.start[2 * i];
      m.lane(at.im + i, l) = view.start[2 * i + 1];
    }
    for (int i = 0; i < view.free; ++i) {
      const double p0 = view.start_power[2 * i], q0 = view.start_power[2 * i + 1];
      m.lane(at.power + 2 * i, l) = p0;
      m.lane(at.power + 2 * i + 1, l) = q0;
      m.lane(at.p + i, l) = s < 0 ? p0 : task.p[s * task.nodes + order[i]];  // an idle lane stays at the start
      m.lane(at.q + i, l) = s < 0 ? q0 : task.q[s * task.nodes + order[i]];
    }
  };
  const auto advance = [&](Mask& finite) {
    body.step();
    return body.power_mismatch(finite);
  };
  stream(task, start, advance, [&](int l, std::int64_t s, bool converged, int iterations, double mismatch) {
    write_result(task, order, m, at.re, at.im, l, s, converged, iterations, mismatch);
  });
}

void sweep_worker(const SweepView& view, const PowerFlowTask& task, double* workspace) {
  const LaneMemory m{workspace};
  const SweepBody<Real, LaneMemory> body(view, m);
  const auto start = [&](int l, std::int64_t s) {
    start_sweep(view, workspace, lanes, l, s < 0 ? nullptr : task.p + s * task.nodes,
                s < 0 ? nullptr : task.q + s * task.nodes);
  };
  stream(
      task, start, [&](Mask& finite) { return body.step(finite); },
      [&](int l, std::int64_t s, bool converged, int iterations, double mismatch) {
        write_result(task, view.order, m, body.at.re, body.at.im, l, s, converged, iterations, mismatch);
      });
}

void sensitivity_worker(const NewtonView& view, const int* order, const SensitivityTask& task, double* workspace) {
  const LaneMemory m{workspace};
  const NewtonBody<Real, LaneMemory> body(view, m);
  const NewtonWorkspace& at = body.at;
  for (;;) {
    // A pack of consecutive scenarios; the last one is repeated where there are no more.
    const std::int64_t first = __atomic_fetch_add(task.next, std::int64_t{lanes}, __ATOMIC_RELAXED);
    if (first >= task.scenarios) return;
    for (int l = 0; l < lanes; ++l) {
      const std::int64_t s = first + l < task.scenarios ? first + l : task.scenarios - 1;
      for (int i = 0; i < view.nodes; ++i) {
        m.lane(at.re + i, l) = task.re[s * task.nodes + order[i]];
        m.lane(at.im + i, l) = task.im[s * task.nodes + order[i]];
      }
      for (int i = 0; i < view.free; ++i) m.lane(at.p + i, l) = m.lane(at.q + i, l) = 0.0;
    }
    Mask finite;
    body.power_mismatch(finite);
    for (int k = 0; k < task.pairs; ++k) {
      const int seen = task.voltage[k], moved = task.injection[k];
      for (int part = 0; part < 2; ++part) {
        Real derivative(0.0);
        if (seen < view.free && view.size[seen] == 2 && moved < view.free && part < view.size[moved]) {
          body.solve([&](int i, int row) { return Real(i == moved && row == part ? 1.0 : 0.0); });
          derivative = m.get(at.z + view.unknown[seen] + 1);  // of |V| over |V|
        }
        for (int l = 0; l < lanes && first + l < task.scenarios; ++l) {
          const double magnitude = __builtin_sqrt(m.lane(at.re + seen, l) * m.lane(at.re + seen, l) +
                                                  m.lane(at.im + seen, l) * m.lane(at.im + seen, l));
          task.out[(first + l) * 2 * task.pairs + 2 * k + part] = get_lane(derivative, l) * magnitude;
        }
      }
    }
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
