// Cuts and copies of W: what is stored, what is dropped, what the pools are asked for.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/coordination/agent_group.hpp"
#include "engine/coordination/agent_layout.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

constexpr double negligible_term = 1e-5;   // $: coefficients that cannot move a cut by more become constants
constexpr int idle_limit = 12;             // exact solves in a row that a cut may be slack
constexpr int idle_limit_copies = 4;       // the same, of a cut that holds copies: those are dear
constexpr double slack_multiplier = 1e-6;  // of a cut; those of a cell add up to 1
constexpr int first_slots = 6;
constexpr std::int64_t largest_copies = 3'000'000;  // second-stage columns in one first stage

}  // namespace

void AgentGroup::retire(std::size_t i, const AgentAnswer& answer, const double* y) {
  if (form_.copies) return retire_copies(i, y);
  std::erase_if(cuts_[i], [&](Cut& cut) {
    double value = cut.constant - cut.distance * answer.zeta;
    for (const auto& [column, g] : cut.gradient) value += g * answer.x[static_cast<std::size_t>(column)];
    const double t = answer.t[static_cast<std::size_t>(cut.cell)];
    cut.idle = value < t - 1e-5 * (1.0 + std::abs(t)) ? cut.idle + 1 : 0;
    return cut.idle > idle_limit;
  });
}

// The value of a copy in slack cuts is asked for nowhere, so the multipliers tell which cuts are. Copies that no cut
// weighs any more go with them.
void AgentGroup::retire_copies(std::size_t i, const double* y) {
  std::vector<int> seen(static_cast<std::size_t>(cells()), 0);
  const auto before = cuts_[i].size();
  std::erase_if(cuts_[i], [&](Cut& cut) {
    const auto c = static_cast<std::size_t>(cut.cell);
    const int row = layout_->slot_row[c] + seen[c]++;
    cut.idle = y[row] < slack_multiplier ? cut.idle + 1 : 0;
    return cut.idle > idle_limit_copies;
  });
  if (cuts_[i].size() == before) return;
  for (int h = 0; h < hours(); ++h) {
    auto& known = copies_[i][static_cast<std::size_t>(h)];
    std::vector<int> place(known.size(), -1);
    for (const Cut& cut : cuts_[i])
      if (hour_of(cut.cell) == h)
        for (const auto& [s, weight] : cut.gradient) place[static_cast<std::size_t>(s)] = 0;
    int kept = 0;
    for (std::size_t s = 0; s < known.size(); ++s) {
      if (place[s] < 0) continue;
      place[s] = kept;
      if (static_cast<int>(s) != kept) known[static_cast<std::size_t>(kept)] = std::move(known[s]);
      ++kept;
    }
    known.resize(static_cast<std::size_t>(kept));
    for (Cut& cut : cuts_[i])
      if (hour_of(cut.cell) == h)
        for (auto& term : cut.gradient) term.first = place[static_cast<std::size_t>(term.first)];
  }
}

void AgentGroup::store(std::size_t i, int cell, const WorstCaseCut& from) {
  Cut cut;
  cut.cell = cell;
  cut.constant = from.constant;
  cut.distance = from.distance;
  const double *lb = agents_[i]->first_stage.lb.of(0), *ub = agents_[i]->first_stage.ub.of(0);
  auto& columns = cut_columns_[static_cast<std::size_t>(cell)];
  for (std::size_t c = 0; c < from.gradient.size(); ++c) {
    const double g = from.gradient[c];
    if (g == 0.0) continue;
    if (std::abs(g) * (ub[c] - lb[c]) <= negligible_term) {
      cut.constant += std::min(g * lb[c], g * ub[c]);  // still a lower bound for every x
      continue;
    }
    cut.gradient.emplace_back(static_cast<int>(c), g);
    const auto place = std::lower_bound(columns.begin(), columns.end(), static_cast<int>(c));
    if (place == columns.end() || *place != static_cast<int>(c)) {
      columns.insert(place, static_cast<int>(c));
      layout_.reset();
    }
  }
  cuts_[i].push_back(std::move(cut));
  grow(i, cell);
}

