// `wattstein solve FILE`: problems from a file, without a study.

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "cli/commands.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/problem/screen.hpp"
#include "engine/solver/options.hpp"
#include "engine/studies/batch_run.hpp"
#include "engine/studies/study.hpp"
#include "engine/studies/summary_table.hpp"

namespace wattstein::cli {
namespace {

using engine::BatchFile;
using engine::BatchResult;
using nlohmann::ordered_json;

struct Wish {
  std::string file;
  std::filesystem::path out, solution;
  std::vector<std::string> overrides;
  bool json = false, quiet = false, resume = false;
};

// The study that `solve FILE` stands for. A JSON text is also a TOML text.
std::shared_ptr<files::TomlDocument> as_study(const Wish& wish) {
  const auto file = std::filesystem::absolute(wish.file);
  const std::string text = fmt::format("study = \"batch\"\nname = {}\n[batch]\nfile = {}\n",
                                       ordered_json(file.stem().string()).dump(), ordered_json(file.string()).dump());
  return files::parse_toml(text, "solve", wish.overrides);
}

std::string name_of(const std::vector<std::string>& names, char kind, int index) {
  return names.empty() ? fmt::format("{}{}", kind, index) : names[static_cast<std::size_t>(index)];
}

// problem, what, name, value, multiplier: variables with reduced costs, rows and cone rows with their multipliers.
void add_solution(files::CsvWriter& table, const BatchFile& problems, const BatchResult& result) {
  const auto& batch = problems.batch;
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    const double* x = result.x_of(b);
    const long number = static_cast<long>(problems.first + b);
    for (int j = 0; j < batch.variables; ++j)
      table.row()
          .cell(number)
          .cell("variable")
          .cell(name_of(batch.variable_names, 'x', j))
          .cell(x[j])
          .cell(result.d_of(b)[j]);
    const auto products = [&](const kernels::Matrix& matrix) {
      std::vector<double> values(static_cast<std::size_t>(matrix.pattern.nonzeros())),
          sums(static_cast<std::size_t>(matrix.pattern.rows), 0.0);
      matrix.values_of(b, values.data());
      for (int i = 0; i < matrix.pattern.rows; ++i)
        for (int k = matrix.pattern.indptr[i]; k < matrix.pattern.indptr[i + 1]; ++k)
          sums[i] += values[k] * x[matrix.pattern.indices[k]];
      return sums;
    };
    const auto rows = products(batch.A), cones = products(batch.G);
    for (int i = 0; i < batch.rows; ++i)
      table.row().cell(number).cell("row").cell(name_of(batch.row_names, 'r', i)).cell(rows[i]).cell(result.y_of(b)[i]);
    for (int i = 0; i < batch.cone_rows(); ++i)
      table.row()
          .cell(number)
          .cell("cone_row")
          .cell(fmt::format("k{}", i))
          .cell(cones[i] + batch.g.of(b)[i])
          .cell(result.w_of(b)[i]);
  }
}

ordered_json describe(const BatchFile& problems, const BatchResult& result, std::int64_t b) {
  ordered_json one;
  one["problem"] = problems.first + b;
  one["status"] = kernels::status_word(result.status[b]);
  if (result.status[b] == kernels::Status::invalid_data) one["reason"] = engine::invalid_reason(problems.batch, b);
  one["objective"] = engine::json_number(result.objective[b]);
  one["bound"] = engine::json_number(result.bound[b]);
  one["primal_residual"] = engine::json_number(result.primal_residual[b]);
  one["dual_residual"] = engine::json_number(result.dual_residual[b]);
  one["gap"] = engine::json_number(result.gap[b]);
  one["primal_relative"] = engine::json_number(result.primal_relative[b]);
  one["dual_relative"] = engine::json_number(result.dual_relative[b]);
  one["relative_residual"] = engine::json_number(result.relative_residual[b]);
  one["iterations"] = result.iterations[b];
  one["restarts"] = result.restarts[b];
  one["method"] = result.method_of(b);
  return one;
}

int solve(const Wish& wish) {
  const auto document = as_study(wish);
  if (!wish.out.empty() && !wish.json && wish.solution.empty()) {
    const engine::StudyRequest request{.study = {},
                                       .out = wish.out,
                                       .overrides = {},
                                       .resume = wish.resume,
                                       .quiet = wish.quiet,
                                       .stop = &stop_flag()};
    const auto kinds = engine::engine_study_kinds();
    return engine::run_study(document, request, kinds);
  }
  if (!wish.out.empty()) throw Error("--out writes everything that --json and --solution do: give one or the others");
  const auto settings = engine::read_batch_settings(document);
  auto options = engine::read_solver_options(document);
  options.stop = &stop_flag();
  files::Table::open(document, "", engine::common_records(), {"solver", "batch"});
  engine::BatchStatistics statistics;
  files::CsvWriter solution({"problem", "what", "name", "value", "multiplier"});
  ordered_json answers = ordered_json::array();
  engine::solve_problem_file(
      settings, options, 1, statistics, [](const BatchFile&) {},
      [&](const BatchFile& problems, const BatchResult& result) {
        if (!wish.solution.empty()) add_solution(solution, problems, result);
        for (std::int64_t b = 0; wish.json && b < result.problems; ++b)
          answers.push_back(describe(problems, result, b));
        if (wish.json || wish.quiet || problems.total > 1) return;
        const kernels::Status status = result.status[0];
        if (status == kernels::Status::primal_infeasible || status == kernels::Status::dual_infeasible) {
          const bool primal = status == kernels::Status::primal_infeasible;
          fmt::print("{}: {}\n{}; proven by a ray, off by {:.1e}\n{} iterations of {}, {:.3f} s\n", problems.batch.name,
                     kernels::status_word(status),
                     primal ? "no point meets all rows, bounds and cones"
                            : "the objective falls without end along a direction",
                     primal ? result.dual_residual[0] : result.primal_residual[0], result.iterations[0],
                     result.method_of(0), result.seconds_setup + result.seconds_solve);
          return;
        }
        if (status == kernels::Status::invalid_data) {
          fmt::print("{}: {}\n{}\n", problems.batch.name, kernels::status_word(status),
                     engine::invalid_reason(problems.batch, 0));
          return;
        }
        fmt::print(
            "{}: {}\nobjective       {:.12g}\ncertified bound {:.12g}\nresiduals       primal {:.2e}, dual {:.2e}, gap "
            "{:.2e} (relative {:.2e})\n{} iterations of {}, {:.3f} s\n",
            problems.batch.name, kernels::status_word(result.status[0]), result.objective[0], result.bound[0],
            result.primal_residual[0], result.dual_residual[0], result.gap[0], result.relative_residual[0],
            result.iterations[0], result.method_of(0), result.seconds_setup + result.seconds_solve);
      },
      {});
  if (!wish.solution.empty()) solution.write(wish.solution);
  ordered_json summary;
  statistics.fill(summary);
  if (wish.json) {
    summary["version"] = engine::version();
    summary["problems"] = std::move(answers);
    fmt::print("{}\n", summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (!wish.quiet && statistics.problems() > 1) {
    fmt::print("{}", engine::summary_table(summary));
  }
  return summary["status"] == "solved" ? exit_solved : exit_not_solved;
}

}  // namespace

void add_solve(Program& program) {
  auto wish = std::make_shared<Wish>();
  auto* command = program.app.add_subcommand("solve", "Solve the problems of a file");
  command->add_option("file", wish->file, "batch (.h5) or one problem (.mps, .qps, .cbf, each also with .gz)")
      ->required();
  command->add_option("--out,-o", wish->out,
                      "folder for the results, as `wattstein run` writes it; without it the answer is printed");
  add_overrides(*command, wish->overrides, "e.g. solver.tolerance=1e-6");
  command->add_flag("--json", wish->json, "print the answers as JSON");
  command->add_option("--solution", wish->solution, "CSV with primal values, multipliers and reduced costs");
  command->add_flag("--resume", wish->resume, "accepted for symmetry with run; a batch starts anew");
  command->add_flag("--quiet,-q", wish->quiet, "nothing on the terminal but errors");
  command->callback([&program, wish] { program.run = [wish] { return solve(*wish); }; });
}

}  // namespace wattstein::cli
