#include "kernels/pool/basis_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "kernels/backend/threads.hpp"
#include "kernels/pool/basis_trial.hpp"
#include "kernels/pool/dual_simplex.hpp"
#include "kernels/pool/pool_screen.hpp"

namespace wattstein::kernels {

PoolMatrix pool_matrix(const Batch& batch) {
  PoolMatrix matrix;
  const CsrPattern& pattern = batch.A.pattern;
  matrix.rows = batch.rows;
  matrix.columns = batch.variables;
  matrix.row_start = pattern.indptr;
  matrix.row_column = pattern.indices;
  matrix.row_value = batch.A.data;
  matrix.column_start.assign(static_cast<std::size_t>(batch.variables) + 1, 0);
  for (const int j : pattern.indices) ++matrix.column_start[j + 1];
  for (int j = 0; j < batch.variables; ++j) matrix.column_start[j + 1] += matrix.column_start[j];
  matrix.column_row.resize(pattern.indices.size());
  matrix.column_value.resize(pattern.indices.size());
  auto next = matrix.column_start;
  for (int i = 0; i < batch.rows; ++i)
    for (int e = pattern.indptr[i]; e < pattern.indptr[i + 1]; ++e) {
      const int at = next[pattern.indices[e]]++;
      matrix.column_row[at] = i;
      matrix.column_value[at] = batch.A.data[e];
    }
  return matrix;
}

namespace {

constexpr int block = BasisTrial::block;

// Bounds this close to a problem's best, relative, are ties: their bases are tried as well, at most so many.
constexpr double tie = 1e-9;
constexpr int most_ties = 16;
// Bases that answered within the last so many chunks are asked first, with so many ties.
constexpr std::int64_t recent_chunks = 3;
constexpr int recent_ties = 2;
// Limits of State::chunk.
constexpr std::int64_t least_chunk = 4, most_chunk = 512;
// A new factor costs about so many times the reading of its entries.
constexpr std::int64_t update_work = 20;

std::uint64_t fingerprint(const Basis& basis) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const Side side : basis.side)
    hash = (hash ^ static_cast<std::uint64_t>(static_cast<int>(side) + 2)) * 1099511628211ULL;
  return hash;
}

}  // namespace

struct BasisPool::State {
  PoolMatrix matrix;
  std::vector<double> cost;
  std::vector<KeptBasis> bases;
  double feasible = 0.0;  // that bases are prepared for
  std::int64_t clock = 0;
  std::int64_t chunk = 1;  // problems that are screened by the same pool before what they found joins it
  PoolScreen screen;
  std::unordered_map<std::uint64_t, std::size_t> known;  // place in `bases` by fingerprint

  explicit State(const Batch& batch)
      : matrix(pool_matrix(batch)), cost(batch.q.data), screen(batch.variables, batch.rows) {}

  // A basis that is known already comes to the fore again.
  void join(Basis basis) {
    const auto [at, fresh] = known.try_emplace(fingerprint(basis), bases.size());
    if (!fresh) {
      bases[at->second].used = clock;
      return;
    }
    screen.add(basis.d);
    bases.push_back(KeptBasis(std::move(basis), clock));
    bases.back().prepare(matrix, screen, feasible);
  }

  // Folds updates that have been read often enough to pay for a new factor into one. Answers keep their sides, so they
  // change by rounding at most.
  void tidy() {
    for (KeptBasis& kept : bases) {
      if (kept.work < update_work * kept.basis.factor.factor_entries()) continue;
      kept.work = 0;
      std::vector<int> head = kept.basis.head;
      BasisFactor factor;
      if (!factor.factor(matrix, head)) continue;
      kept.basis.head = std::move(head);
      kept.basis.factor = std::move(factor);
      kept.prepare(matrix, screen, feasible);
    }
  }

  // Keeps the `most` bases that were used last.
  void shrink(std::int64_t most) {
    if (static_cast<std::int64_t>(bases.size()) <= most) return;
    std::vector<std::size_t> order(bases.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return bases[a].used > bases[b].used; });
    order.resize(static_cast<std::size_t>(std::max<std::int64_t>(most, 0)));
    std::sort(order.begin(), order.end());
    std::vector<KeptBasis> kept;
    screen.clear();
    known.clear();
    for (const std::size_t i : order) {
      known.emplace(fingerprint(bases[i].basis), kept.size());
      screen.add(bases[i].basis.d);
      kept.push_back(std::move(bases[i]));
    }
    bases = std::move(kept);
  }
};

