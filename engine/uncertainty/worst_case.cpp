#include "engine/uncertainty/worst_case.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>

#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {
constexpr int explored_leaves = 8;         // of an hour, when not all are explored
constexpr int most_corner_dimensions = 8;  // of a support whose corners are all looked at
}  // namespace

WorstCase::WorstCase(const Recourse& recourse, Atoms atoms)
    : recourse_(&recourse), atoms_(std::move(atoms)), pool_(recourse), tree_(atoms_) {
  matrix_ = std::make_shared<kernels::PoolMatrix>(kernels::pool_matrix(recourse.lp));
  pieces_.resize(static_cast<std::size_t>(atoms_.hours));
  pieces_point_.assign(static_cast<std::size_t>(atoms_.hours), 0);
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
  ++point_;
  known_ = 0;
  refresh();
}

void WorstCase::refresh() {
  if (known_ == pool_.size()) return;
  // (H, known) and (H, fresh) side by side
  const auto fresh = pool_.intercepts(shift_, known_);
  const auto old = static_cast<std::ptrdiff_t>(known_), more = static_cast<std::ptrdiff_t>(pool_.size() - known_);
  std::vector<double> all;
  all.reserve(fresh.size() + static_cast<std::size_t>(old * atoms_.hours));
  for (std::ptrdiff_t h = 0; h < atoms_.hours; ++h) {
    if (old > 0) all.insert(all.end(), alpha_.begin() + h * old, alpha_.begin() + (h + 1) * old);
    all.insert(all.end(), fresh.begin() + h * more, fresh.begin() + (h + 1) * more);
  }
  alpha_ = std::move(all);
  known_ = pool_.size();
}

std::span<const double> WorstCase::shift(int hour) const {
  const auto width = static_cast<std::size_t>(pool_.moved_width());
  return {shift_.data() + static_cast<std::size_t>(hour) * width, width};
}

