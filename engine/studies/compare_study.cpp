// The study kind `compare`: the six cases of a coordination study (by = "cases"), or its coordination methods
// (by = "methods"), each run in a folder of its own.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/report/load_run.hpp"
#include "engine/studies/compare_pages.hpp"
#include "engine/studies/experiment.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using options::Kind;

constexpr std::array compare_records{
    options::Option{.key = "base",
                    .kind = Kind::text,
                    .fallback = "\"six-bus\"",
                    .unit = "-",
                    .meaning = "coordination study to compare on: a path or a bundled name; --set study=NAME"},
    options::Option{.key = "by",
                    .kind = Kind::choice,
                    .fallback = "\"cases\"",
                    .unit = "-",
                    .meaning = "what differs between the runs",
                    .choices = "cases|methods"},
    options::Option{.key = "cases",
                    .kind = Kind::numbers,
                    .fallback = "[1, 2, 3, 4, 5, 6]",
                    .unit = "-",
                    .meaning = "1 multi-energy, 2 electric-only, 3 disconnected (needs 2), 4 det, 5 sp, 6 ro",
                    .minimum = 1,
                    .maximum = 6},
    options::Option{.key = "exchange",
                    .kind = Kind::choice,
                    .fallback = "\"both\"",
                    .unit = "-",
                    .meaning = "case 3's fixed exchange: Case 2's mean of the day (3), its hourly values (3h)",
                    .choices = "both|flat|hourly"},
    options::Option{.key = "scenarios",
                    .kind = Kind::integer,
                    .fallback = "20",
                    .unit = "-",
                    .meaning = "case 5: samples drawn for the stochastic program; 0: all",
                    .minimum = 0},
    options::Option{.key = "methods",
                    .kind = Kind::texts,
                    .fallback = "[\"monolith\", \"benders\", \"admm\", \"aal\", \"aal_fixed\"]",
                    .unit = "-",
                    .meaning = "by = methods: what to run; aal_fixed keeps the penalty fixed and does not extrapolate"},
    options::Option{.key = "fixed_iterations",
                    .kind = Kind::integer,
                    .fallback = "120",
                    .unit = "-",
                    .meaning = "by = methods: iterations that aal_fixed may take",
                    .minimum = 1},
    settings_of_every_run,
    settings_from_the_command_line,
};

void carry_out(StudyContext& context, const BaseStudy& base, const std::string& key, const PlannedRun& run,
               Comparison& done) {
  done.cases.push_back({key, run.title, run_planned(context, base, run)});
  done.folders.push_back(run.folder);
}

/// exchange.csv for Case 3 from the exchange of Case 2: hourly, or the mean of the day in every hour.
std::filesystem::path write_exchange(StudyContext& context, const json& summary, bool flat) {
  const auto found = summary.find("hubs");
  if (found == summary.end() || !summary.contains("schedule"))
    throw Error("case 3 takes the exchange of case 2, which ended without a schedule ({})",
                summary.value("message", summary.value("status", "unknown")));
  std::vector<std::string> columns{"hour"};
  for (const auto& hub : *found) columns.push_back(hub.at("name").get<std::string>());
  const auto power = summary.at("schedule").at("boundary_mw").get<std::vector<std::vector<double>>>();
  files::CsvWriter csv(columns);
  for (std::size_t h = 0; !power.empty() && h < power.front().size(); ++h) {
    csv.row().cell(static_cast<int>(h) + 1);
    for (const auto& hub : power)
      csv.cell(flat ? std::accumulate(hub.begin(), hub.end(), 0.0) / static_cast<double>(hub.size()) : hub[h]);
  }
  const std::string name = flat ? "exchange_flat.csv" : "exchange_hourly.csv";
  context.results.write_csv(name, csv);
  return std::filesystem::absolute(context.results.file(name));
}

/// Which of the cases 1 to 6 are asked for.
std::vector<bool> wanted_cases(const files::Table& table) {
  std::vector<bool> wanted(7, false);
  for (const double number : table.numbers("cases")) {
    if (number != std::floor(number)) table.refuse("cases", fmt::format("{} is no whole number", number));
    wanted[static_cast<std::size_t>(number)] = true;
  }
  return wanted;
}

void check_methods(const files::Table& table) {
  constexpr std::array known{"monolith", "benders", "admm", "aal", "aal_fixed"};
  for (const auto& method : table.texts("methods"))
    if (std::find(known.begin(), known.end(), method) == known.end())
      table.refuse("methods",
                   fmt::format("'{}' is not known; expected some of monolith, benders, admm, aal, aal_fixed", method));
}

