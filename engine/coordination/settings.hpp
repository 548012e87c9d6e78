#pragma once
// Settings of a coordination study as plain numbers, and the study once read: agents with everything that
// coordination needs. Filled by engine/studies/coordination_system.hpp from the option records that stand there.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/models/agent.hpp"

namespace wattstein::engine {

/// [coordination]
struct CoordinationSettings {
  std::string case_name = "multi_energy";  // multi_energy | electric_only | disconnected
  std::string method = "aal";              // aal | admm | benders | monolith
  double penalty = 2.2;                    // nu, $/MW² h
  bool adapt_penalty = true;
  double damping = 0.25;          // iota
  double tolerance_mw = 0.01;     // primal mismatch
  double tolerance_price = 0.01;  // multiplier change, $/MWh
  int max_iterations = 1000;
  std::string worst_case = "enumerate";  // enumerate | climb
  std::string recourse = "cuts";         // cuts | copies (column-and-constraint generation)
  int cut_clusters = 1;                  // epigraph variables an hour
  int hubs = 0;                          // only the first so many; 0: all (already applied to the agents)
  bool deploy_reserves = true;           // already applied to the agents
  double deployment_markup = 0.1;        // already applied to the agents
  double socp_gap_limit = 0.01;          // p.u.: a relaxation looser than this is named
  double loss_price_per_mwh = 0.0;       // already applied to the agents
  double pressure_drop_price = 0.0;      // already applied to the agents
};

/// [disconnected]; meaningful when case_name is "disconnected".
struct DisconnectedSettings {
  std::string hubs = "electric_only";         // electric_only | multi_energy
  bool exchange_of_electric_only = false;     // exchange = "electric_only": solve that case first, take its exchange
  std::vector<std::vector<double>> exchange;  // [d][h] MW import of hub d; empty when exchange_of_electric_only
  double mismatch_cost_per_mwh = 200.0;
};

/// [ambiguity]; support and given radii are already applied to the agents' samples.
struct AmbiguitySettings {
  std::string model = "dro";   // dro | sp | ro | det
  double confidence = 0.95;    // kappa
  double radius_factor = 1.0;  // multiplies the automatic radius (a given one stands in AgentSamples::radius_mw)
  int scenarios = 0;           // sp: 0 every sample, else so many drawn with the seed
};

/// [evaluate]: price a given schedule.
struct EvaluationSettings {
  bool given = false;
  std::filesystem::path schedule;  // CSV agent,quantity,name,hour,value
  struct Realisations {
    std::string agent;
    int count = 0;               // E
    std::vector<double> values;  // (E, H, n_r) MW available, columns in the agent's order
  };
  std::vector<Realisations> samples;
};

/// A whole coordination study, ready to be solved.
struct CoordinationSystem {
  int hours = 0;            // H
  double step_hours = 1.0;  // Δt
  std::uint64_t seed = 1;
  CoordinationSettings coordination;
  DisconnectedSettings disconnected;
  AmbiguitySettings ambiguity;
  EvaluationSettings evaluation;
  Agent transmission;
  std::vector<Agent> hubs;  // in the order of the study, copies one after another
};

}  // namespace wattstein::engine
