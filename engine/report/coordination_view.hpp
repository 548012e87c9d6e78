#pragma once
// The run's data looked up by name, for the sections of the report. Private to this room.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"
#include "engine/report/svg.hpp"

namespace wattstein::report {

using Profile = std::vector<double>;                                 // (hours), NaN where no value was given
using NamedProfiles = std::vector<std::pair<std::string, Profile>>;  // in the order of the table

/// The number at a path of keys, NaN when absent or no number.
double number_at(const nlohmann::json& json, std::initializer_list<std::string_view> keys);
/// The text at a key, or `otherwise`.
std::string text_at(const nlohmann::json& json, std::string_view key, std::string_view otherwise = "");
/// The member `key`, or null.
const nlohmann::json& member(const nlohmann::json& json, std::string_view key);

struct CoordinationView {
  explicit CoordinationView(const CoordinationReportData& data);

  const CoordinationReportData& data;
  std::size_t hours = 0;
  std::vector<std::string> hour_names;  // "1", "2", ...
  std::vector<double> hour_numbers;
  std::vector<std::string> hubs;     // names in the study's order
  std::vector<Profile> exchange_mw;  // (hubs) import of each hub; empty when not known
  std::vector<Profile> price;        // (hubs) $/MWh; empty when not known
  int detail = -1;                   // position in hubs of the one shown closely

  const NamedProfiles& quantity(std::string_view agent, std::string_view quantity) const;
  const AgentSystem* system(std::string_view agent) const;
  /// The summary's object of an agent: hub d, or -1 for the transmission; null when absent.
  const nlohmann::json& agent(int d) const;
  /// A number from config.toml by its key ("tolerance_mw"), NaN when absent.
  double setting(std::string_view key) const;

 private:
  std::map<std::pair<std::string, std::string>, NamedProfiles> tables_;
};

/// Sum over the profiles, hour by hour; empty when there are none.
Profile total(const NamedProfiles& profiles, std::size_t hours);

/// Devices gathered by technology (gas_10, gas_25 -> gas) when they are many; at most `most` groups, the rest as
/// "other".
std::vector<Stack> technology_stacks(const NamedProfiles& units, std::size_t hours, std::size_t most);

// The sections, in the page's order.
void add_convergence_section(Page& page, const CoordinationView& view);
void add_comparison_section(Page& page, const CoordinationView& view);
void add_system_section(Page& page, const CoordinationView& view);
void add_schedule_section(Page& page, const CoordinationView& view);
void add_exchange_section(Page& page, const CoordinationView& view);
void add_hub_section(Page& page, const CoordinationView& view);
void add_cost_section(Page& page, const CoordinationView& view);
void add_uncertainty_section(Page& page, const CoordinationView& view);

/// One run's costs: "Transmission / generation" and so on; rows of the paper's Table II. NaN: the run has no such cost.
struct CostColumn {
  std::vector<std::pair<std::string, double>> transmission, hubs;  // cost name (as in the summary), $
  double trade = 0, loss_mwh = 0, mismatch_percent = 0, curtailment_percent = 0;
};
CostColumn cost_column(const nlohmann::json& summary);
/// "generation" -> "Generation", "gas_procurement" -> "Gas procurement".
std::string cost_title(std::string_view key);

}  // namespace wattstein::report
