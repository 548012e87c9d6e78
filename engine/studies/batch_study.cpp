// The study kind `batch`: problems of a file, answers in results.h5.

#include <chrono>
#include <cmath>
#include <memory>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/report/batch_report.hpp"
#include "engine/studies/batch_run.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {
namespace {

// results.h5, filled slice by slice.
class ResultsFile {
 public:
  ResultsFile(const std::filesystem::path& file, const BatchSettings& settings, const kernels::Batch& batch,
              std::int64_t problems)
      : out_(file), settings_(settings), problems_(problems) {
    for (const char* name : {"objective", "bound", "primal_residual", "dual_residual", "gap"})
      out_.declare(name, {problems});
    declare("x", batch.variables);
    declare("y", batch.rows);
    declare("w", batch.cone_rows());
    declare("d", batch.variables);
    if (!batch.objective_unit.empty())
      for (const char* name : {"objective", "bound", "gap"}) out_.attribute(name, "unit", batch.objective_unit);
  }

  void add(const BatchResult& result) {
    out_.rows("objective", at_, result.objective);
    out_.rows("bound", at_, result.bound);
    out_.rows("primal_residual", at_, result.primal_residual);
    out_.rows("dual_residual", at_, result.dual_residual);
    out_.rows("gap", at_, result.gap);
    rows("x", result.x);
    rows("y", result.y);
    rows("w", result.w);
    rows("d", result.d);
    for (const auto status : result.status) status_.push_back(static_cast<std::int8_t>(status));
    iterations_.insert(iterations_.end(), result.iterations.begin(), result.iterations.end());
    at_ += result.problems;
  }

  void commit(const std::string& batch, double tolerance, const std::string& input_sha256) {
    out_.bytes("status", status_, {problems_});
    std::vector<std::string> words;
    words.reserve(kernels::status_count);
    for (int code = 0; code < kernels::status_count; ++code)
      words.emplace_back(kernels::status_word(static_cast<Status>(code)));
    out_.attribute("status", "words", words);
    out_.integers32("iterations", iterations_, {problems_});
    out_.attribute("/", "format", "wattstein-batch-results");
    out_.attribute("/", "version", std::int64_t{1});
    out_.attribute("/", "batch", batch);
    out_.attribute("/", "first", settings_.first);
    out_.attribute("/", "tolerance", tolerance);
    out_.attribute("/", "input_sha256", input_sha256);
    out_.commit();
  }

 private:
  void declare(const char* name, std::int64_t width) {
    if (settings_.writes(name)) out_.declare(name, {problems_, width});
  }
  void rows(const char* name, const std::vector<double>& values) {
    if (settings_.writes(name)) out_.rows(name, at_, values);
  }

  files::Hdf5Writer out_;
  const BatchSettings& settings_;
  std::int64_t problems_, at_ = 0;
  std::vector<std::int8_t> status_;
  std::vector<std::int32_t> iterations_;
};

void add_to_report(report::BatchReportData& report, const BatchFile& problems, const BatchResult& result) {
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (const auto status : result.status) report.status.push_back(static_cast<std::int8_t>(status));
  append(report.objective, result.objective);
  append(report.bound, result.bound);
  append(report.primal_residual, result.primal_residual);
  append(report.dual_residual, result.dual_residual);
  append(report.gap, result.gap);
  append(report.iterations, result.iterations);
  const auto& known = problems.reference.objective;
  for (std::size_t b = 0; b < known.size(); ++b)
    report.reference_error.push_back(std::fabs(result.objective[b] - known[b]) / (1.0 + std::fabs(known[b])));
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void run_batch(StudyContext& context) {
  const BatchSettings settings = read_batch_settings(context.document);
  BatchStatistics statistics;
  std::unique_ptr<ResultsFile> file;
  const auto report = std::make_shared<report::BatchReportData>();
  std::string name, input_sha256;
  solve_problem_file(
      settings, context.solver, context.seed, statistics,
      [&](const BatchFile& problems) {
        const auto& batch = problems.batch;
        name = batch.name;
        input_sha256 = files::sha256_of_file(settings.file);
        context.results.open(*context.document);
        const std::int64_t count = settings.count > 0 ? settings.count : problems.total - settings.first;
        context.results.log(fmt::format("{}: {} of {} problems, {} variables, {} rows, {} entries, {} cones",
                                        settings.file.string(), count, problems.total, batch.variables, batch.rows,
                                        batch.A.pattern.nonzeros(), batch.cones.size()));
        file = std::make_unique<ResultsFile>(context.results.file("results.h5"), settings, batch, count);
      },
      [&](const BatchFile& problems, const BatchResult& result) {
        const double begin = now();
        file->add(result);
        add_to_report(*report, problems, result);
        statistics.add_seconds_write(now() - begin);
        context.results.log(fmt::format("{} problems by {} on {} ({} threads): set-up {:.3f} s, solving {:.3f} s",
                                        result.problems, result.method, result.device, result.threads,
                                        result.seconds_setup, result.seconds_solve));
      },
      [&](std::int64_t finished, std::int64_t all) {
        context.results.progress(fmt::format("{} of {} problems", finished, all));
      });
  const double begin = now();
  file->commit(name, context.solver.tolerance, input_sha256);
  statistics.add_seconds_write(now() - begin);
  statistics.fill(context.results.summary());
  report->tolerance = context.solver.tolerance;
  report->config_toml = files::to_toml_text(*context.document);
  context.make_report = [report, &context](const nlohmann::json& summary) {
    report->summary = summary;
    report->log_tail = context.results.log_text();
    return report::batch_report(*report);
  };
}

}  // namespace

StudyKind batch_study() {
  return {.name = "batch",
          .meaning = "problems of one sparsity pattern from a file",
          .tables = {"batch"},
          .sections = {{"batch", "Which problems are solved and what is written.", batch_records()}},
          .run = run_batch};
}

}  // namespace wattstein::engine