// One problem of a chunk on its way through the pool.
struct BasisPool::Visit {
  std::int64_t problem = 0;
  int candidates = 0, held = -1;           // held: the basis that answered
  std::array<int, most_ties> candidate{};  // best bound first
  std::vector<int> refuted;                // bases that were tried and do not hold
  int pivots = -1;
  Basis found;

  void answer(int iterations, RawSolution& out) const {
    const auto b = static_cast<std::size_t>(problem);
    out.status[b] = Status::solved;
    out.iterations[b] = iterations;
    out.restarts[b] = 0;
  }
};

BasisPool::BasisPool(const Batch& batch) : state_(std::make_unique<State>(batch)) {}
BasisPool::~BasisPool() = default;

bool BasisPool::supports(const Batch& batch) {
  return batch.P.pattern.nonzeros() == 0 && batch.cones.empty() && batch.rows > 0 && !batch.A.varies() &&
         !batch.q.per_problem;
}

bool BasisPool::fits(const Batch& batch) const {
  return supports(batch) && batch.A.pattern.indptr == state_->matrix.row_start &&
         batch.A.pattern.indices == state_->matrix.row_column && batch.A.data == state_->matrix.row_value &&
         batch.q.data == state_->cost;
}

std::int64_t BasisPool::bases() const {
  return static_cast<std::int64_t>(state_->bases.size());
}

// Screens the visits without an answer by the named bases, and tries the best: problems with the same basis side by
// side.
void BasisPool::ask(const Batch& batch, const MethodSettings& settings, const std::vector<int>& among, int ties,
                    std::vector<Visit>& visits, RawSolution& out, const Answered& answered) {
  State& state = *state_;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < visits.size(); ++i)
    if (visits[i].held < 0) open.push_back(i);
  if (open.empty() || among.empty()) return;
  std::vector<std::int64_t> used;
  used.reserve(among.size());
  for (const int i : among) used.push_back(state.bases[i].used);

  constexpr std::size_t wide = PoolScreen::block;
  std::atomic<std::size_t> next{0};
  run_workers(thread_count(settings.threads, static_cast<long long>((open.size() + wide - 1) / wide)), [&](int) {
    PoolScreen::Scratch scratch;
    for (std::size_t i = next.fetch_add(wide); i < open.size(); i = next.fetch_add(wide)) {
      const int count = static_cast<int>(std::min(wide, open.size() - i));
      std::int64_t named[wide];
      for (int t = 0; t < count; ++t) named[t] = visits[open[i + t]].problem;
      state.screen.bounds(batch, named, count, among, scratch);
      PoolScreen::best(scratch, count, tie, used, ties);
      for (int t = 0; t < count; ++t) {
        Visit& visit = visits[open[i + t]];
        visit.candidates = 0;
        for (const int place : scratch.near[t]) visit.candidate[visit.candidates++] = among[place];
      }
    }
  });

  for (int round = 0; round < ties; ++round) {
    std::vector<std::pair<int, std::size_t>> wanted;  // basis, visit
    for (const std::size_t i : open) {
      const Visit& visit = visits[i];
      if (visit.held >= 0 || round >= visit.candidates) continue;
      const int basis = visit.candidate[round];
      if (std::find(visit.refuted.begin(), visit.refuted.end(), basis) == visit.refuted.end())
        wanted.emplace_back(basis, i);
    }
    std::sort(wanted.begin(), wanted.end());
    std::vector<std::pair<std::size_t, int>> packs;  // first of `wanted`, count
    for (std::size_t i = 0; i < wanted.size();) {
      KeptBasis& basis = state.bases[wanted[i].first];
      basis.work += basis.basis.factor.update_entries();
      int count = 1;
      while (count < block && i + count < wanted.size() && wanted[i + count].first == wanted[i].first) ++count;
      packs.emplace_back(i, count);
      i += static_cast<std::size_t>(count);
    }
    next = 0;
    run_workers(thread_count(settings.threads, static_cast<long long>(packs.size())), [&](int thread) {
      BasisTrial trial(state.matrix, state.feasible);
      for (std::size_t k = next.fetch_add(1); k < packs.size(); k = next.fetch_add(1)) {
        const auto [first, count] = packs[k];
        std::int64_t named[block];
        bool held[block];
        for (int t = 0; t < count; ++t) named[t] = visits[wanted[first + t].second].problem;
        trial.run(state.bases[wanted[first].first], batch, named, count, out, held);
        for (int t = 0; t < count; ++t) {
          Visit& visit = visits[wanted[first + t].second];
          if (!held[t]) {
            visit.refuted.push_back(wanted[first].first);
            continue;
          }
          visit.held = wanted[first].first;
          visit.answer(0, out);
          if (answered) answered(thread, visit.problem);
        }
      }
    });
  }
}

