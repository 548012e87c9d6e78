#pragma once
// Devices that stand in the transmission system and in hubs alike: units, renewables, storages. Data and reading.

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/grid/network.hpp"
#include "engine/options/option.hpp"

namespace wattstein::engine {

/// A unit that is always on. Costs are $ per MWh; `square` is the c of c p² ($/MW²h).
struct Unit {
  std::string name;
  int bus = 0;  // index in the network
  double p_min_mw = 0.0, p_max_mw = 0.0;
  double cost_per_mwh = 0.0, cost_per_mw2h = 0.0;
  bool quadratic = false;  // a quadratic term was given, whatever it is scaled to
  double deployment_up_cost_per_mwh = 0.0, deployment_down_cost_per_mwh = 0.0;
  double ramp_mw_per_h = std::numeric_limits<double>::infinity();
  std::optional<double> initial_mw;
  double reserve_up_max_mw = 0.0, reserve_down_max_mw = 0.0;
  double reserve_cost_per_mwh = 0.0;
  double q_min_mvar = 0.0, q_max_mvar = 0.0;
};

struct Renewable {
  std::string name;
  int bus = 0;
  double capacity_mw = 0.0;
  double curtailment_cost_per_mwh = 50.0;
};

/// Electric (MW, MWh, $/MWh) or gas (G/h, G, $/G).
struct Storage {
  std::string name;
  int bus = 0;  // bus, or gas node
  double charge_max = 0.0, discharge_max = 0.0;
  double soc_min = 0.0, soc_max = 0.0, soc_initial = 0.0;
  double efficiency = 0.95, loss_rate = 0.0;  // each way; per step
  double cost = 1.0;                          // on charge + discharge
};

std::span<const options::Option> transmission_unit_records();
std::span<const options::Option> hub_unit_records();  // the same, and reactive limits
std::span<const options::Option> renewable_records();
std::span<const options::Option> storage_records();

/// Index of the bus that the key names. Error (file, line, key) when the network has no such bus, or a type-4 one.
int read_bus(const files::Table& table, std::string_view key, const grid::Network& network);

/// Readers of one table each. Errors: a lower limit above its upper one, soc_initial outside its limits, an unknown
/// bus. Deployment costs default to C + 2 Q P_max and C + 2 Q P_min; reserves are cut to P_max − P_min.
Unit read_unit(const files::Table& table, const grid::Network& network, bool reactive);
Renewable read_renewable(const files::Table& table, const grid::Network& network);
Storage read_storage(const files::Table& table, const grid::Network& network);

/// Refuses `lower` > `upper` with both keys in the message.
void require_order(const files::Table& table, std::string_view lower_key, double lower, std::string_view upper_key,
                   double upper);

/// Names seen so far within an agent; refuses one that comes twice.
class NameRegister {
 public:
  void add(const files::Table& table, const std::string& name);

 private:
  std::vector<std::string> names_;
};

}  // namespace wattstein::engine