Comparison run_cases(StudyContext& context, const files::Table& table, const BaseStudy& base) {
  const auto wanted = wanted_cases(table);
  const auto model = [](const char* word) { return fmt::format("ambiguity.model={}", word); };
  const auto coupled = [](const char* word) { return fmt::format("coordination.case={}", word); };
  Comparison done;
  const auto run = [&](const std::string& key, const std::string& what, std::vector<std::string> overrides) {
    carry_out(context, base, key, {"case" + key, fmt::format("Case {}: {}", key, what), std::move(overrides)}, done);
  };
  if (wanted[1]) run("1", "multi-energy, dro", {coupled("multi_energy"), model("dro")});
  if (wanted[2] || wanted[3]) run("2", "electric-only, dro", {coupled("electric_only"), model("dro")});
  if (wanted[3]) {
    const json two = done.cases.back().summary;
    const std::string exchange = table.text("exchange");
    for (const bool flat : {true, false}) {
      if (exchange == (flat ? "hourly" : "flat")) continue;
      const auto file = write_exchange(context, two, flat);
      run(flat ? "3" : "3h", flat ? "disconnected, flat exchange" : "disconnected, Case 2's hourly exchange",
          {coupled("disconnected"), model("dro"), "disconnected.exchange=" + toml_quoted(file.string())});
    }
  }
  if (wanted[4]) run("4", "multi-energy, deterministic", {coupled("multi_energy"), model("det")});
  if (wanted[5])
    run("5", "multi-energy, stochastic",
        {coupled("multi_energy"), model("sp"), fmt::format("ambiguity.scenarios={}", table.integer("scenarios"))});
  if (wanted[6]) run("6", "multi-energy, robust", {coupled("multi_energy"), model("ro")});
  return done;
}

Comparison run_methods(StudyContext& context, const files::Table& table, const BaseStudy& base) {
  Comparison done;
  for (const auto& method : table.texts("methods")) {
    std::vector<std::string> overrides{"coordination.method=" + method};
    if (method == "aal_fixed")
      overrides = {"coordination.method=aal", "coordination.adapt_penalty=false",
                   fmt::format("coordination.max_iterations={}", table.integer("fixed_iterations"))};
    carry_out(context, base, method, {method, "Method " + method, overrides}, done);
  }
  return done;
}

void run_compare(StudyContext& context) {
  const auto table = files::Table::open(context.document, "compare", compare_records);
  const BaseStudy base = read_base(table);
  const bool methods = table.text("by") == "methods";
  wanted_cases(table);
  check_methods(table);
  if (table.texts("methods").empty() || table.numbers("cases").empty())
    table.refuse(methods ? "methods" : "cases", "is an empty list");
  context.results.open(*context.document);
  const Comparison done = methods ? run_methods(context, table, base) : run_cases(context, table, base);

  auto& summary = context.results.summary();
  std::string status = "solved";
  double iterations = 0.0;
  auto list = ordered_json::array();
  report::ComparisonData page;
  page.by_methods = methods;
  for (std::size_t i = 0; i < done.cases.size(); ++i) {
    const auto& c = done.cases[i];
    const std::string own = c.summary.value("status", "unknown");
    // aal_fixed is there to be seen, whether or not it arrives.
    if (own != "solved" && status == "solved" && c.key != "aal_fixed") status = own;
    iterations += c.summary.value("iterations", 0.0);
    ordered_json entry{{methods ? "method" : "case", c.key}, {"title", c.title}, {"folder", done.folders[i]}};
    for (const char* key : {"status", "message", "objective", "lower_bound", "relative_gap", "iterations", "seconds",
                            "mismatch_mw", "mismatch_percent"})
      if (c.summary.contains(key)) entry[key] = c.summary[key];
    list.push_back(std::move(entry));
    page.runs.push_back(report::load_compared_run(context.results.file(done.folders[i])));
    page.runs.back().name = methods ? c.key : c.title;
  }
  summary["status"] = status;
  for (const char* key : {"objective", "lower_bound", "relative_gap"})
    if (done.cases.front().summary.contains(key)) summary[key] = done.cases.front().summary[key];
  summary["iterations"] = static_cast<long>(iterations);
  summary["base"] = base.file.string();
  summary["runs"] = std::move(list);
  if (methods) add_method_table(context, done, page);
  else add_case_tables(context, done, page);
  page.first = report::load_coordination_run(context.results.file(done.folders.front()));
  page.config_toml = files::to_toml_text(*context.document);
  const auto kept = std::make_shared<report::ComparisonData>(std::move(page));
  context.make_report = [kept, &context](const json& whole) {
    kept->summary = whole;
    kept->log = context.results.log_text();
    return report::comparison_page(*kept).html();
  };
}

}  // namespace

StudyKind compare_study() {
  StudyKind kind;
  kind.name = "compare";
  kind.meaning = "the six cases of a coordination study, or its coordination methods, beside one another";
  kind.tables = {"compare"};
  kind.sections = {{"compare", "What is compared; settings of the runs stand in their own study.", compare_records}};
  kind.run = run_compare;
  return kind;
}

}  // namespace wattstein::engine
