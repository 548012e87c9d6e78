#include "engine/coordination/agent_group.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/coordination/agent_layout.hpp"
#include "engine/error/error.hpp"
#include "engine/problem/judge.hpp"

namespace wattstein::engine {

namespace {

constexpr double usable_residual =
    1e-3;  // an unfinished answer this good still gives a point, a certified bound and cuts

bool usable(Status status, double relative_residual) {
  if (status == Status::solved || status == Status::solved_inaccurate) return true;
  return (status == Status::numerical_error || status == Status::iteration_limit) &&
         relative_residual <= usable_residual;
}

}  // namespace

double first_stage_cost(const kernels::Batch& problem, std::span<const double> x) {
  double cost = problem.r.empty() ? 0.0 : *problem.r.of(0);
  for (int j = 0; j < problem.variables; ++j) cost += problem.q.of(0)[j] * x[static_cast<std::size_t>(j)];
  for (int i = 0; i < problem.P.pattern.rows; ++i)
    for (int k = problem.P.pattern.indptr[static_cast<std::size_t>(i)];
         k < problem.P.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++k) {
      const int j = problem.P.pattern.indices[static_cast<std::size_t>(k)];
      const double term =
          problem.P.data[static_cast<std::size_t>(k)] * x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(j)];
      cost += i == j ? 0.5 * term : term;
    }
  return cost;
}

Contradiction contradiction_at(const Agent& agent, int row) {
  Contradiction out;
  out.agent = agent.name;
  const auto r = static_cast<std::size_t>(row);
  if (r < agent.row_hour.size()) out.hour = agent.row_hour[r];
  if (r < agent.row_carrier.size()) out.carrier = agent.row_carrier[r];
  out.row = r < agent.first_stage.row_names.size() ? agent.first_stage.row_names[r] : "rows contradict one another";
  return out;
}

std::string describe(const Contradiction& contradiction) {
  std::string place = contradiction.hour > 0 ? fmt::format(" in hour {}", contradiction.hour) : "";
  if (!contradiction.carrier.empty()) place += ", " + contradiction.carrier;
  return fmt::format("{}: infeasible first stage{} ({})", contradiction.agent, place, contradiction.row);
}

