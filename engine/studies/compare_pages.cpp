#include "engine/studies/compare_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/files/csv.hpp"
#include "engine/report/format.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

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

}  // namespace

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

}  // namespace wattstein::engine