void AgentGroup::store_copies(std::size_t i, int cell, const WorstCase::Sweep& sweep, double zeta) {
  const WorstCase& worst = *worst_[i];
  const Atoms& atoms = worst.atoms();
  const auto h = static_cast<std::size_t>(hour_of(cell));
  auto& known = copies_[i][h];
  Cut cut;
  cut.cell = cell;
  struct Shared {  // by the realisations that one dual prices
    double weight = 0.0;
    std::vector<double> mean;
  };
  std::map<int, Shared> shared;
  for (int a = atoms.first[h]; a < atoms.first[h + 1]; ++a) {
    const auto at = static_cast<std::size_t>(a);
    if (cluster_[i][at] != cell % clusters_) continue;
    const auto omega = worst.best_realisation(static_cast<int>(h), a, sweep.dual[at], zeta);
    if (atoms.priced)
      for (int r = 0; r < atoms.resources; ++r)
        cut.distance += atoms.weight[at] * std::abs(omega[static_cast<std::size_t>(r)] - atoms.at(a)[r]);
    // Running mean: an equal realisation leaves it as it is, bit for bit.
    Shared& own = shared[sweep.dual[at]];
    own.weight += atoms.weight[at];
    if (own.mean.empty()) own.mean = omega;
    for (std::size_t r = 0; r < omega.size(); ++r)
      own.mean[r] += atoms.weight[at] / own.weight * (omega[r] - own.mean[r]);
  }
  std::map<int, double> weights;
  for (auto& [dual, own] : shared) {
    const auto place = std::find(known.begin(), known.end(), own.mean);
    weights[static_cast<int>(place - known.begin())] += own.weight;
    if (place == known.end()) known.push_back(std::move(own.mean));
  }
  cut.gradient.assign(weights.begin(), weights.end());
  cuts_[i].push_back(std::move(cut));
  if (static_cast<int>(known.size()) > copy_slots_[h]) fit_copy_slots();
  grow(i, cell);
}

/// All hours at once, each with some room.
void AgentGroup::fit_copy_slots() {
  for (std::size_t h = 0; h < copy_slots_.size(); ++h) {
    std::size_t most = 0;
    for (const auto& own : copies_) most = std::max(most, own[h].size());
    copy_slots_[h] = static_cast<int>(most + most / 4 + 1);
  }
  const std::int64_t columns = std::int64_t{copy_first(hours())} * agents_.front()->recourse.lp.variables;
  if (columns > largest_copies)
    throw Error("{}: recourse = copies would put {} second-stage columns into its first stage (at most {}); use cuts",
                agents_.front()->name, columns, largest_copies);
  layout_.reset();
}

/// More slots when the cell's cuts no longer fit, and fewer where they fill them no more: a free slot is factored like
/// a taken one.
void AgentGroup::grow(std::size_t i, int cell) {
  const auto own = std::count_if(cuts_[i].begin(), cuts_[i].end(), [&](const Cut& cut) { return cut.cell == cell; });
  if (own > slots_[static_cast<std::size_t>(cell)]) fit_slots();
}

void AgentGroup::shrink() {
  if (exact_) return;
  if (form_.copies && copy_first(hours()) > copy_count() / static_cast<int>(size()) * 2 + 2 * hours()) fit_copy_slots();
  const std::vector<int> most = most_cuts();
  const int taken = std::accumulate(most.begin(), most.end(), 0);
  const int slots = std::accumulate(slots_.begin(), slots_.end(), 0);
  if (slots > 2 * taken + 2 * first_slots * cells()) fit_slots();
}

void AgentGroup::fit_slots() {
  // All cells at once, each with some room: one new plan instead of many.
  const std::vector<int> most = most_cuts();
  for (std::size_t c = 0; c < slots_.size(); ++c) slots_[c] = std::max(first_slots, most[c] + most[c] / 4 + 1);
  layout_.reset();
}

