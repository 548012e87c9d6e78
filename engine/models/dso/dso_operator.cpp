#include "engine/models/dso/dso_operator.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "engine/models/dso/dso_bound.hpp"

namespace wattstein::engine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

int team_size(const SolverOptions& options) {
  return options.threads > 0 ? options.threads : omp_get_max_threads();
}

}  // namespace

struct DsoOperator::Stage {
  Stage(const DsoData& data, DsoPattern pattern, const SolverOptions& options)
      : batch(data, std::move(pattern)), solver(options) {}
  DsoBatch batch;
  Solver solver;
  kernels::Batch problems;  // reused from call to call
  bool built = false;
};

DsoOperator::DsoOperator(const DsoData& data, std::vector<std::uint8_t> may_shed, bool varying_power_factor,
                         SolverOptions options)
    : data_(data) {
  // Almost no fill and high accuracy asked for: the interior point is the method, and a row that it cannot finish is to
  // be flagged, not to hold up thousands of others in a first-order method.
  if (options.method == "auto") options.method = "ipm";
  DsoPattern pattern{data.capped() ? DsoCap::sources : DsoCap::none, varying_power_factor, std::move(may_shed)};
  plain_ = std::make_unique<Stage>(data, pattern, options);
  if (data.capped()) {
    pattern.cap = DsoCap::tree;
    capped_ = std::make_unique<Stage>(data, pattern, options);
  }
}

DsoOperator::~DsoOperator() = default;

SolverOptions& DsoOperator::solver_options() {
  return plain_->solver.options();
}

void DsoOperator::solve_stage(Stage& stage, const DsoInputs& inputs, const std::vector<std::int64_t>& rows,
                              DsoAnswers& answers) {
  auto begin = Clock::now();
  if (stage.built) stage.batch.fill(inputs, rows, stage.problems);
  else stage.problems = stage.batch.build(inputs, rows);
  stage.built = true;
  counts_.seconds_assemble += seconds_since(begin);
  begin = Clock::now();
  const BatchResult result = stage.solver.solve(stage.problems);
  const double seconds = seconds_since(begin);
  counts_.seconds_solve += seconds;
  device_ = result.device;
  method_ = result.method;
  const auto B = static_cast<std::int64_t>(rows.size());
#pragma omp parallel for schedule(static) num_threads(team_size(stage.solver.options()))
  for (std::int64_t b = 0; b < B; ++b) {
    const std::int64_t row = rows[static_cast<std::size_t>(b)];
    answers.seconds[static_cast<std::size_t>(row)] += seconds / static_cast<double>(B);
    stage.batch.unpack(result, b, inputs, row, answers);
  }
  for (const int iterations : result.iterations) counts_.iterations += iterations;
}

void DsoOperator::respond(const DsoInputs& inputs, DsoAnswers& answers) {
  using kernels::Status;
  answers.resize(inputs.count, data_);
  if (inputs.count == 0) return;
  std::vector<std::int64_t> rows(static_cast<std::size_t>(inputs.count));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  solve_stage(*plain_, inputs, rows, answers);
  counts_.rows += inputs.count;
  const SolverOptions& options = plain_->solver.options();
  const double tolerance = options.tolerance;
  const int N = data_.buses();
  const int threads = team_size(options);
  const auto has_point = [&answers](std::int64_t row) {
    const Status status = answers.status[static_cast<std::size_t>(row)];
    return status == Status::solved || status == Status::solved_inaccurate;
  };

  if (data_.capped()) {
    const auto begin = Clock::now();
    std::vector<std::uint8_t> again(rows.size(), 0);
#pragma omp parallel num_threads(threads)
    {
      DsoScratch scratch(data_);
      std::vector<double> raised(static_cast<std::size_t>(N));
#pragma omp for schedule(static)
      for (std::int64_t row = 0; row < inputs.count; ++row) {
        const auto s = static_cast<std::size_t>(row);
        if (answers.status[s] == Status::primal_infeasible) continue;  // with the cap all the more
        bool fits = has_point(row);
        if (fits) {
          dso_lossless_voltage(data_, inputs, answers, row, raised.data(), scratch);
          for (int n = 0; n < N; ++n) {
            const double limit = data_.feeder.v_max_pu[static_cast<std::size_t>(n)];
            if (n != data_.feeder.root && !(raised[static_cast<std::size_t>(n)] <= limit * limit + 0.1 * tolerance))
              fits = false;
          }
        }
        again[s] = fits ? 0 : 1;
      }
    }
    std::vector<std::int64_t> second;
    for (const std::int64_t row : rows)
      if (again[static_cast<std::size_t>(row)] != 0) second.push_back(row);
    counts_.seconds_judge += seconds_since(begin);
    counts_.capped += static_cast<std::int64_t>(second.size());
    if (!second.empty()) solve_stage(*capped_, inputs, second, answers);
  }

  const auto begin = Clock::now();
#pragma omp parallel num_threads(threads)
  {
    DsoScratch scratch(data_);
#pragma omp for schedule(static)
    for (std::int64_t row = 0; row < inputs.count; ++row) verify(inputs, answers, row, tolerance, scratch);
  }
  counts_.seconds_judge += seconds_since(begin);

  std::vector<std::int64_t> open;
  for (const std::int64_t row : rows) {
    const Status status = answers.status[static_cast<std::size_t>(row)];
    if (status != Status::solved && status != Status::primal_infeasible) open.push_back(row);
  }
  // A smaller tolerance may be what is missing; else the same problem in its other form.
  Stage* const other = capped_ ? capped_.get() : plain_.get();
  retry(*plain_, 1e-2, inputs, open, answers);
  for (const double factor : {1.0, 1e-2}) retry(*other, factor, inputs, open, answers);
}