AgentGroup::AgentGroup(std::vector<const Agent*> agents, const UncertaintySettings& uncertainty,
                       const SolverOptions& master, const SolverOptions& recourse, const MasterForm& form)
    : agents_(std::move(agents)),
      form_(form),
      clusters_(std::max(form.clusters, 1)),
      master_(master),
      recourse_(recourse) {
  const int H = static_cast<int>(agents_.front()->recourse.hours.size());
  exact_ = true;
  for (const Agent* agent : agents_) {
    worst_.push_back(std::make_unique<WorstCase>(agent->recourse, make_atoms(agent->samples, uncertainty, H)));
    const Atoms& atoms = worst_.back()->atoms();
    exact_ =
        exact_ && !atoms.moves && atoms.first == worst_.front()->atoms().first &&
        (form.copies || static_cast<std::int64_t>(atoms.count()) * agent->recourse.lp.variables <= form.copy_limit);
    boundary_.emplace_back();
    for (const auto& hub : agent->boundary) boundary_.back().insert(boundary_.back().end(), hub.begin(), hub.end());
    // Bounds of t_h that hold for every x and ω: the dual point 0, and the dearest value of every recourse variable.
    const Recourse& r = agent->recourse;
    const double *q = r.lp.q.of(0), *xl = agent->first_stage.lb.of(0), *xu = agent->first_stage.ub.of(0);
    std::vector<double> low(static_cast<std::size_t>(H)), high(static_cast<std::size_t>(H));
    for (int h = 0; h < H; ++h) {
      const RecourseHour& hour = r.hours[static_cast<std::size_t>(h)];
      double least = hour.r, most = hour.r;
      std::vector<double> top = hour.ub;
      for (const auto& term : hour.x_upper)
        top[static_cast<std::size_t>(term.target)] +=
            std::max(term.coefficient * xl[term.source], term.coefficient * xu[term.source]);
      for (std::size_t k = 0; k < r.w_cost.size(); ++k) {
        const double wl = agent->samples.lower[static_cast<std::size_t>(h) * r.w_cost.size() + k];
        const double wu = agent->samples.upper[static_cast<std::size_t>(h) * r.w_cost.size() + k];
        least += std::min(r.w_cost[k] * wl, r.w_cost[k] * wu);
        most += std::max(r.w_cost[k] * wl, r.w_cost[k] * wu);
        for (const auto& term : r.w_upper)
          if (term.source == static_cast<int>(k))
            top[static_cast<std::size_t>(term.target)] += std::max(term.coefficient * wl, term.coefficient * wu);
      }
      for (std::size_t j = 0; j < top.size(); ++j) {
        least += std::min(q[j] * hour.lb[j], q[j] * top[j]);
        most += std::max(q[j] * hour.lb[j], q[j] * top[j]);
      }
      low[static_cast<std::size_t>(h)] = least - 1.0;
      high[static_cast<std::size_t>(h)] = most + 1.0;
    }
    v_lower_.push_back(std::move(low));
    v_upper_.push_back(std::move(high));
  }
  if (exact_) clusters_ = 1;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    split(worst_[i]->atoms());
    t_lower_.emplace_back();
    t_upper_.emplace_back();
    for (int c = 0; c < cells(); ++c) {
      const auto h = static_cast<std::size_t>(hour_of(c));
      t_lower_.back().push_back(cell_weight(i, c) * v_lower_[i][h]);
      t_upper_.back().push_back(cell_weight(i, c) * v_upper_[i][h]);
    }
  }
  cuts_.resize(agents_.size());
  cut_columns_.resize(static_cast<std::size_t>(cells()));
  slots_.assign(static_cast<std::size_t>(cells()), 1);
  copies_.assign(agents_.size(), std::vector<std::vector<std::vector<double>>>(static_cast<std::size_t>(H)));
  copy_slots_.assign(static_cast<std::size_t>(H), 1);
}

// Atoms of an hour in the order of their total power, cut into clusters of equal number: what is much alike is priced
// together.
void AgentGroup::split(const Atoms& atoms) {
  std::vector<int> cluster(static_cast<std::size_t>(atoms.count()), 0);
  std::vector<double> weight(static_cast<std::size_t>(cells()), 0.0);
  for (int h = 0; h < atoms.hours; ++h) {
    const int first = atoms.first[static_cast<std::size_t>(h)],
              count = atoms.first[static_cast<std::size_t>(h) + 1] - first;
    std::vector<std::pair<double, int>> order;
    for (int a = first; a < first + count; ++a)
      order.emplace_back(std::accumulate(atoms.at(a), atoms.at(a) + atoms.resources, 0.0), a);
    std::sort(order.begin(), order.end());
    for (int k = 0; k < count; ++k) {
      const auto a = static_cast<std::size_t>(order[static_cast<std::size_t>(k)].second);
      cluster[a] = static_cast<int>(static_cast<std::int64_t>(k) * clusters_ / count);
      weight[static_cast<std::size_t>(h * clusters_ + cluster[a])] += atoms.weight[a];
    }
  }
  cluster_.push_back(std::move(cluster));
  cell_weight_.push_back(std::move(weight));
}

int AgentGroup::copy_first(int hour) const {
  return std::accumulate(copy_slots_.begin(), copy_slots_.begin() + hour, 0);
}

AgentGroup::~AgentGroup() = default;
AgentGroup::AgentGroup(AgentGroup&&) noexcept = default;

std::vector<WorstCase*> AgentGroup::worst_cases() {
  std::vector<WorstCase*> all;
  for (auto& worst : worst_) all.push_back(worst.get());
  return all;
}

void AgentGroup::set_extension(std::vector<Extension> extensions) {
  extensions_ = std::move(extensions);
  layout_.reset();
}

