#include <algorithm>
#include <cmath>

#include "engine/studies/batch_run.hpp"
#include "engine/studies/results_folder.hpp"

namespace wattstein::engine {
namespace {

bool solved(Status status) {
  return status == Status::solved || status == Status::solved_inaccurate;
}

// Smallest value that at least the share `part` of the sorted values does not exceed.
template <class T>
T quantile(std::vector<T> values, double part) {
  if (values.empty()) return T{};
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
  return values[at == 0 ? 0 : std::min(at, values.size()) - 1];
}

void raise(double& most, double value) {
  if (!(value <= most)) most = value;
}

}  // namespace

void BatchStatistics::add(const BatchFile& problems, const BatchResult& result, bool check_reference) {
  const auto& batch = problems.batch;
  problems_ += batch.problems;
  variables_ = batch.variables;
  rows_ = batch.rows;
  nonzeros_ = batch.A.pattern.nonzeros();
  cones_ = static_cast<std::int64_t>(batch.cones.size());
  method_ = result.method;
  device_ = result.device;
  threads_ = std::max(threads_, result.threads);
  one_model_ = problems.one_model;
  seconds_setup_ += result.seconds_setup;
  seconds_solve_ += result.seconds_solve;
  cpu_seconds_ += result.cpu_seconds;
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    ++count_[static_cast<std::size_t>(result.status[b])];
    if (result.status[b] != Status::invalid_data) iterations_.push_back(result.iterations[b]);
    if (!solved(result.status[b])) continue;
    objective_ += result.objective[b];
    bound_ += result.bound[b];
    raise(primal_, result.primal_residual[b]);
    raise(dual_, result.dual_residual[b]);
    raise(gap_, result.gap[b]);
    raise(bound_gap_, (result.objective[b] - result.bound[b]) / (1.0 + std::fabs(result.objective[b])));
  }
  const auto& reference = problems.reference;
  if (!check_reference || (reference.objective.empty() && reference.status.empty())) return;
  reference_ = true;
  const auto joined = [](Status status) { return status == Status::solved_inaccurate ? Status::solved : status; };
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    if (!reference.status.empty() && joined(reference.status[b]) != joined(result.status[b])) ++mismatches_;
    if (reference.objective.empty() || !std::isfinite(reference.objective[b])) continue;
    const double known = reference.objective[b];
    if (!reference.status.empty() && !solved(reference.status[b])) continue;
    if (!solved(result.status[b])) continue;
    errors_.push_back(std::fabs(result.objective[b] - known) / (1.0 + std::fabs(known)));
    if (result.bound[b] > known + 1e-7 * (1.0 + std::fabs(known))) ++violations_;
  }
}

// A batch is solved when every problem has been settled; a single model has the status of its problem.
std::string BatchStatistics::overall_status() const {
  const auto settled = [](Status status) {
    return status == Status::solved || status == Status::primal_infeasible || status == Status::dual_infeasible ||
           status == Status::invalid_data;
  };
  Status worst = Status::solved;
  std::int64_t most = 0;
  for (int code = 0; code < kernels::status_count; ++code) {
    const auto status = static_cast<Status>(code);
    if ((settled(status) && !one_model_) || count_[code] <= most) continue;
    worst = status;
    most = count_[code];
  }
  return kernels::status_word(worst);
}

void BatchStatistics::fill(nlohmann::ordered_json& summary) const {
  summary["status"] = overall_status();
  summary["objective"] = json_number(objective_);
  summary["lower_bound"] = json_number(bound_);
  summary["relative_gap"] = json_number((objective_ - bound_) / (1.0 + std::fabs(objective_)));
  summary["iterations"] = quantile(iterations_, 1.0);
  summary["device"] = device_;
  auto& batch = summary["batch"];
  batch["problems"] = problems_;
  batch["variables"] = variables_;
  batch["rows"] = rows_;
  batch["nonzeros"] = nonzeros_;
  batch["cones"] = cones_;
  for (int code = 0; code < kernels::status_count; ++code)
    batch["count"][kernels::status_word(static_cast<Status>(code))] = count_[code];
  batch["iterations_median"] = quantile(iterations_, 0.5);
  batch["iterations_p95"] = quantile(iterations_, 0.95);
  batch["iterations_max"] = quantile(iterations_, 1.0);
  batch["primal_residual_max"] = json_number(primal_);
  batch["dual_residual_max"] = json_number(dual_);
  batch["gap_max"] = json_number(gap_);
  batch["bound_gap_max"] = json_number(bound_gap_);
  batch["seconds_read"] = seconds_read_;
  batch["seconds_setup"] = seconds_setup_;
  batch["seconds_solve"] = seconds_solve_;
  batch["seconds_write"] = seconds_write_;
  batch["cpu_seconds"] = cpu_seconds_;
  batch["problems_per_second"] = static_cast<double>(problems_) / std::max(1e-9, seconds_setup_ + seconds_solve_);
  batch["method"] = method_;
  batch["device"] = device_;
  batch["threads"] = threads_;
  if (!reference_) return;
  auto& reference = batch["reference"];
  reference["compared"] = errors_.size();
  reference["status_mismatches"] = mismatches_;
  reference["objective_error_max"] = quantile(errors_, 1.0);
  reference["objective_error_median"] = quantile(errors_, 0.5);
  reference["bound_violations"] = violations_;
}

}  // namespace wattstein::engine
