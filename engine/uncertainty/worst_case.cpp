#include "engine/uncertainty/worst_case.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

namespace wattstein::engine {

WorstCase::WorstCase(const Recourse& recourse, Atoms atoms)
    : recourse_(&recourse), atoms_(std::move(atoms)), pool_(recourse) {
  if (!atoms_.priced) return;
  // |∂Q/∂ω| stays below the dearest slack of the recourse; the factor 2 leaves room for prices that add up in a
  // congested network.
  double largest = 0.0;
  for (int j = 0; j < recourse.lp.variables; ++j) largest = std::max(largest, std::abs(recourse.lp.q.of(0)[j]));
  zeta_limit_ = 2.0 * largest;
}

double WorstCase::slope_limit(int resource) const {
  if (!recourse_->w_rows.empty()) return std::numeric_limits<double>::infinity();
  return recourse_->w_cost[static_cast<std::size_t>(resource)];
}

void WorstCase::set_point(std::span<const double> x) {
  shift_ = pool_.shift(x);
  refresh();
}

void WorstCase::refresh() {
  alpha_ = pool_.intercepts(shift_);
  known_ = pool_.size();
}

std::span<const double> WorstCase::shift(int hour) const {
  const auto width = static_cast<std::size_t>(pool_.moved_width());
  return {shift_.data() + static_cast<std::size_t>(hour) * width, width};
}

WorstCase::Sweep WorstCase::sweep(double zeta) const {
  Sweep result;
  result.zeta = zeta;
  const int H = atoms_.hours, n = atoms_.resources, K = known_;
  result.hourly.assign(static_cast<std::size_t>(H), 0.0);
  result.value.assign(static_cast<std::size_t>(atoms_.count()), -std::numeric_limits<double>::infinity());
  result.dual.assign(static_cast<std::size_t>(atoms_.count()), -1);
  if (K == 0) {
    result.total = -std::numeric_limits<double>::infinity();
    return result;
  }
  // One agent alone shares its hours among the threads; many agents are shared by the caller (nested regions run
  // serially).
#pragma omp parallel if (static_cast <std::int64_t>(K) * atoms_.count() > 100000)
  {
    std::vector<double> score(static_cast<std::size_t>(K));
#pragma omp for schedule(dynamic, 1)
    for (int h = 0; h < H; ++h) {
      const double* alpha = alpha_.data() + static_cast<std::ptrdiff_t>(h) * K;
      for (int a = atoms_.first[static_cast<std::size_t>(h)]; a < atoms_.first[static_cast<std::size_t>(h) + 1]; ++a) {
        std::copy(alpha, alpha + K, score.begin());
        double* s = score.data();
        for (int r = 0; r < n; ++r) {
          const double omega = atoms_.at(a)[r];
          const double up = atoms_.high(h)[r] - omega, down = omega - atoms_.low(h)[r];
          const double* g = pool_.slopes(r).data();
          if (atoms_.moves) {
#pragma omp simd
            for (int k = 0; k < K; ++k) {
              const double rise = (g[k] - zeta) * up, fall = (-g[k] - zeta) * down;
              const double more = rise > fall ? rise : fall;
              s[k] += g[k] * omega + (more > 0.0 ? more : 0.0);
            }
          } else {
#pragma omp simd
            for (int k = 0; k < K; ++k) s[k] += g[k] * omega;
          }
        }
        int best = 0;
        for (int k = 1; k < K; ++k)
          if (s[k] > s[best]) best = k;
        result.dual[static_cast<std::size_t>(a)] = best;
        result.value[static_cast<std::size_t>(a)] = s[best];
      }
    }
  }
  for (int h = 0; h < H; ++h)
    for (int a = atoms_.first[static_cast<std::size_t>(h)]; a < atoms_.first[static_cast<std::size_t>(h) + 1]; ++a) {
      const auto at = static_cast<std::size_t>(a);
      result.hourly[static_cast<std::size_t>(h)] += atoms_.weight[at] * result.value[at];
      if (!atoms_.priced) continue;
      for (int r = 0; r < n; ++r) {
        const double g = pool_.slopes(r)[static_cast<std::size_t>(result.dual[at])], omega = atoms_.at(a)[r];
        const double rise = (g - zeta) * (atoms_.high(h)[r] - omega), fall = (-g - zeta) * (omega - atoms_.low(h)[r]);
        if (std::max(rise, fall) > 0.0)
          result.distance += atoms_.weight[at] * (rise > fall ? atoms_.high(h)[r] - omega : omega - atoms_.low(h)[r]);
      }
    }
  result.total = zeta * atoms_.radius;
  for (const double value : result.hourly) result.total += value;
  return result;
}

double WorstCase::best_zeta() const {
  if (!atoms_.priced || known_ == 0) return 0.0;
  // total is convex in ζ with slope φ − distance: bisection on its sign, then the better of the two ends.
  double low = 0.0, high = zeta_limit_;
  if (atoms_.radius - sweep(low).distance >= 0.0) return 0.0;
  Sweep left = sweep(low), right = sweep(high);
  for (int i = 0; i < 60 && high - low > 1e-10 * zeta_limit_; ++i) {
    // Where the two supporting lines cross, when that is well inside; else the middle.
    const double sl = atoms_.radius - left.distance, sr = atoms_.radius - right.distance;
    double middle = 0.5 * (low + high);
    if (i % 3 != 2 && sr - sl > 0.0) {
      const double cross = (left.total - right.total + sr * high - sl * low) / (sr - sl);
      if (cross > low + 1e-12 * zeta_limit_ && cross < high - 1e-12 * zeta_limit_) middle = cross;
    }
    Sweep at = sweep(middle);
    const double slope = atoms_.radius - at.distance;
    // Both lines meet the function at their crossing: the minimum is found.
    if (std::min(left.total + sl * (middle - low), right.total + sr * (middle - high)) >=
        at.total - 1e-12 * (1.0 + std::abs(at.total)))
      return middle;
    if (slope < 0.0) low = middle, left = std::move(at);
    else high = middle, right = std::move(at);
  }
  return left.total < right.total ? low : high;
}

std::vector<double> WorstCase::best_realisation(int hour, int atom, int dual, double zeta) const {
  std::vector<double> omega(atoms_.at(atom), atoms_.at(atom) + atoms_.resources);
  if (!atoms_.moves) return omega;
  for (int r = 0; r < atoms_.resources; ++r) {
    const double g = pool_.slopes(r)[static_cast<std::size_t>(dual)], low = atoms_.low(hour)[r],
                 high = atoms_.high(hour)[r];
    double& at = omega[static_cast<std::size_t>(r)];
    const double rise = (g - zeta) * (high - at), fall = (-g - zeta) * (at - low);
    if (std::max(rise, fall) > 0.0) at = rise > fall ? high : low;
  }
  return omega;
}

WorstCaseCut WorstCase::cut(const Sweep& sweep, int hour, std::size_t columns) const {
  return cut(sweep, hour, columns, {}, 0);
}

WorstCaseCut WorstCase::cut(const Sweep& sweep, int hour, std::size_t columns, std::span<const int> cluster,
                            int wanted) const {
  WorstCaseCut cut;
  cut.hour = hour;
  cut.gradient.assign(columns, 0.0);
  std::vector<double> weight(static_cast<std::size_t>(pool_.size()), 0.0);
  for (int a = atoms_.first[static_cast<std::size_t>(hour)]; a < atoms_.first[static_cast<std::size_t>(hour) + 1];
       ++a) {
    const auto at = static_cast<std::size_t>(a);
    if (!cluster.empty() && cluster[at] != wanted) continue;
    const int k = sweep.dual[at];
    weight[static_cast<std::size_t>(k)] += atoms_.weight[at];
    const std::vector<double> omega = best_realisation(hour, a, k, sweep.zeta);
    for (int r = 0; r < atoms_.resources; ++r) {
      const double to = omega[static_cast<std::size_t>(r)];
      cut.constant += atoms_.weight[at] * pool_.slopes(r)[static_cast<std::size_t>(k)] * to;
      if (atoms_.priced) cut.distance += atoms_.weight[at] * std::abs(to - atoms_.at(a)[r]);
    }
  }
  for (int k = 0; k < pool_.size(); ++k) {
    const double w = weight[static_cast<std::size_t>(k)];
    if (w == 0.0) continue;
    cut.constant += w * pool_.constant(k, hour);
    pool_.add_gradient(k, hour, w, cut.gradient);
  }
  return cut;
}

double WorstCase::pool_value(int hour, std::span<const double> omega) const {
  const double* alpha = alpha_.data() + static_cast<std::ptrdiff_t>(hour) * known_;
  double best = -std::numeric_limits<double>::infinity();
  for (int k = 0; k < known_; ++k) {
    double value = alpha[k];
    for (std::size_t r = 0; r < omega.size(); ++r)
      value += pool_.slopes(static_cast<int>(r))[static_cast<std::size_t>(k)] * omega[r];
    best = std::max(best, value);
  }
  for (int k = known_; k < pool_.size(); ++k) best = std::max(best, pool_.value(k, hour, shift_, omega));
  return best;
}

bool WorstCase::offer(int hour, std::span<const double> omega, std::span<const double> y, double gain) {
  const double before = pool_value(hour, omega);
  const int k = pool_.add(y);
  const double after = pool_.value(k, hour, shift_, omega);
  if (after > before + gain * (1.0 + std::abs(after))) return true;
  std::vector<char> keep(static_cast<std::size_t>(pool_.size()), 1);
  keep.back() = 0;
  pool_.keep_only(keep);
  return false;
}

int climb(std::span<WorstCase* const> agents, std::span<const double> zetas, RecourseSolver& solver,
          const ClimbSettings& settings) {
  int added = 0;
  for (int round = 0; round < settings.rounds; ++round) {
    std::vector<RecourseRequest> requests;
    std::vector<WorstCase*> owner;
    std::vector<WorstCase::Sweep> sweeps(agents.size());
#pragma omp parallel for schedule(dynamic, 1) if (agents.size() > 1)
    for (std::size_t i = 0; i < agents.size(); ++i) sweeps[i] = agents[i]->sweep(zetas[i]);
    for (std::size_t i = 0; i < agents.size(); ++i) {
      WorstCase& agent = *agents[i];
      const Atoms& atoms = agent.atoms();
      const auto& sweep = sweeps[i];
      for (int h = 0; h < atoms.hours; ++h) {
        const int first = atoms.first[static_cast<std::size_t>(h)],
                  count = atoms.first[static_cast<std::size_t>(h) + 1] - first;
        std::set<std::vector<double>> asked;
        const auto ask = [&](int a) {
          const int k = sweep.dual[static_cast<std::size_t>(a)];
          std::vector<double> omega = k < 0 ? std::vector<double>(atoms.at(a), atoms.at(a) + atoms.resources)
                                            : agent.best_realisation(h, a, k, zetas[i]);
          if (static_cast<int>(asked.size()) >= settings.per_hour || !asked.insert(omega).second) return;
          requests.push_back({&agent.pool(), h, agent.shift(h).data(), std::move(omega)});
          owner.push_back(&agent);
        };
        // One atom for every dual in use, the first after a rotating start; then others in steps that reach all in
        // time.
        std::set<int> duals;
        const int start = count > 0 ? (settings.turn * 7 + round * 3 + h) % count : 0;
        for (int j = 0; j < count; ++j) {
          const int a = first + (start + j) % count;
          if (duals.insert(sweep.dual[static_cast<std::size_t>(a)]).second) ask(a);
        }
        const int step = std::max(1, count / std::max(settings.per_hour, 1));
        for (int j = 0; j < count; j += step) ask(first + (start + j) % count);
      }
    }
    int fresh = 0;
    solver.solve(requests, [&](const RecourseAnswer& answer) {
      if (answer.y.empty()) return;
      const RecourseRequest& request = requests[answer.request];
      if (owner[answer.request]->offer(request.hour, request.omega, answer.y, settings.gain)) ++fresh;
    });
    added += fresh;
#pragma omp parallel for schedule(dynamic, 1) if (agents.size() > 1)
    for (std::size_t i = 0; i < agents.size(); ++i) agents[i]->refresh();
    if (fresh == 0) break;
  }
  return added;
}

}  // namespace wattstein::engine