const kernels::Batch& AgentGroup::batch(std::span<const BoundaryTerms> terms) {
  shrink();
  if (!layout_) build();
  fill(terms);
  return layout_->batch;
}

std::vector<AgentAnswer> AgentGroup::solve(std::span<const BoundaryTerms> terms, double looser) {
  const auto start = std::chrono::steady_clock::now();
  const kernels::Batch& problem = batch(terms);
  const SolverOptions exact = master_.options();
  if (looser > exact.tolerance) master_.options().tolerance = master_.options().aim = looser;
  BatchResult result = master_.solve(problem);
  master_.options() = exact;
  bool complete = true;
  for (std::size_t i = 0; i < agents_.size(); ++i)
    complete = complete &&
               (usable(result.status[i], result.relative_residual[i]) || result.status[i] == Status::primal_infeasible);
  if (!complete) {
    // Nearly parallel cuts can make the last digits unreachable: what is asked for is given back a hundredfold.
    master_.options().tolerance = 100.0 * std::max(looser, exact.tolerance);
    master_.options().aim = 0.0;
    result = master_.solve(problem);
    master_.options() = exact;
  }
  repair_bounds(result);
  std::vector<AgentAnswer> answers;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const auto b = static_cast<std::int64_t>(i);
    AgentAnswer answer = read(i, result.x_of(b), result.d_of(b), result.y_of(b));
    answer.status = result.status[i];
    answer.objective = result.objective[i];
    answer.bound = result.bound[i];
    answer.relative_residual = result.relative_residual[i];
    if (answer.status == Status::primal_infeasible) {
      // The ray's largest weights name the rows that contradict one another.
      const Agent& agent = *agents_[i];
      const double* ray = result.y_of(b);
      int worst = 0;
      for (int r = 1; r < agent.first_stage.rows; ++r)
        if (std::abs(ray[r]) > std::abs(ray[worst])) worst = r;
      answer.contradiction = contradiction_at(agent, worst);
      answer.trouble = describe(answer.contradiction);
    } else if (!usable(answer.status, answer.relative_residual)) {
      answer.trouble = fmt::format("{}: first stage not solved ({}, residual {:.1e} after {} steps)", agents_[i]->name,
                                   kernels::status_word(answer.status), answer.relative_residual, result.iterations[i]);
    } else if (looser <= exact.tolerance) {
      retire(i, answer, result.y_of(b));
    }
    answers.push_back(std::move(answer));
  }
  masters_ += static_cast<std::int64_t>(agents_.size());
  seconds_master_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return answers;
}

// t_h has cost 1 and stands in the cuts of its hour with coefficient 1, so its reduced cost is 1 − Σ y over those rows.
// Scaled to Σ y = 1 nothing is left that would meet t_h's missing upper bound, and β is as good as the answer.
void AgentGroup::repair_bounds(BatchResult& result) {
  if (exact_) return;
  const Layout& at = *layout_;
  for (std::size_t i = 0; i < agents_.size(); ++i)
    for (int c = 0; c < cells(); ++c)
      layout_->batch.ub.of(static_cast<std::int64_t>(i))[at.t + c] = t_upper_[i][static_cast<std::size_t>(c)];
  Judge judge(at.batch);
  std::vector<double> d(static_cast<std::size_t>(at.columns));
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const auto b = static_cast<std::int64_t>(i);
    if (!usable(result.status[i], result.relative_residual[i])) continue;
    std::vector<double> y(result.y_of(b), result.y_of(b) + at.rows),
        w(result.w_of(b), result.w_of(b) + result.cone_rows);
    for (int c = 0; c < cells(); ++c) {
      double sum = 0.0;
      for (int r = at.slot_row[static_cast<std::size_t>(c)]; r < at.slot_row[static_cast<std::size_t>(c) + 1]; ++r)
        sum += std::max(y[static_cast<std::size_t>(r)], 0.0);
      if (!(sum > 0.5)) continue;
      for (int r = at.slot_row[static_cast<std::size_t>(c)]; r < at.slot_row[static_cast<std::size_t>(c) + 1]; ++r)
        y[static_cast<std::size_t>(r)] = std::max(y[static_cast<std::size_t>(r)], 0.0) / sum;
    }
    if (form_.copies) repair_copies(i, y);
    const Judgement judged = judge.judge(b, result.x_of(b), y.data(), w.data(), d.data(), 1e-6);
    if (!(result.bound[i] >= judged.bound)) result.bound[i] = judged.bound;
  }
}

