#include "engine/uncertainty/lattice.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wattstein::engine {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();
}  // namespace

HourLattice::HourLattice(const WorstCase& agent, int hour, double zeta, double tolerance, bool enumerate, int per_round)
    : agent_(&agent), hour_(hour), zeta_(zeta), tolerance_(tolerance), enumerate_(enumerate), per_round_(per_round) {
  const Atoms& atoms = agent.atoms();
  if (atoms.moves)
    for (int r = 0; r < atoms.resources; ++r)
      if (atoms.high(hour)[r] > atoms.low(hour)[r]) dimensions_.push_back(r);
  const bool small = dimensions_.size() <= static_cast<std::size_t>(largest_dimensions);
  for (std::size_t i = 0; small && i < dimensions_.size(); ++i) power_.push_back(size_), size_ *= 3;
  const int count = atoms.first[static_cast<std::size_t>(hour) + 1] - atoms.first[static_cast<std::size_t>(hour)];
  atoms_.resize(static_cast<std::size_t>(count));
  for (auto& state : atoms_) {
    state.solved.assign(static_cast<std::size_t>(size_), nan);
    state.bound.assign(static_cast<std::size_t>(size_), infinite);
  }
  if (small) corners_.assign(std::size_t{1} << dimensions_.size(), infinite);
  order_.resize(static_cast<std::size_t>(size_));
  std::iota(order_.begin(), order_.end(), 0);
  const auto own = [&](int code) {
    int digits = 0;
    for (; code > 0; code /= 3) digits += code % 3 == 2;
    return digits;
  };
  std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) { return own(a) < own(b); });
}

std::vector<double> HourLattice::realisation(int atom, int code) const {
  const Atoms& atoms = agent_->atoms();
  const double* own = atoms.at(atoms.first[static_cast<std::size_t>(hour_)] + atom);
  std::vector<double> omega(own, own + atoms.resources);
  for (std::size_t i = 0; i < power_.size(); ++i) {
    const int digit = code / power_[i] % 3, r = dimensions_[i];
    if (digit != 2) omega[static_cast<std::size_t>(r)] = digit == 0 ? atoms.low(hour_)[r] : atoms.high(hour_)[r];
  }
  return omega;
}

double HourLattice::distance(int atom, int code) const {
  const Atoms& atoms = agent_->atoms();
  const double* own = atoms.at(atoms.first[static_cast<std::size_t>(hour_)] + atom);
  double sum = 0.0;
  for (std::size_t i = 0; i < power_.size(); ++i) {
    const int digit = code / power_[i] % 3, r = dimensions_[i];
    if (digit == 0) sum += own[r] - atoms.low(hour_)[r];
    if (digit == 1) sum += atoms.high(hour_)[r] - own[r];
  }
  return sum;
}

// Two sweeps of the two inequalities over the lattice: from corners towards the atom, and back.
void HourLattice::propagate(int atom) {
  const Atoms& atoms = agent_->atoms();
  AtomState& state = atoms_[static_cast<std::size_t>(atom)];
  const double* own = atoms.at(atoms.first[static_cast<std::size_t>(hour_)] + atom);
  for (int code = 0; code < size_; ++code) {
    const auto c = static_cast<std::size_t>(code);
    if (!std::isnan(state.solved[c])) {
      state.bound[c] = state.solved[c];
      continue;
    }
    int bits = 0;
    bool corner = !corners_.empty();
    for (std::size_t i = 0; i < power_.size() && corner; ++i) {
      const int digit = code / power_[i] % 3;
      corner = digit != 2;
      bits |= (digit == 1) << i;
    }
    state.bound[c] = corner ? corners_[static_cast<std::size_t>(bits)] : infinite;
  }
  for (int pass = 0; pass < 2; ++pass)
    for (int place = 0; place < size_; ++place) {
      const int code = order_[static_cast<std::size_t>(pass == 0 ? place : size_ - 1 - place)];
      double& bound = state.bound[static_cast<std::size_t>(code)];
      for (std::size_t i = 0; i < power_.size(); ++i) {
        const int digit = code / power_[i] % 3, r = dimensions_[i];
        if (digit == 0) continue;
        const double low = atoms.low(hour_)[r], high = atoms.high(hour_)[r], slope = agent_->slope_limit(r);
        const double at_low = state.bound[static_cast<std::size_t>(code - digit * power_[i])];
        const double value = digit == 2 ? own[r] : high;
        bound = std::min(bound, at_low + slope * (value - low));
        if (digit == 2) {
          const double t = (own[r] - low) / (high - low);
          const double at_high = state.bound[static_cast<std::size_t>(code - power_[i])];
          if (std::isfinite(at_high) && std::isfinite(at_low))
            bound = std::min(bound, t * at_high + (1.0 - t) * at_low);
        } else {
          const double at_own = state.bound[static_cast<std::size_t>(code + power_[i])];
          bound = std::min(bound, at_own + slope * (high - own[r]));
        }
      }
    }
}

