// The study kind `compare`: the six cases of a coordination study (by = "cases"), or its coordination methods
// (by = "methods"), each run in a folder of its own.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/report/comparison_report.hpp"
#include "engine/report/format.hpp"
#include "engine/report/load_run.hpp"
#include "engine/studies/case_tables.hpp"
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

/// Runs in the order done; folder names are the keys.
struct Comparison {
  std::vector<CaseResult> cases;
  std::vector<std::string> folders;
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

report::HtmlTable html_table(const std::vector<CaseResult>& cases, const std::vector<CaseRow>& rows) {
  report::HtmlTable out{{""}, {}, {}, {}};
  for (const auto& c : cases) out.header.push_back("Case " + c.key);
  for (const auto& r : rows) {
    if (r.level == 0) out.strong_rows.push_back(static_cast<int>(out.rows.size()));
    std::vector<std::string> cells{(r.level == 0 ? "" : r.level == 1 ? "– " : "–– ") + r.name};
    for (const double v : r.values) cells.push_back(std::isnan(v) ? "–" : cell_text(v, r.unit));
    out.rows.push_back(std::move(cells));
  }
  return out;
}

void write_rows(StudyContext& context, const char* file, const std::vector<CaseResult>& cases,
                const std::vector<CaseRow>& rows) {
  std::vector<std::string> columns{"row", "level"};
  for (const auto& c : cases) columns.push_back("case_" + c.key);
  files::CsvWriter csv(columns);
  for (const auto& r : rows) {
    csv.row().cell(r.name).cell(r.level);
    for (const double v : r.values) std::isnan(v) ? csv.cell(std::string_view("")) : csv.cell(v);
  }
  context.results.write_csv(file, csv);
}

ordered_json json_rows(const std::vector<CaseResult>& cases, const std::vector<CaseRow>& rows) {
  auto out = ordered_json::array();
  for (const auto& r : rows) {
    ordered_json entry{{"row", r.name}, {"level", r.level}};
    for (std::size_t c = 0; c < cases.size(); ++c) entry["case_" + cases[c].key] = json_number(r.values[c]);
    out.push_back(std::move(entry));
  }
  return out;
}

void say_lines(StudyContext& context, const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    context.results.log(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void add_case_tables(StudyContext& context, const Comparison& done, report::ComparisonData& page) {
  auto& summary = context.results.summary();
  const auto two = table_two(done.cases), three = table_three(done.cases), outside = table_out_of_sample(done.cases);
  const auto directions = check_directions(done.cases);
  summary["table_two"] = json_rows(done.cases, two);
  summary["table_three"] = json_rows(done.cases, three);
  summary["out_of_sample"] = json_rows(done.cases, outside);
  write_rows(context, "table_two.csv", done.cases, two);
  write_rows(context, "table_three.csv", done.cases, three);
  write_rows(context, "out_of_sample.csv", done.cases, outside);
  say_lines(context, "Costs (layout of the paper's Table II)\n" + text_table(done.cases, two));
  say_lines(context, "Largest SOCP gaps, p.u. (Table III)\n" + text_table(done.cases, three));
  say_lines(context, "Test samples\n" + text_table(done.cases, outside));
  page.tables.push_back({"Costs",
                         "The layout of Table II of Yin and Wang. Trade is paid at the boundary prices: "
                         "negative, the hubs earn. Case 2 and 3 serve no gas and heat load. Load shed without "
                         "a dollar sign is the mean energy over the samples.",
                         html_table(done.cases, two)});
  page.tables.push_back({"Largest SOCP gaps, p.u.",
                         "The layout of Table III. Power: ℓ v − P² − Q² on the feeder's base. Gas: θ(π − π') − u² over "
                         "the square of the pipe's largest flow, after fitting the pressures to the flows.",
                         html_table(done.cases, three)});
  page.tables.push_back({"On the study's test samples",
                         "Realisations that no decision has seen. A violation: shedding, or a voltage or line limit "
                         "exceeded in the second stage.",
                         html_table(done.cases, outside)});
  report::HtmlTable checks{{"the paper says", "there", "here", "holds"}, {}, {}, {1, 2, 3}};
  auto list = ordered_json::array();
  files::CsvWriter csv({"claim", "paper", "found", "holds"});
  int held = 0, known = 0;
  for (const auto& d : directions) {
    const std::string word = !d.known ? "not run" : d.holds ? "yes" : "no";
    known += d.known ? 1 : 0;
    held += d.known && d.holds ? 1 : 0;
    checks.rows.push_back({d.claim, d.paper, d.found, word});
    list.push_back({{"claim", d.claim}, {"paper", d.paper}, {"found", d.found}, {"holds", word}});
    csv.row().cell(d.claim).cell(d.paper).cell(d.found).cell(word);
    context.results.log(fmt::format("[{}] {} ({})", word, d.claim, d.found));
  }
  summary["directions"] = std::move(list);
  summary["directions_held"] = held;
  summary["directions_checked"] = known;
  context.results.write_csv("directions.csv", csv);
  page.tables.push_back({"What the paper reports, checked here",
                         fmt::format("{} of {} statements hold on this system.", held, known), std::move(checks)});
}

void add_method_table(StudyContext& context, const Comparison& done, report::ComparisonData& page) {
  double reference = std::nan("");
  std::string measure = "the smallest objective";
  for (const auto& c : done.cases) {
    const auto value = c.summary.find("objective");
    if (value == c.summary.end() || !value->is_number()) continue;
    if (c.key == "monolith") {
      reference = value->get<double>();
      measure = "the monolith's objective";
      break;
    }
    if (!(reference <= value->get<double>())) reference = value->get<double>();
  }
  const std::vector<std::string> columns{"method",
                                         "status",
                                         "iterations",
                                         "seconds",
                                         "processor_seconds",
                                         "mismatch_mw",
                                         "relative_gap",
                                         "boundary_variables",
                                         "seconds_slowest_agent_mean",
                                         "seconds_slowest_agent_max",
                                         "objective",
                                         "deviation"};
  files::CsvWriter csv(columns);
  report::HtmlTable table{
      {"method", "status", "iterations", "time", "processor time", "mismatch", "gap", "boundary variables",
       "slowest agent, mean", "slowest agent, most", "objective", "deviation"},
      {},
      {},
      {1}};
  auto list = ordered_json::array();
  std::string text = fmt::format("{:<10} {:>16} {:>10} {:>9} {:>10} {:>12} {:>9} {:>9} {:>10} {:>14} {:>10}", "method",
                                 "status", "iterations", "time", "processor", "mismatch MW", "gap", "boundary",
                                 "slowest s", "objective $", "deviation");
  for (std::size_t i = 0; i < done.cases.size(); ++i) {
    const auto& c = done.cases[i];
    const auto& rows = page.runs[i].convergence;
    double mean = 0.0, most = 0.0;
    for (const auto& r : rows) mean += r.seconds_slowest_agent, most = std::max(most, r.seconds_slowest_agent);
    if (!rows.empty()) mean /= static_cast<double>(rows.size());
    const auto value = [&](const char* key) {
      const auto found = c.summary.find(key);
      return found != c.summary.end() && found->is_number() ? found->get<double>() : std::nan("");
    };
    std::size_t boundary = 0;
    if (c.summary.contains("schedule"))
      for (const auto& hub : c.summary.at("schedule").at("boundary_mw")) boundary += hub.size();
    const double deviation = (value("objective") - reference) / std::max(std::abs(reference), 1e-12);
    const double processor = c.summary.value("/coordination/processor_seconds"_json_pointer, std::nan(""));
    const std::string status = c.summary.value("status", "unknown");
    csv.row().cell(c.key).cell(status).cell(value("iterations")).cell(value("seconds")).cell(processor);
    csv.cell(value("mismatch_mw")).cell(value("relative_gap")).cell(static_cast<long>(boundary)).cell(mean).cell(most);
    csv.cell(value("objective")).cell(deviation);
    table.rows.push_back({c.title, report::words(status), report::number(value("iterations")),
                          report::duration(value("seconds")), report::duration(processor),
                          report::with_unit(value("mismatch_mw"), "MW", 2), report::number(value("relative_gap"), 2),
                          report::count(static_cast<long long>(boundary)), report::duration(mean),
                          report::duration(most), report::money(value("objective")),
                          report::with_unit(100.0 * deviation, "%", 2)});
    list.push_back({{"method", c.key},
                    {"status", status},
                    {"iterations", json_number(value("iterations"))},
                    {"seconds", json_number(value("seconds"))},
                    {"processor_seconds", json_number(processor)},
                    {"mismatch_mw", json_number(value("mismatch_mw"))},
                    {"relative_gap", json_number(value("relative_gap"))},
                    {"boundary_variables", boundary},
                    {"seconds_slowest_agent_mean", mean},
                    {"seconds_slowest_agent_max", most},
                    {"objective", json_number(value("objective"))},
                    {"lower_bound", json_number(value("lower_bound"))},
                    {"deviation", json_number(deviation)}});
    text +=
        fmt::format("\n{:<10} {:>16} {:>10} {:>9.2f} {:>10.2f} {:>12.4g} {:>9.1e} {:>9} {:>10.3f} {:>14.2f} {:>10.1e}",
                    c.key, status, value("iterations"), value("seconds"), processor, value("mismatch_mw"),
                    value("relative_gap"), boundary, mean, value("objective"), deviation);
  }
  context.results.summary()["methods"] = std::move(list);
  context.results.write_csv("methods.csv", csv);
  say_lines(context, text);
  page.tables.push_back(
      {"Methods",
       "Every method on the same agents and messages. Boundary variables: powers that both sides hold "
       "a copy of. Slowest agent: seconds an iteration of the agent that takes longest (agents of one "
       "kind are solved together, each counts with its share). Deviation: from " +
           measure + ".",
       std::move(table)});
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