/// Solves the rows `open` again, tolerance times `factor`. An answer that stands up to the recomputation replaces the
/// old one, and its row leaves `open`.
void DsoOperator::retry(Stage& stage, double factor, const DsoInputs& inputs, std::vector<std::int64_t>& open,
                        DsoAnswers& answers) {
  using kernels::Status;
  SolverOptions& options = stage.solver.options();
  if (open.empty() || (options.stop != nullptr && options.stop->load(std::memory_order_relaxed))) return;
  const double tolerance = options.tolerance;
  counts_.retried += static_cast<std::int64_t>(open.size());
  DsoInputs few;
  DsoAnswers fresh;
  few.resize(static_cast<std::int64_t>(open.size()), data_);
  fresh.resize(few.count, data_);
  std::vector<std::int64_t> all(open.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  for (const std::int64_t k : all) few.copy_row(data_, inputs, open[static_cast<std::size_t>(k)], k);
  options.tolerance = std::max(factor * tolerance, 1e-12);
  solve_stage(stage, few, all, fresh);
  options.tolerance = tolerance;
  DsoScratch scratch(data_);
  std::vector<std::int64_t> left;
  for (const std::int64_t k : all) {
    const auto s = static_cast<std::size_t>(k);
    verify(few, fresh, k, tolerance, scratch);
    const bool good = fresh.status[s] == Status::solved || fresh.status[s] == Status::primal_infeasible;
    if (good) answers.copy_row(data_, fresh, k, open[s]);
    else left.push_back(open[s]);
  }
  open = std::move(left);
}

/// The solver's word is not enough: a solved row must stand up to the recomputation from its stored arrays, an
/// infeasible one must show a ray of positive value.
void DsoOperator::verify(const DsoInputs& inputs, DsoAnswers& answers, std::int64_t row, double tolerance,
                         DsoScratch& scratch) const {
  using kernels::Status;
  const auto s = static_cast<std::size_t>(row);
  Status& status = answers.status[s];
  if (status == Status::primal_infeasible) {
    if (!(dso_certified_bound(data_, inputs, answers, row, true, scratch) > 0.0)) status = Status::numerical_error;
    return;
  }
  if (status != Status::solved && status != Status::solved_inaccurate) return;
  dso_prices(data_, answers, row, scratch);
  dso_judge(data_, inputs, answers, row, scratch);
  const double gap = (answers.objective[s] - answers.lower_bound[s]) / (1.0 + std::abs(answers.objective[s]));
  const double violation = dso_violation(data_, inputs, answers, row, scratch);
  const double largest = std::max(gap, violation);
  if (status == Status::solved_inaccurate && largest <= tolerance) status = Status::solved;
  if (status == Status::solved && !(largest <= 10.0 * tolerance)) status = Status::solved_inaccurate;
}

}  // namespace wattstein::engine