std::vector<HourLattice::Want> HourLattice::next() {
  const Atoms& atoms = agent_->atoms();
  std::vector<Want> wants;
  if (phase_++ == 0) {
    // All corners (once for the hour) and every atom's own realisation.
    if (!corners_.empty() && !dimensions_.empty()) {
      for (std::size_t bits = 0; bits < corners_.size(); ++bits) {
        Want want{-1, static_cast<int>(bits), realisation(0, 0)};
        for (std::size_t i = 0; i < dimensions_.size(); ++i) {
          const int r = dimensions_[i];
          want.omega[static_cast<std::size_t>(r)] = (bits >> i & 1U) != 0 ? atoms.high(hour_)[r] : atoms.low(hour_)[r];
        }
        wants.push_back(std::move(want));
      }
    } else if (corners_.empty()) {  // too many dimensions: the lowest corner bounds all
      Want want{-1, 0, realisation(0, 0)};
      for (const int r : dimensions_) want.omega[static_cast<std::size_t>(r)] = atoms.low(hour_)[r];
      wants.push_back(std::move(want));
    }
    if (atoms.priced || !atoms.moves || dimensions_.empty())  // no dimensions: solar power at night
      for (int a = 0; a < static_cast<int>(atoms_.size()); ++a)
        wants.push_back({a, size_ - 1, realisation(a, size_ - 1)});
    return wants;
  }
  for (int a = 0; a < static_cast<int>(atoms_.size()); ++a) {
    AtomState& state = atoms_[static_cast<std::size_t>(a)];
    if (state.settled) continue;
    if (corners_.empty()) {
      // Q(ω) ≤ Q(lowest corner) + Σ C_r (ω_r − lo_r); each coordinate takes its best of the three.
      double peak = floor_;
      const double* own = atoms.at(atoms.first[static_cast<std::size_t>(hour_)] + a);
      for (const int r : dimensions_) {
        const double low = atoms.low(hour_)[r], high = atoms.high(hour_)[r], slope = agent_->slope_limit(r);
        peak +=
            std::max({-zeta_ * (own[r] - low), slope * (own[r] - low), slope * (high - low) - zeta_ * (high - own[r])});
      }
      state.peak = peak;
      state.settled = true;
      continue;
    }
    propagate(a);
    std::vector<std::pair<double, int>> open;
    double peak = state.best;
    for (int code = 0; code < size_; ++code) {
      const auto c = static_cast<std::size_t>(code);
      const double score = state.bound[c] - zeta_ * distance(a, code);
      if (!std::isnan(state.solved[c])) state.best = std::max(state.best, score);
      peak = std::max(peak, score);
      if (std::isnan(state.solved[c])) open.emplace_back(score, code);
    }
    state.peak = std::max(peak, state.best);
    std::erase_if(open, [&](const auto& entry) { return !(entry.first > state.best + tolerance_); });
    if (open.empty() || !enumerate_) {
      state.settled = true;
      continue;
    }
    const auto taken = std::min(open.size(), static_cast<std::size_t>(per_round_));
    std::partial_sort(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(taken), open.end(), std::greater<>());
    for (std::size_t i = 0; i < taken; ++i) wants.push_back({a, open[i].second, realisation(a, open[i].second)});
  }
  return wants;
}

void HourLattice::take(const Want& want, double value) {
  if (want.atom >= 0) {
    atoms_[static_cast<std::size_t>(want.atom)].solved[static_cast<std::size_t>(want.code)] = value;
    return;
  }
  if (corners_.empty()) {
    floor_ = value;
    return;
  }
  corners_[static_cast<std::size_t>(want.code)] = value;
  int code = 0;
  for (std::size_t i = 0; i < power_.size(); ++i)
    if ((want.code >> i & 1) != 0) code += power_[i];
  for (auto& state : atoms_) state.solved[static_cast<std::size_t>(code)] = value;
}

bool HourLattice::improves(const Want& want, double value) const {
  if (want.atom < 0) return true;  // a corner is for all atoms
  const AtomState& state = atoms_[static_cast<std::size_t>(want.atom)];
  return value - zeta_ * distance(want.atom, want.code) > state.best + 1e-7 * (1.0 + std::abs(value));
}

void HourLattice::forget() {
  for (auto& state : atoms_) {
    std::vector<double>().swap(state.solved);
    std::vector<double>().swap(state.bound);
  }
}

void HourLattice::raise(int atom, double score) {
  double& best = atoms_[static_cast<std::size_t>(atom)].best;
  best = std::max(best, score);
}

double HourLattice::upper() const {
  const Atoms& atoms = agent_->atoms();
  double sum = 0.0;
  for (std::size_t a = 0; a < atoms_.size(); ++a)
    sum += atoms.weight[static_cast<std::size_t>(atoms.first[static_cast<std::size_t>(hour_)]) + a] * atoms_[a].peak;
  return sum;
}

double HourLattice::lower() const {
  const Atoms& atoms = agent_->atoms();
  double sum = 0.0;
  for (std::size_t a = 0; a < atoms_.size(); ++a)
    sum += atoms.weight[static_cast<std::size_t>(atoms.first[static_cast<std::size_t>(hour_)]) + a] * atoms_[a].best;
  return sum;
}

}  // namespace wattstein::engine
