#pragma once
// What coordination returns: one feasible joint schedule with its certified cost, a certified bound, and how it was
// found.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/coordination/agent_group.hpp"
#include "engine/uncertainty/certify.hpp"

namespace wattstein::engine {

/// All that an agent tells another: its boundary power and the multiplier, flat over (d, h).
struct BoundaryMessage {
  std::vector<double> power;       // MW
  std::vector<double> multiplier;  // λ, $/MWh
};

struct AgentOutcome {
  std::vector<double> x;         // first stage
  std::vector<double> boundary;  // MW, (D·H) for the transmission, (H) for a hub
  double first_stage = 0.0;      // $
  double mismatch_cost = 0.0;    // $, disconnected case
  Certificate worst_case;        // upper: W(x)
  double radius_mw = 0.0;
  double value() const { return first_stage + mismatch_cost + worst_case.upper; }
};

struct IterationRecord {
  int iteration = 0;
  double mismatch_mw = 0.0, price_change = 0.0;
  double objective = 0.0;        // of the agents' own schedules (not joint before the mismatch is gone)
  double lower_bound = 0.0;      // best certified one so far
  double penalty = 0.0;          // ν in use
  double seconds_slowest = 0.0;  // of the slowest agent
  std::vector<double> power_transmission, power_hubs, multiplier;  // (D·H)
};

struct CoordinationOutcome {
  std::string status = "solved";
  std::string message;                     // what is wrong, when not solved
  Contradiction contradiction;             // when an agent became infeasible
  std::vector<AgentOutcome> last_answers;  // then: every agent's last good answer (transmission first; x empty: none)
  double objective = 0.0, lower_bound = 0.0;
  double mismatch_mw = 0.0;
  int iterations = 0, polish_rounds = 0;
  std::vector<double> exchange;  // (D·H) MW of the feasible schedule
  std::vector<double> price;     // (D·H) −λ, $/MWh
  AgentOutcome transmission;
  std::vector<AgentOutcome> hubs;
  std::vector<IterationRecord> history;
  // where the time went
  double seconds = 0.0, seconds_recourse = 0.0, seconds_master = 0.0, seconds_coordination = 0.0,
         seconds_certification = 0.0;
  std::int64_t recourse_problems = 0, recourse_pivoted = 0, recourse_failed = 0, master_problems = 0,
               certificate_candidates = 0, certificate_solved = 0;
  int cuts = 0, copies = 0, duals = 0;
};

}  // namespace wattstein::engine
