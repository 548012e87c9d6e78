#include "engine/uncertainty/certify.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/uncertainty/lattice.hpp"
#include "engine/uncertainty/recourse_pieces.hpp"

namespace wattstein::engine {

namespace {

/// A dual point that raises an atom's lower bound.
struct Find {
  std::vector<double> omega, y;
  double bound = 0.0;
  bool* pooled = nullptr;  // of its piece
};

/// One hour of one agent on its way to being settled.
struct Work {
  std::size_t agent = 0;
  int hour = 0;
  std::unique_ptr<HourLattice> lattice;
  RecoursePieces* pieces = nullptr;
  std::vector<HourLattice::Want> left;  // what the pieces could not answer
  std::vector<Find> finds;
  bool done = false;
};

/// Asks the pieces until the hour is settled or they give up somewhere. Counts what was asked.
std::int64_t settle(Work& work) {
  std::int64_t asked = 0;
  while (work.left.empty()) {
    auto wants = work.lattice->next();
    if (wants.empty()) {
      work.done = true;
      break;
    }
    asked += static_cast<std::int64_t>(wants.size());
    for (auto& want : wants) {
      const RecoursePieces::Answer answer = work.pieces->at(want.omega);
      if (!std::isfinite(answer.value)) {
        work.left.push_back(std::move(want));
        continue;
      }
      if (work.lattice->improves(want, answer.value))
        work.finds.push_back({want.omega, *answer.y, answer.value, answer.pooled});
      work.lattice->take(want, answer.value);
    }
  }
  return asked;
}

}  // namespace

std::vector<Certificate> certify(std::span<WorstCase* const> agents, std::span<const double> zetas,
                                 RecourseSolver& solver, const CertifySettings& settings) {
  std::vector<Certificate> certificates(agents.size());
  std::vector<WorstCase::Sweep> sweeps(agents.size());
  std::vector<Work> work;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    const Atoms& atoms = agents[i]->atoms();
    certificates[i].zeta = zetas[i];
    certificates[i].upper = certificates[i].lower = zetas[i] * atoms.radius;
    certificates[i].hourly.assign(static_cast<std::size_t>(atoms.hours), 0.0);
    sweeps[i] = agents[i]->sweep(zetas[i]);
    for (int h = 0; h < atoms.hours; ++h) work.push_back({i, h, nullptr, nullptr, {}, {}, false});
  }
  std::vector<std::int64_t> asked(work.size(), 0);
  // An hour's lattice lives only while it is worked on, unless an LP is left to the batch solver.
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t s = 0; s < work.size(); ++s) {
    Work& own = work[s];
    WorstCase& agent = *agents[own.agent];
    const Atoms& atoms = agent.atoms();
    // The weights of an hour add up to 1, so an hour may take its share of the tolerance in every atom.
    own.lattice = std::make_unique<HourLattice>(agent, own.hour, zetas[own.agent], settings.tolerance / atoms.hours,
                                                settings.enumerate, settings.per_round);
    const int first = atoms.first[static_cast<std::size_t>(own.hour)];
    for (int a = first; a < atoms.first[static_cast<std::size_t>(own.hour) + 1]; ++a)
      own.lattice->raise(a - first, sweeps[own.agent].value[static_cast<std::size_t>(a)]);
    own.pieces = &agent.pieces(own.hour);
    asked[s] = settle(own);
    if (own.done) own.lattice->forget();
  }
  for (;;) {
    std::vector<RecourseRequest> requests;
    std::vector<std::pair<std::size_t, std::size_t>> origin;
    for (std::size_t s = 0; s < work.size(); ++s)
      for (std::size_t w = 0; w < work[s].left.size(); ++w) {
        const WorstCase& agent = *agents[work[s].agent];
        requests.push_back({&agent.pool(), work[s].hour, agent.shift(work[s].hour).data(), work[s].left[w].omega});
        origin.emplace_back(s, w);
      }
    if (requests.empty()) break;
    solver.solve(requests, [&](const RecourseAnswer& answer) {
      const auto [s, w] = origin[answer.request];
      Work& own = work[s];
      if (!answer.y.empty() && own.lattice->improves(own.left[w], answer.bound))
        own.finds.push_back({own.left[w].omega, {answer.y.begin(), answer.y.end()}, answer.bound, nullptr});
      own.lattice->take(own.left[w], answer.value);
    });
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t s = 0; s < work.size(); ++s) {
      if (work[s].left.empty()) continue;
      work[s].left.clear();
      asked[s] += settle(work[s]);
    }
  }
  for (std::size_t s = 0; s < work.size(); ++s) {
    const Work& own = work[s];
    Certificate& certificate = certificates[own.agent];
    certificate.hourly[static_cast<std::size_t>(own.hour)] = own.lattice->upper();
    certificate.upper += own.lattice->upper();
    certificate.candidates += own.lattice->candidates();
    certificate.solved += asked[s];
    for (const Find& find : own.finds)
      if (agents[own.agent]->offer(own.hour, find.omega, find.y, find.bound, 1e-7) && find.pooled) *find.pooled = true;
  }
  for (std::size_t i = 0; i < agents.size(); ++i) {
    agents[i]->refresh();
    certificates[i].lower = agents[i]->sweep(zetas[i]).total;
  }
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