// v_s has cost 0: its row's multiplier must be Σ_k weight_ks y_k over the cuts. Set so, and the copy's other rows with
// it in proportion, v_s's far bounds cost nothing.
void AgentGroup::repair_copies(std::size_t i, std::vector<double>& y) const {
  const Layout& at = *layout_;
  std::vector<double> wanted(static_cast<std::size_t>(copy_first(hours())), 0.0);
  std::vector<int> filled(static_cast<std::size_t>(cells()), 0);
  for (const Cut& cut : cuts_[i]) {
    const auto c = static_cast<std::size_t>(cut.cell);
    const int r = at.slot_row[c] + filled[c]++;
    for (const auto& [s, weight] : cut.gradient)
      wanted[static_cast<std::size_t>(copy_first(hour_of(cut.cell)) + s)] += weight * y[static_cast<std::size_t>(r)];
  }
  for (std::size_t s = 0; s < wanted.size(); ++s) {
    const auto base = static_cast<std::size_t>(at.copy_rows) + s * static_cast<std::size_t>(at.copy_height);
    const std::size_t value = base + static_cast<std::size_t>(at.copy_height) - 1;
    const double ratio = y[value] > 1e-12 ? wanted[s] / y[value] : 0.0;
    for (std::size_t r = base; r < value; ++r) y[r] *= ratio;
    y[value] = ratio > 0.0 ? wanted[s] : 0.0;
  }
}

AgentAnswer AgentGroup::read(std::size_t i, const double* x, const double* d, const double* y) const {
  const Layout& at = *layout_;
  const Agent& agent = *agents_[i];
  const Atoms& atoms = worst_[i]->atoms();
  AgentAnswer answer;
  answer.x.assign(x, x + agent.first_stage.variables);
  answer.zeta = x[at.zeta];
  answer.first_stage = first_stage_cost(agent.first_stage, answer.x);
  for (int c = 0; c < cells(); ++c) answer.t.push_back(x[at.t + c]);
  if (exact_) {
    const Recourse& recourse = agent.recourse;
    for (int h = 0; h < atoms.hours; ++h) {
      double sum = 0.0;
      for (int a = atoms.first[static_cast<std::size_t>(h)]; a < atoms.first[static_cast<std::size_t>(h) + 1]; ++a) {
        double value = recourse.hours[static_cast<std::size_t>(h)].r;
        for (int r = 0; r < atoms.resources; ++r)
          value += recourse.w_cost[static_cast<std::size_t>(r)] * atoms.at(a)[r];
        for (int j = 0; j < recourse.lp.variables; ++j)
          value += recourse.lp.q.of(0)[j] * x[at.copies + a * recourse.lp.variables + j];
        sum += atoms.weight[static_cast<std::size_t>(a)] * value;
      }
      answer.t[static_cast<std::size_t>(h)] = sum;
    }
  }
  answer.worst_case = answer.zeta * atoms.radius;
  for (const double value : answer.t) answer.worst_case += value;
  for (const int c : boundary_[i]) {
    answer.boundary.push_back(x[c]);
    answer.boundary_slope.push_back(d[c]);
  }
  for (int c = at.extension; c < at.columns; ++c) {
    answer.extra.push_back(x[c]);
    answer.first_stage += extensions_[i].cost[static_cast<std::size_t>(c - at.extension)] * x[c];
  }
  for (int r = at.extension_rows; r < at.rows; ++r) answer.extra_multipliers.push_back(y[r]);
  return answer;
}

}  // namespace wattstein::engine
