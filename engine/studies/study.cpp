#include "engine/studies/study.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "engine/error/error.hpp"
#include "engine/solver/options.hpp"
#include "engine/studies/experiment.hpp"
#include "engine/studies/summary_table.hpp"

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

constexpr std::array<Option, 6> common = {{
    {.key = "study", .kind = Kind::text, .fallback = "", .unit = "-", .meaning = "kind of study"},
    {.key = "name",
     .kind = Kind::text,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "name of the run; default: the study file's name"},
    {.key = "folder",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "where the paths in this file begin; default: where the file lies"},
    {.key = "hours",
     .kind = Kind::integer,
     .fallback = "24",
     .unit = "-",
     .meaning = "time steps",
     .minimum = 1,
     .maximum = 100000},
    {.key = "step_hours",
     .kind = Kind::number,
     .fallback = "1.0",
     .unit = "h",
     .meaning = "length of a time step",
     .minimum = 1e-6,
     .maximum = 8760},
    {.key = "seed",
     .kind = Kind::integer,
     .fallback = "1",
     .unit = "-",
     .meaning = "seed of everything drawn at random",
     .minimum = 0,
     .maximum = 9e15},
}};

std::string kind_list(std::span<const StudyKind> kinds) {
  std::string text;
  for (const auto& kind : kinds) text += (text.empty() ? "" : ", ") + std::string(kind.name);
  return text;
}

// The first table may hold keys of every kind; only then is it known which tables may stand beside them.
const StudyKind& find_kind(const std::shared_ptr<files::TomlDocument>& document, std::span<const StudyKind> kinds) {
  std::vector<std::string> every{"solver"};
  for (const auto& kind : kinds) every.insert(every.end(), kind.tables.begin(), kind.tables.end());
  const auto root = files::Table::open(document, "", common, every);
  const std::string word = root.text("study");
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const StudyKind& kind) { return kind.name == word; });
  if (found == kinds.end())
    root.refuse("study", fmt::format("'{}' is not known; expected one of {}", word, kind_list(kinds)));
  return *found;
}

// A file with one of the names that we give ourselves is called after its folder.
std::string default_name(const files::Table& root) {
  const auto file = root.file().filename();
  const auto folder = (root.folder() / "").parent_path().filename();
  const bool generic = (file == "study.toml" || file == "config.toml") && !folder.empty();
  return generic ? folder.string() : file.stem().string();
}

// The keys that every summary has come first, whatever the runner filled in.
void complete_summary(nlohmann::ordered_json& summary, const StudyContext& context, double seconds) {
  nlohmann::ordered_json whole;
  whole["study"] = context.kind;
  whole["name"] = context.name;
  for (const char* key : {"status", "objective", "lower_bound", "relative_gap"})
    whole[key] = summary.contains(key) ? summary[key] : nlohmann::ordered_json(nullptr);
  whole["seconds"] = seconds;
  whole["iterations"] = summary.contains("iterations") ? summary["iterations"] : nlohmann::ordered_json(0);
  whole["seed"] = context.seed;
  whole["device"] = summary.contains("device") ? summary["device"] : nlohmann::ordered_json("cpu");
  whole["version"] = version();
  for (const auto& [key, value] : summary.items())
    if (!whole.contains(key)) whole[key] = value;
  summary = std::move(whole);
}

}  // namespace

std::span<const Option> common_records() {
  return common;
}

int run_study(const std::shared_ptr<files::TomlDocument>& document, const StudyRequest& request,
              std::span<const StudyKind> kinds) {
  const auto begin = std::chrono::steady_clock::now();
  const StudyKind& kind = find_kind(document, kinds);
  std::vector<std::string> tables{"solver"};
  tables.insert(tables.end(), kind.tables.begin(), kind.tables.end());
  const auto root = files::Table::open(document, "", common, tables);
  ResultsFolder results(request.out, request.quiet);
  const std::string name = root.text("name");
  StudyContext context{.document = document,
                       .kind = std::string(kind.name),
                       .name = name.empty() ? default_name(root) : name,
                       .hours = static_cast<int>(root.integer("hours")),
                       .step_hours = root.number("step_hours"),
                       .seed = root.integer("seed"),
                       .solver = read_solver_options(document),
                       .stop = request.stop,
                       .resume = request.resume,
                       .quiet = request.quiet,
                       .results = results};
  context.solver.stop = request.stop;
  results.log(fmt::format("wattstein {}: {} study '{}'", version(), context.kind, context.name));
  kind.run(context);
  if (!results.is_open()) throw Error("{}: the study ended without results", root.file().string());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  complete_summary(results.summary(), context, seconds);
  const std::string status = results.summary().value("status", "unknown");
  results.print(summary_table(results.summary()));
  results.log(fmt::format("{} after {:.2f} s; results in {}", status, seconds, request.out.string()));
  if (context.make_report) results.write_text("report.html", context.make_report(nlohmann::json(results.summary())));
  return results.finish();
}

int run_study(const StudyRequest& request, std::span<const StudyKind> kinds) {
  return run_study(open_study(request), request, kinds);
}

}  // namespace wattstein::engine