std::vector<int> AgentGroup::most_cuts() const {
  std::vector<int> most(slots_.size(), 0);
  for (const auto& cuts : cuts_) {
    std::vector<int> own(slots_.size(), 0);
    for (const Cut& cut : cuts) ++own[static_cast<std::size_t>(cut.cell)];
    for (std::size_t c = 0; c < own.size(); ++c) most[c] = std::max(most[c], own[c]);
  }
  return most;
}

int AgentGroup::explore(std::span<const double> zetas, int rounds, int turn) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<int> added(agents_.size(), 0);
#pragma omp parallel for schedule(dynamic, 1) if (agents_.size() > 1)
  for (std::size_t i = 0; i < agents_.size(); ++i)
    added[i] = worst_[i]->explore(zetas[i], ClimbSettings{}.gain, rounds, recourse_, turn);
  seconds_explored_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::accumulate(added.begin(), added.end(), 0);
}

std::vector<AgentGroup::Refined> AgentGroup::refine(std::span<const AgentAnswer> answers,
                                                    const ClimbSettings& climbing) {
  if (!exact_) {
    std::vector<double> zetas;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      worst_[i]->set_point(answers[i].x);
      zetas.push_back(answers[i].zeta);
    }
    explore(zetas, climbing.rounds, climbing.turn);
  }
  return add_cuts(answers, true);
}

std::vector<AgentGroup::Refined> AgentGroup::add_cuts(std::span<const AgentAnswer> answers, bool placed) {
  std::vector<Refined> refined(agents_.size());
  std::vector<WorstCase::Sweep> sweeps(agents_.size());
#pragma omp parallel for schedule(dynamic, 1) if (agents_.size() > 1)
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (exact_) continue;
    if (!placed) worst_[i]->set_point(answers[i].x);
    sweeps[i] = worst_[i]->sweep(answers[i].zeta);
  }
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    refined[i].worst_case = answers[i].worst_case;
    if (exact_) continue;
    const WorstCase& worst = *worst_[i];
    const auto& sweep = sweeps[i];
    refined[i].worst_case = sweep.total;
    std::vector<double> value(static_cast<std::size_t>(cells()), 0.0);
    const Atoms& atoms = worst.atoms();
    for (int h = 0; h < atoms.hours; ++h)
      for (int a = atoms.first[static_cast<std::size_t>(h)]; a < atoms.first[static_cast<std::size_t>(h) + 1]; ++a) {
        const auto at = static_cast<std::size_t>(a);
        value[static_cast<std::size_t>(h * clusters_ + cluster_[i][at])] += atoms.weight[at] * sweep.value[at];
      }
    for (int c = 0; c < cells(); ++c) {
      if (!(cell_weight(i, c) > 0.0)) continue;
      const auto cc = static_cast<std::size_t>(c);
      const double lift = value[cc] - answers[i].t[cc];
      if (!(lift > 1e-7 * (1.0 + std::abs(value[cc])))) continue;
      refined[i].violation += lift;
      if (form_.copies) store_copies(i, c, sweep, answers[i].zeta);
      else store(i, c, worst.cut(sweep, hour_of(c), answers[i].x.size(), cluster_[i], c % clusters_));
    }
  }
  return refined;
}

double AgentGroup::pool_worst_case(std::size_t i, std::span<const double> x) {
  WorstCase& worst = *worst_[i];
  worst.set_point(x);
  return worst.sweep(worst.best_zeta()).total;
}

int AgentGroup::cut_count() const {
  int count = 0;
  for (const auto& cuts : cuts_) count += static_cast<int>(cuts.size());
  return count;
}

int AgentGroup::copy_count() const {
  int count = 0;
  for (const auto& hours : copies_)
    for (const auto& known : hours) count += static_cast<int>(known.size());
  return count;
}

}  // namespace wattstein::engine