void BasisPool::solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
                      std::int64_t most, RawSolution& out, const Answered& answered) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(settings.time_limit_seconds));
  const auto stopped = [&] {
    return (settings.stop && settings.stop->load(std::memory_order_relaxed)) ||
           (settings.time_limit_seconds > 0.0 && Clock::now() >= deadline);
  };
  State& state = *state_;
  const double feasible =
      std::clamp(0.01 * std::min(settings.tolerance_relative, settings.tolerance_absolute), 1e-9, 1e-7);
  const int n = batch.variables, m = batch.rows;
  for (const std::int64_t b : problems) out.status[b] = Status::numerical_error;
  const bool wider = state.screen.widen(batch, problems);
  if (wider || feasible != state.feasible) {
    state.feasible = feasible;
    for (KeptBasis& kept : state.bases) kept.prepare(state.matrix, state.screen, feasible);
  }
  if (state.bases.empty() && !problems.empty()) {
    // A first basis: of the variables with most room.
    Basis first;
    const PoolBounds bounds = bounds_of(batch, problems.front());
    std::vector<double> room(static_cast<std::size_t>(n + m));
    for (int j = 0; j < n; ++j) room[j] = bounds.x_upper[j] - bounds.x_lower[j];
    for (int i = 0; i < m; ++i) room[n + i] = bounds.z_upper[i] - bounds.z_lower[i];
    const DualSimplex simplex(state.matrix, state.cost.data());
    if (!simplex.crash(room.data(), first)) return;
    state.join(std::move(first));
  }
  std::int64_t failed = 0;
  for (std::size_t at = 0; at < problems.size() && !stopped();) {
    const auto kept = static_cast<std::int64_t>(state.bases.size());
    const auto size = static_cast<std::size_t>(state.chunk);
    const auto chunk = problems.subspan(at, std::min(size, problems.size() - at));
    at += chunk.size();
    ++state.clock;
    std::vector<Visit> visits(chunk.size());
    for (std::size_t i = 0; i < chunk.size(); ++i) visits[i].problem = chunk[i];

    std::vector<int> among, recent;
    for (int i = 0; i < static_cast<int>(state.bases.size()); ++i) {
      among.push_back(i);
      if (state.bases[i].used + recent_chunks >= state.clock) recent.push_back(i);
    }
    // A basis that holds is optimal, whatever the others' bounds: the few used last are asked before all.
    if (2 * recent.size() < among.size()) ask(batch, settings, recent, recent_ties, visits, out, answered);
    ask(batch, settings, among, most_ties, visits, out, answered);

    // What no kept basis answers: pivots from the best one.
    std::vector<std::size_t> missed;
    for (std::size_t i = 0; i < visits.size(); ++i)
      if (visits[i].held < 0 && visits[i].candidates > 0) missed.push_back(i);
    const int limit = kept == 1 ? 20 * (m + 10) : 50 + m / 4;
    std::atomic<std::size_t> next{0};
    run_workers(thread_count(settings.threads, static_cast<long long>(missed.size())), [&](int thread) {
      DualSimplex simplex(state.matrix, state.cost.data());
      for (std::size_t k = next.fetch_add(1); k < missed.size(); k = next.fetch_add(1)) {
        if (stopped()) return;
        Visit& visit = visits[missed[k]];
        visit.found = state.bases[visit.candidate[0]].basis;
        visit.pivots = simplex.run(bounds_of(batch, visit.problem), feasible, limit, visit.found,
                                   out.x.data() + visit.problem * n);
        if (visit.pivots < 0) continue;
        std::copy_n(visit.found.d.data() + n, m, out.y.data() + visit.problem * m);
        visit.answer(visit.pivots, out);
        if (answered) answered(thread, visit.problem);
      }
    });
    for (Visit& visit : visits) {
      if (visit.held >= 0) state.bases[visit.held].used = state.clock;
      else if (visit.pivots >= 0) state.join(std::move(visit.found));
      else ++failed;
    }
    state.tidy();
    // Few misses: more problems before the next look; many: sooner.
    const std::size_t misses = missed.size();
    if (8 * misses <= chunk.size()) state.chunk = std::min(2 * state.chunk, most_chunk);
    else if (2 * misses > chunk.size()) state.chunk = std::max(state.chunk / 2, least_chunk);
    // Not for these problems: leave the rest to the other methods.
    if (failed >= 16 && 2 * failed > static_cast<std::int64_t>(at)) break;
  }
  state.shrink(most);
}

}  // namespace wattstein::kernels
