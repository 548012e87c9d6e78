#include "engine/studies/batch_run.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/solver/model_solver.hpp"

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

constexpr std::array<Option, 7> records = {{
    {.key = "file",
     .kind = Kind::path,
     .fallback = "",
     .unit = "-",
     .meaning = "batch file (.h5), or one problem (.mps, .qps, .cbf, each also with .gz)"},
    {.key = "write",
     .kind = Kind::texts,
     .fallback = "[\"x\", \"y\", \"w\", \"d\"]",
     .unit = "-",
     .meaning = "arrays of results.h5 besides those that are always written"},
    {.key = "first",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "first problem solved, counted from 0",
     .minimum = 0,
     .maximum = 9e15},
    {.key = "count",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "problems solved; 0: all that follow",
     .minimum = 0,
     .maximum = 9e15},
    {.key = "order",
     .kind = Kind::choice,
     .fallback = "\"file\"",
     .unit = "-",
     .meaning = "order of work; results always stand in file order",
     .choices = "file|random"},
    {.key = "check_reference",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "compare with the results that the file may carry"},
    {.key = "start",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "results.h5 of another run, used as start points"},
}};

constexpr std::array<const char*, 11> result_names = {
    "x", "y", "w", "d", "objective", "bound", "status", "primal_residual", "dual_residual", "gap", "iterations"};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Start points of problems first .. first+count-1 from a results file; NaN where it has none.
class StartFile {
 public:
  StartFile(const std::filesystem::path& file, const kernels::Batch& batch) : in_(file) {
    if (in_.text_attribute("/", "format") != "wattstein-batch-results")
      throw Error("{}, attribute format: found '{}', expected 'wattstein-batch-results'", file.string(),
                  in_.text_attribute("/", "format").value_or("nothing"));
    first_ = in_.integer_attribute("/", "first").value_or(0);
    const std::int64_t widths[] = {batch.variables, batch.rows, batch.cone_rows()};
    const char* names[] = {"x", "y", "w"};
    for (int i = 0; i < 3; ++i) {
      if (!in_.has_dataset(names[i])) continue;
      const auto shape = in_.shape(names[i]);
      if (shape.size() != 2 || shape[1] != widths[i])
        in_.refuse(names[i], fmt::format("has shape {}, expected (problems, {})", files::shape_text(shape), widths[i]));
      count_ = shape[0];
    }
  }

  void apply(kernels::Batch& batch, std::int64_t first) const {
    fill(batch, first, "x", batch.variables, batch.start_x);
    fill(batch, first, "y", batch.rows, batch.start_y);
    fill(batch, first, "w", batch.cone_rows(), batch.start_w);
  }

 private:
  void fill(const kernels::Batch& batch, std::int64_t first, const char* name, std::int64_t width,
            kernels::Field& field) const {
    if (width == 0 || !in_.has_dataset(name)) return;
    field = kernels::Field::rows(batch.problems, width, std::nan(""));
    const std::int64_t from = std::max(first, first_), to = std::min(first + batch.problems, first_ + count_);
    if (from >= to) return;
    const auto values = in_.number_rows(name, from - first_, to - from);
    std::copy(values.begin(), values.end(), field.of(from - first));
  }

  files::Hdf5Reader in_;
  std::int64_t first_ = 0, count_ = 0;
};

bool is_batch_file(const std::filesystem::path& file) {
  return file.extension() == ".h5" || file.extension() == ".hdf5";
}

// Numbers that one problem needs while it is read, solved and written.
double bytes_per_problem(const kernels::Batch& batch) {
  double numbers = 20.0 * batch.variables + 14.0 * batch.rows + 8.0 * batch.cone_rows();
  for (const auto* matrix : {&batch.A, &batch.P, &batch.G})
    if (matrix->varies()) numbers += static_cast<double>(matrix->pattern.nonzeros());
  return 8.0 * numbers;
}

}  // namespace

std::span<const Option> batch_records() {
  return records;
}

bool BatchSettings::writes(std::string_view name) const {
  return std::find(write.begin(), write.end(), name) != write.end();
}

BatchSettings read_batch_settings(const std::shared_ptr<files::TomlDocument>& document) {
  const auto table = files::Table::open(document, "batch", records);
  BatchSettings settings;
  settings.file = table.path("file");
  if (settings.file.empty()) table.refuse("file", "is empty, expected the name of a batch file");
  settings.write = table.texts("write");
  for (const auto& name : settings.write)
    if (std::find_if(result_names.begin(), result_names.end(), [&](const char* known) { return name == known; }) ==
        result_names.end())
      table.refuse("write", fmt::format("'{}' is not known; expected x, y, w, d", name));
  settings.first = table.integer("first");
  settings.count = table.integer("count");
  settings.random_order = table.text("order") == "random";
  settings.check_reference = table.boolean("check_reference");
  settings.start = table.path("start");
  return settings;
}

BatchFile read_problem_file(const std::filesystem::path& file, std::int64_t first, std::int64_t count) {
  if (is_batch_file(file)) return read_batch_file(file, first, count);
  BatchFile one;
  one.batch = read_model_file(file);
  one.total = 1;
  one.one_model = true;
  if (first != 0 || count > 1)
    throw Error("{}: holds one problem, first = {} and count = {} asked for", file.string(), first, count);
  return one;
}

void solve_problem_file(const BatchSettings& settings, const SolverOptions& options, std::int64_t seed,
                        BatchStatistics& statistics, const std::function<void(const BatchFile&)>& ready,
                        const BatchSlice& done, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  Solver solver(options);
  if (settings.random_order) solver.options().shuffle_seed = seed;
  std::int64_t slice = settings.count, count = settings.count;
  if (options.memory_gb > 0.0 && is_batch_file(settings.file)) {
    const auto probe = read_batch_file(settings.file, settings.first, 1);
    if (count == 0) count = probe.total - settings.first;
    slice = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(options.memory_gb * 1e9 / bytes_per_problem(probe.batch)), 1, count);
  }
  std::unique_ptr<StartFile> start;
  for (std::int64_t at = 0; at == 0 || at < count; at += slice) {
    const double begin = now();
    BatchFile problems =
        read_problem_file(settings.file, settings.first + at, count == 0 ? 0 : std::min(slice, count - at));
    if (count == 0) slice = count = problems.batch.problems;
    if (!settings.start.empty()) {
      if (!start) start = std::make_unique<StartFile>(settings.start, problems.batch);
      start->apply(problems.batch, problems.first);
    }
    statistics.add_seconds_read(now() - begin);
    if (at == 0) ready(problems);
    if (progress) solver.options().progress = [&, at](std::int64_t finished) { progress(at + finished, count); };
    const BatchResult result = problems.one_model ? solve_model(solver, problems.batch) : solver.solve(problems.batch);
    if (options.stop != nullptr && options.stop->load())
      throw Stopped("stopped after {} of {} problems; nothing of a batch is kept, run it again", at, count);
    statistics.add(problems, result, settings.check_reference);
    done(problems, result);
  }
}

}  // namespace wattstein::engine