WorstCase::Sweep WorstCase::sweep(double zeta) const {
  Sweep result = best_duals(zeta, {});
  if (known_ == 0) return result;
  const int H = atoms_.hours, n = atoms_.resources;
  result.hourly.assign(static_cast<std::size_t>(H), 0.0);
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

WorstCase::Sweep WorstCase::best_duals(double zeta, AtomTree::Part part) const {
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
  // s, and by how much the intercepts rise: the latter by hour.
  const auto wide = static_cast<std::size_t>(K);
  std::vector<double> slope(static_cast<std::size_t>(n) * wide), intercept(alpha_);
  for (int r = 0; r < n; ++r) {
    const double* g = pool_.slopes(r).data();
    double* s = slope.data() + static_cast<std::size_t>(r) * wide;
    if (!atoms_.moves) {
      std::copy_n(g, K, s);
      continue;
    }
    for (int k = 0; k < K; ++k) s[k] = std::clamp(g[k], -zeta, zeta);
    for (int h = 0; h < H; ++h) {
      const double low = atoms_.low(h)[r], high = atoms_.high(h)[r];
      double* c = intercept.data() + static_cast<std::size_t>(h) * wide;
      for (int k = 0; k < K; ++k) {
        const double beyond = g[k] - s[k];  // (g − ζ)⁺ or −(−g − ζ)⁺
        c[k] += beyond * (beyond > 0.0 ? high : low);
      }
    }
  }
  tree_.best(intercept, slope, part, result.value, result.dual);
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

double WorstCase::known_value(int hour, int dual, std::span<const double> omega) const {
  double value =
      alpha_[static_cast<std::size_t>(hour) * static_cast<std::size_t>(known_) + static_cast<std::size_t>(dual)];
  for (std::size_t r = 0; r < omega.size(); ++r)
    value += pool_.slopes(static_cast<int>(r))[static_cast<std::size_t>(dual)] * omega[r];
  return value;
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

RecoursePieces& WorstCase::made(int hour) {
  auto& own = pieces_[static_cast<std::size_t>(hour)];
  const auto width = static_cast<std::size_t>(atoms_.resources);
  if (!own)
    own = std::make_unique<RecoursePieces>(*recourse_, matrix_, hour, std::span(atoms_.low(hour), width),
                                           std::span(atoms_.high(hour), width));
  return *own;
}

RecoursePieces& WorstCase::pieces(int hour) {
  RecoursePieces& own = made(hour);
  int& stands = pieces_point_[static_cast<std::size_t>(hour)];
  if (stands != point_) own.move_to(pool_, shift(hour));
  stands = point_;
  return own;
}

std::vector<std::string> WorstCase::save_pieces() const {
  std::vector<std::string> saved;
  for (const auto& hour : pieces_) saved.push_back(hour ? hour->save() : std::string());
  return saved;
}

void WorstCase::load_pieces(std::span<const std::string> saved) {
  if (saved.size() != pieces_.size()) throw Error("the checkpoint belongs to another study");
  for (int h = 0; h < atoms_.hours; ++h) {
    const auto hh = static_cast<std::size_t>(h);
    pieces_[hh].reset();
    pieces_point_[hh] = -1;
    if (!saved[hh].empty() && !made(h).load(saved[hh])) throw Error("the checkpoint belongs to another study");
  }
}

std::pair<std::int64_t, std::int64_t> WorstCase::asked() const {
  std::pair<std::int64_t, std::int64_t> sum{0, 0};
  for (const auto& hour : pieces_)
    if (hour) sum.first += hour->asked(), sum.second += hour->solved();
  return sum;
}

std::vector<std::vector<double>> WorstCase::corners(int hour) const {
  std::vector<std::vector<double>> out;
  if (!atoms_.moves || atoms_.resources > most_corner_dimensions) return out;
  out.emplace_back(atoms_.low(hour), atoms_.low(hour) + atoms_.resources);
  for (int r = 0; r < atoms_.resources; ++r) {
    if (!(atoms_.high(hour)[r] > atoms_.low(hour)[r])) continue;
    for (std::size_t i = 0, count = out.size(); i < count; ++i) {
      out.push_back(out[i]);
      out.back()[static_cast<std::size_t>(r)] = atoms_.high(hour)[r];
    }
  }
  return out;
}

int WorstCase::explore(double zeta, double gain, int rounds, RecourseSolver& solver, int turn) {
  struct Find {
    std::vector<double> omega;
    const std::vector<double>* y;
    double value;
    bool* pooled;
  };
  int added = 0;
  const AtomTree::Part part = turn < 0 ? AtomTree::Part{} : AtomTree::Part{tree_.stride(explored_leaves), turn};
  for (int round = 0; round < rounds; ++round) {
    const Sweep now = best_duals(zeta, part);
    const bool blank = known_ == 0;
    std::vector<std::vector<Find>> finds(static_cast<std::size_t>(atoms_.hours));
    std::vector<std::vector<std::vector<double>>> left(finds.size());
#pragma omp parallel for schedule(dynamic, 1)
    for (int h = 0; h < atoms_.hours; ++h) {
      const auto hh = static_cast<std::size_t>(h);
      RecoursePieces& own = pieces(h);
      std::set<std::vector<double>> asked;
      std::set<const std::vector<double>*> found;  // a piece is offered once a round
      // dual: one that is known to be good there, which tells at once that nothing is to be gained; -1: none
      const auto ask = [&](std::vector<double> omega, int dual) {
        if (!asked.insert(omega).second) return;
        const auto answer = own.at(omega);
        if (!std::isfinite(answer.value)) left[hh].push_back(std::move(omega));
        else if (dual >= 0 && !(answer.value > known_value(h, dual, omega) + gain * (1.0 + std::abs(answer.value))))
          return;
        else if (!*answer.pooled && found.insert(answer.y).second)
          finds[hh].push_back({std::move(omega), answer.y, answer.value, answer.pooled});
      };
      // Where the duals at hand move an atom is but a local maximum: first what every atom may move to, and where it
      // is.
      if (round == 0)
        for (auto& corner : corners(h)) ask(std::move(corner), -1);
      for (int a = atoms_.first[hh]; a < atoms_.first[hh + 1]; ++a) {
        const int k = now.dual[static_cast<std::size_t>(a)];
        if (k < 0 && !blank) continue;  // not in the part
        if (k >= 0) ask(best_realisation(h, a, k, zeta), k);
        if (round == 0 && (atoms_.priced || k < 0)) ask({atoms_.at(a), atoms_.at(a) + atoms_.resources}, k);
      }
    }
    std::vector<RecourseRequest> requests;
    int fresh = 0;
    for (int h = 0; h < atoms_.hours; ++h) {
      for (const Find& find : finds[static_cast<std::size_t>(h)]) {
        if (*find.pooled || !offer(h, find.omega, *find.y, find.value, gain)) continue;
        *find.pooled = true;
        ++fresh;
      }
      for (auto& omega : left[static_cast<std::size_t>(h)])
        requests.push_back({&pool_, h, shift(h).data(), std::move(omega)});
    }
    if (!requests.empty()) {
      // The solver is that of a whole group, whose agents explore side by side.
#pragma omp critical(wattstein_explore)
      solver.solve(requests, [&](const RecourseAnswer& answer) {
        const RecourseRequest& request = requests[answer.request];
        if (!answer.y.empty() && offer(request.hour, request.omega, answer.y, answer.bound, gain)) ++fresh;
      });
    }
    added += fresh;
    refresh();
    if (fresh == 0) break;
  }
  return added;
}

bool WorstCase::offer(int hour, std::span<const double> omega, std::span<const double> y, double bound, double gain) {
  const double before = pool_value(hour, omega), wanted = gain * (1.0 + std::abs(bound));
  if (!(bound > before + wanted)) return false;
  const int k = pool_.add(y);
  if (pool_.value(k, hour, shift_, omega) > before + wanted) return true;
  pool_.drop_last();
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
      if (owner[answer.request]->offer(request.hour, request.omega, answer.y, answer.bound, settings.gain)) ++fresh;
    });
    added += fresh;
#pragma omp parallel for schedule(dynamic, 1) if (agents.size() > 1)
    for (std::size_t i = 0; i < agents.size(); ++i) agents[i]->refresh();
    if (fresh == 0) break;
  }
  return added;
}

}  // namespace wattstein::engine
