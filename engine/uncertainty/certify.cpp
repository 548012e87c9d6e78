#include "engine/uncertainty/certify.hpp"

#include <algorithm>
#include <cmath>

#include "engine/uncertainty/lattice.hpp"

namespace wattstein::engine {

namespace {

/// Hours of agents whose lattices are held in memory at the same time, in candidates.
constexpr std::int64_t window_candidates = 4'000'000;

struct Slot {
  std::size_t agent;
  int hour;
  HourLattice lattice;
};

/// Gives every atom of the slot the pool's lower bound.
void raise_from_pool(const WorstCase& agent, const WorstCase::Sweep& sweep, Slot& slot) {
  const Atoms& atoms = agent.atoms();
  const int first = atoms.first[static_cast<std::size_t>(slot.hour)];
  for (int a = first; a < atoms.first[static_cast<std::size_t>(slot.hour) + 1]; ++a)
    slot.lattice.raise(a - first, sweep.value[static_cast<std::size_t>(a)]);
}

}  // namespace

std::vector<Certificate> certify(std::span<WorstCase* const> agents, std::span<const double> zetas,
                                 RecourseSolver& solver, const CertifySettings& settings) {
  std::vector<Certificate> certificates(agents.size());
  std::vector<std::pair<std::size_t, int>> work;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    const Atoms& atoms = agents[i]->atoms();
    certificates[i].zeta = zetas[i];
    certificates[i].upper = certificates[i].lower = zetas[i] * atoms.radius;
    certificates[i].hourly.assign(static_cast<std::size_t>(atoms.hours), 0.0);
    for (int h = 0; h < atoms.hours; ++h) work.emplace_back(i, h);
  }
  std::size_t next = 0;
  while (next < work.size()) {
    std::vector<Slot> window;
    std::int64_t held = 0;
    while (next < work.size() && (window.empty() || held < window_candidates)) {
      const auto [i, h] = work[next++];
      // The weights of an hour add up to 1, so an hour may take its share of the tolerance in every atom.
      window.push_back({i, h,
                        HourLattice(*agents[i], h, zetas[i], settings.tolerance / agents[i]->atoms().hours,
                                    settings.enumerate, settings.per_round)});
      held += window.back().lattice.candidates();
    }
    std::vector<char> done(window.size(), 0);
    for (;;) {
      std::vector<WorstCase::Sweep> sweeps(agents.size());
      for (auto& slot : window) {
        if (sweeps[slot.agent].dual.empty()) sweeps[slot.agent] = agents[slot.agent]->sweep(zetas[slot.agent]);
        raise_from_pool(*agents[slot.agent], sweeps[slot.agent], slot);
      }
      std::vector<std::vector<HourLattice::Want>> wants(window.size());
#pragma omp parallel for schedule(dynamic, 1)
      for (std::size_t s = 0; s < window.size(); ++s)
        if (!done[s]) wants[s] = window[s].lattice.next();
      std::vector<RecourseRequest> requests;
      std::vector<std::pair<std::size_t, std::size_t>> origin;
      for (std::size_t s = 0; s < window.size(); ++s) {
        WorstCase& agent = *agents[window[s].agent];
        if (!done[s] && wants[s].empty()) done[s] = 1;
        for (std::size_t w = 0; w < wants[s].size(); ++w) {
          requests.push_back({&agent.pool(), window[s].hour, agent.shift(window[s].hour).data(), wants[s][w].omega});
          origin.emplace_back(s, w);
        }
        certificates[window[s].agent].solved += static_cast<std::int64_t>(wants[s].size());
      }
      if (requests.empty()) break;
      solver.solve(requests, [&](const RecourseAnswer& answer) {
        const auto [s, w] = origin[answer.request];
        window[s].lattice.take(wants[s][w], answer.value);
        if (!answer.y.empty())
          agents[window[s].agent]->offer(window[s].hour, requests[answer.request].omega, answer.y, 1e-7);
      });
      for (WorstCase* agent : agents) agent->refresh();
    }
    for (auto& slot : window) {
      Certificate& certificate = certificates[slot.agent];
      certificate.hourly[static_cast<std::size_t>(slot.hour)] = slot.lattice.upper();
      certificate.upper += slot.lattice.upper();
      certificate.candidates += slot.lattice.candidates();
    }
  }
  for (std::size_t i = 0; i < agents.size(); ++i) certificates[i].lower = agents[i]->sweep(zetas[i]).total;
  return certificates;
}

std::vector<Certificate> evaluate(std::span<WorstCase* const> agents, RecourseSolver& solver,
                                  const CertifySettings& settings) {
  std::vector<double> zetas(agents.size(), 0.0);
  ClimbSettings climbing;
  climbing.per_hour = 16;
  std::vector<Certificate> best;
  for (int round = 0; round < 50; ++round) {
    // The pool first: its minimum over ζ is a lower bound of W, and cheap.
    for (climbing.turn = 0; climbing.turn < 8; ++climbing.turn) {
      for (std::size_t i = 0; i < agents.size(); ++i) zetas[i] = agents[i]->best_zeta();
      if (climb(agents, zetas, solver, climbing) == 0) break;
    }
    for (std::size_t i = 0; i < agents.size(); ++i) zetas[i] = agents[i]->best_zeta();
    auto certificates = certify(agents, zetas, solver, settings);
    if (best.empty()) best = certificates;
    bool finished = true;
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (certificates[i].upper < best[i].upper) best[i] = certificates[i];
      best[i].lower = agents[i]->sweep(agents[i]->best_zeta()).total;
      finished = finished && (!settings.enumerate || !(best[i].upper - best[i].lower > 2.0 * settings.tolerance));
    }
    if (finished) break;
  }
  return best;
}

}  // namespace wattstein::engine
