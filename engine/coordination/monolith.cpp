#include "engine/coordination/monolith.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

/// Appends `block` to the right of and below what `whole` holds.
void append(kernels::Matrix& whole, const kernels::Matrix& block) {
  const int column = whole.pattern.columns;
  const int base = whole.pattern.indptr.back();
  for (std::size_t i = 1; i < block.pattern.indptr.size(); ++i)
    whole.pattern.indptr.push_back(base + block.pattern.indptr[i]);
  for (const int c : block.pattern.indices) whole.pattern.indices.push_back(column + c);
  whole.data.insert(whole.data.end(), block.data.begin(), block.data.end());
  whole.pattern.rows += block.pattern.rows;
  whole.pattern.columns += block.pattern.columns;
}

void append(kernels::Field& whole, const kernels::Field& block) {
  whole.data.insert(whole.data.end(), block.data.begin(), block.data.end());
  whole.width += block.width;
}

}  // namespace

kernels::Batch monolith_problem(Team& team, MonolithLayout& layout) {
  kernels::Batch whole = kernels::make_batch(1, 0, 0);
  whole.name = "monolith";
  whole.objective_unit = "$";
  layout = {};
  std::vector<std::vector<int>> boundary(team.agents());
  double constant = 0.0;
  std::vector<kernels::Batch> group_batches;
  for (std::size_t g = 0; g < team.groups(); ++g) {
    const std::vector<BoundaryTerms> plain(team.group(g).size());
    group_batches.push_back(team.group(g).batch(plain));
  }
  for (std::size_t a = 0; a < team.agents(); ++a) {
    const auto [g, i] = team.place(a);
    const kernels::Batch own = kernels::extract(group_batches[g], static_cast<std::int64_t>(i));
    layout.column.push_back(whole.A.pattern.columns);
    layout.row.push_back(whole.A.pattern.rows);
    for (const int c : team.group(g).boundary_columns(i)) boundary[a].push_back(layout.column.back() + c);
    append(whole.A, own.A);
    append(whole.P, own.P);
    append(whole.G, own.G);
    whole.cones.insert(whole.cones.end(), own.cones.begin(), own.cones.end());
    append(whole.q, own.q);
    append(whole.l, own.l);
    append(whole.u, own.u);
    append(whole.lb, own.lb);
    append(whole.ub, own.ub);
    append(whole.g, own.g);
    constant += *own.r.of(0);
  }
  layout.linking = whole.A.pattern.rows;
  const int H = team.hours();
  for (int d = 0; d < team.hubs(); ++d)
    for (int h = 0; h < H; ++h) {
      // p^T − p^D = 0
      const int t = boundary[0][static_cast<std::size_t>(d * H + h)],
                p = boundary[static_cast<std::size_t>(d) + 1][static_cast<std::size_t>(h)];
      whole.A.pattern.indices.insert(whole.A.pattern.indices.end(), {t, p});
      whole.A.data.insert(whole.A.data.end(), {1.0, -1.0});
      whole.A.pattern.indptr.push_back(static_cast<int>(whole.A.pattern.indices.size()));
      ++whole.A.pattern.rows;
      whole.l.data.push_back(0.0);
      whole.u.data.push_back(0.0);
    }
  whole.l.width = whole.u.width = whole.A.pattern.rows;
  whole.rows = whole.A.pattern.rows;
  whole.variables = whole.A.pattern.columns;
  whole.r = kernels::Field::constant(1, constant);
  return whole;
}

MonolithResult solve_monolith(Team& team, const SolverOptions& options) {
  MonolithResult result;
  SolverOptions settings = options;
  settings.tolerance = std::min(1e-2 * options.tolerance, 1e-7);
  if (settings.method == "auto" || settings.method == "pdhg") settings.method = "ipm";
  Solver solver(settings);
  const double sought = std::clamp(10.0 * options.tolerance, 1e-5, 1e-4);  // relative gap of the whole run
  std::vector<AgentAnswer> answers(team.agents());
  for (int round = 0; round < 200; ++round) {
    result.rounds = round + 1;
    MonolithLayout layout;
    const kernels::Batch problem = monolith_problem(team, layout);
    BatchResult solved;
    for (const double looser : {1.0, 100.0}) {  // nearly parallel cuts can make the last digits unreachable
      solver.options().tolerance = looser * settings.tolerance;
      solved = solver.solve(problem);
      if (solved.status[0] == Status::solved || solved.status[0] == Status::primal_infeasible) break;
    }
    if (solved.status[0] != Status::solved && solved.status[0] != Status::solved_inaccurate) {
      if (solved.status[0] != Status::primal_infeasible && round > 0) {
        team.hooks().log("the monolith with its last cuts is not solved; what came before them stands");
        break;
      }
      result.status = kernels::status_word(solved.status[0]);
      result.message = "the monolith is " + result.status;
      if (solved.status[0] == Status::primal_infeasible) {
        int worst = 0;
        for (int r = 1; r < problem.rows; ++r)
          if (std::abs(solved.y[static_cast<std::size_t>(r)]) > std::abs(solved.y[static_cast<std::size_t>(worst)]))
            worst = r;
        const auto a = static_cast<std::size_t>(std::upper_bound(layout.row.begin(), layout.row.end(), worst) -
                                                layout.row.begin()) -
                       1;
        const auto [g, i] = team.place(a);
        const Agent& agent = team.group(g).agent(i);
        result.message = describe(contradiction_at(agent, worst - layout.row[a]));
      }
      return result;
    }
    result.bound = std::max(result.bound, solved.bound[0]);
    result.upper = solved.objective[0];
    const auto H = static_cast<std::size_t>(team.hours());
    result.multiplier.clear();
    for (std::size_t i = 0; i < static_cast<std::size_t>(team.hubs()) * H; ++i)
      // Row p^T − p^D = 0 with multiplier y: T's slope in p is y, so λ = −y / Δt.
      result.multiplier.push_back(-solved.y[static_cast<std::size_t>(layout.linking) + i] / team.step());
    double scale = 0.0;
    for (std::size_t a = 0; a < team.agents(); ++a) {
      const auto [g, i] = team.place(a);
      answers[a] = team.group(g).read(i, solved.x.data() + layout.column[a], solved.d.data() + layout.column[a],
                                      solved.y.data() + layout.row[a]);
      answers[a].status = Status::solved;
      scale += std::abs(answers[a].first_stage);
    }
    result.exchange = answers[0].boundary;
    ClimbSettings climbing;
    climbing.turn = team.next_turn(0);
    climbing.rounds = 3;
    const auto lifts = team.refine(Part::all, answers, climbing);
    double total = 0.0;
    for (const double lift : lifts) total += lift;
    team.hooks().log(fmt::format("monolith round {:3d}  objective {:.6f}  bound {:.6f}  cuts lift it by {:.3g} $",
                                 result.rounds, result.upper, result.bound, total));
    if (total <= 0.02 * sought * scale) break;
  }
  return result;
}

}  // namespace wattstein::engine
