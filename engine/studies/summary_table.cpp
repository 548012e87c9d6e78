#include "engine/studies/summary_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "engine/report/format.hpp"

namespace wattstein::engine {
namespace {

using Json = nlohmann::ordered_json;

std::optional<double> number(const Json& from, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!from.contains(path) || !from.at(path).is_number()) return std::nullopt;
  return from.at(path).get<double>();
}

// 1763045.039 -> 1,763,045.04
std::string grouped(double value, int digits) {
  return report::grouped(fmt::format("{:.{}f}", value, digits));
}

class Lines {
 public:
  void add(const char* label, const std::string& value) { text_ += fmt::format("  {:<24}{}\n", label, value); }
  void add(const char* label, std::optional<double> value, int digits, const char* unit) {
    if (value) add(label, grouped(*value, digits) + unit);
  }
  std::string text() { return std::move(text_); }

 private:
  std::string text_;
};

void coordination_lines(const Json& summary, Lines& lines) {
  if (const auto mismatch = number(summary, "/mismatch_mw"))
    lines.add("power mismatch", fmt::format("{:.4f} MW", *mismatch));
  if (const auto problems = number(summary, "/coordination/recourse_problems"))
    lines.add("recourse problems",
              fmt::format("{}, {} a second, {:.0f} % of the time, {:.0f} failed", grouped(*problems, 0),
                          grouped(number(summary, "/coordination/recourse_per_second").value_or(0.0), 0),
                          100.0 * number(summary, "/coordination/recourse_share").value_or(0.0),
                          number(summary, "/coordination/recourse_failed").value_or(0.0)));
  lines.add("first-stage problems", number(summary, "/coordination/first_stage_problems"), 0, "");
  lines.add("peak memory", number(summary, "/coordination/peak_memory_gb"), 2, " GB");
  lines.add("processor time", number(summary, "/coordination/processor_seconds"), 1, " s");
}

void batch_lines(const Json& summary, Lines& lines) {
  lines.add("problems", number(summary, "/batch/problems"), 0, "");
  for (const auto& [word, count] : summary.at("batch").at("count").items())
    if (count.get<std::int64_t>() > 0) lines.add(("  " + word).c_str(), grouped(count.get<double>(), 0));
  lines.add("problems a second", number(summary, "/batch/problems_per_second"), 0, "");
  if (const auto error = number(summary, "/batch/reference/objective_error_max"))
    lines.add("worst error", fmt::format("{:.1e} against the file's reference objectives", *error));
}

// One row an agent; a column that no agent has is left out.
std::string agent_table(const Json& summary) {
  struct Column {
    const char *title, *pointer;
    int digits;
  };
  constexpr std::array columns{Column{"generation $", "/costs/generation", 0},
                               Column{"storage $", "/costs/storage", 0},
                               Column{"gas $", "/costs/gas_procurement", 0},
                               Column{"heat $", "/costs/heat_generation", 0},
                               Column{"recourse $", "/costs/recourse", 0},
                               Column{"radius MW", "/radius_mw", 2},
                               Column{"trade $", "/trade_cost", 0},
                               Column{"curtailed %", "/curtailment_percent", 1},
                               Column{"test mean $", "/out_of_sample/mean_cost", 0},
                               Column{"shed days %", "/out_of_sample/shed_days_percent", 1}};
  std::vector<std::pair<std::string, const Json*>> agents;
  if (summary.contains("transmission")) agents.emplace_back("transmission", &summary.at("transmission"));
  if (summary.contains("hubs"))
    for (const auto& hub : summary.at("hubs")) agents.emplace_back(hub.value("name", "hub"), &hub);
  std::string head = fmt::format("  {:<16}", "agent");
  std::vector<Column> shown;
  for (const auto& column : columns)
    if (std::ranges::any_of(agents,
                            [&](const auto& agent) { return number(*agent.second, column.pointer).has_value(); }))
      shown.push_back(column);
  if (agents.empty() || shown.empty()) return {};
  for (const auto& column : shown) head += fmt::format("{:>14}", column.title);
  std::string text = "\n" + head + "\n";
  for (const auto& [name, agent] : agents) {
    text += fmt::format("  {:<16}", name);
    for (const auto& column : shown) {
      const auto value = number(*agent, column.pointer);
      text += fmt::format("{:>14}", value ? grouped(*value, column.digits) : "");
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string summary_table(const Json& summary) {
  Lines lines;
  lines.add("status", summary.value("status", "unknown"));
  // A batch's objectives have the unit of whoever wrote the file.
  const char* unit = summary.contains("batch") ? "" : " $";
  lines.add("objective", number(summary, "/objective"), 2, unit);
  lines.add("certified lower bound", number(summary, "/lower_bound"), 2, unit);
  if (const auto gap = number(summary, "/relative_gap")) lines.add("relative gap", fmt::format("{:.1e}", *gap));
  if (const auto iterations = number(summary, "/iterations"); iterations && *iterations > 0) {
    std::string method;
    if (const Json::json_pointer path("/coordination/method"); summary.contains(path))
      method = fmt::format(" ({})", summary.at(path).get<std::string>());
    lines.add("iterations", grouped(*iterations, 0) + method);
  }
  if (summary.contains("coordination")) coordination_lines(summary, lines);
  if (summary.contains("batch")) batch_lines(summary, lines);
  lines.add("time", number(summary, "/seconds"), 2, " s");
  return lines.text() + agent_table(summary);
}

}  // namespace wattstein::engine
