#pragma once
// What the coordination report draws, as plain arrays: the study fills it after a run, load_run.hpp from a results
// folder. Everything may be empty or short (a run stopped half way): a picture without data is left out. Units: MW,
// MWh, $, s.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wattstein::report {

/// One line of convergence.csv (header:
/// iteration,mismatch_mw,multiplier_change,objective,lower_bound,seconds_slowest_agent). A figure that was not computed
/// at that iteration is NaN.
struct ConvergenceRow {
  int iteration = 0;               // from 1
  double mismatch_mw = 0.0;        // largest |p^T - p^D|
  double multiplier_change = 0.0;  // $/MWh
  double objective = 0.0;          // $
  double lower_bound = 0.0;        // $
  double seconds_slowest_agent = 0.0;
};

/// One line of boundary.csv (header: iteration,hub,hour,transmission_mw,hub_mw,multiplier).
struct BoundaryRow {
  int iteration = 0;
  std::string hub;
  int hour = 1;                  // from 1
  double transmission_mw = 0.0;  // p^T, import into the hub
  double hub_mw = 0.0;           // p^D
  double multiplier = 0.0;       // lambda, $/MWh; the price is its negative
};

/// One line of schedule.csv (agent,quantity,name,hour,value).
struct ScheduleRow {
  std::string agent;
  std::string quantity;
  std::string name;
  int hour = 1;  // from 1
  double value = 0.0;
};

struct SystemBus {
  std::string name;             // the case's number as text
  std::vector<double> load_mw;  // (hours) or empty
  double v_min_pu = 0.0;        // hubs only, magnitudes; 0: not known
  double v_max_pu = 0.0;
};

struct SystemLine {
  std::string name;  // as in schedule.csv's flow_mw of this agent
  int from = 0;      // position in buses
  int to = 0;
  double limit_mw = 0.0;  // 0: none
};

struct SystemDevice {
  std::string kind;           // "unit" | "renewable" | "storage" | "gas_unit" | "chp" | "hub" (transmission only)
  std::string name;           // as in schedule.csv
  int bus = 0;                // position in buses
  double capacity_mw = 0.0;   // hub: its import limit; storage: discharge_max
  double capacity_mwh = 0.0;  // storage: soc_max
};

/// One agent's electric network. Written to DIR/system.json, so that `wattstein report DIR` can draw it again.
struct AgentSystem {
  std::string agent;  // "transmission" or the hub's name
  std::vector<SystemBus> buses;
  std::vector<SystemLine> lines;
  std::vector<SystemDevice> devices;
};

/// Another run of the same study (another method or case) to stand beside this one, drawn like the paper's Fig. 5 to 7.
struct ComparedRun {
  std::string name;  // "aal", "Case 2: electric only", ...
  nlohmann::json summary;
  std::vector<ConvergenceRow> convergence;
  std::vector<BoundaryRow> boundary;  // may be empty
};

struct CoordinationReportData {
  nlohmann::json summary;  // summary.json as written (coordination-results.md)
  int hours = 24;
  double step_hours = 1.0;
  std::vector<ConvergenceRow> convergence;
  std::vector<BoundaryRow> boundary;  // all iterations, or only the last one
  std::vector<ScheduleRow> schedule;
  std::vector<AgentSystem> systems;   // transmission first; hubs that share a network may be left out but one
  std::vector<ComparedRun> compared;  // empty: no comparison section. The run itself is added by the report
  std::string run_name;               // of the run itself in a comparison; empty: its method
  std::string detail_hub;             // the hub to show closely; empty: the one with the largest trade
  std::string config_toml;            // shown folded
  std::string log_tail;               // last lines of log.txt, shown folded
};

/// system.json: {"version": 1, "agents": [...]}; field names as above.
nlohmann::json system_json(const std::vector<AgentSystem>& systems);
/// Reads it back; Error naming what is wrong.
std::vector<AgentSystem> systems_from_json(const nlohmann::json& json);

}  // namespace wattstein::report
