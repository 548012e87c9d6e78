#pragma once
// A made-up coordination run of any size, for the tests of the report.

#include <cmath>
#include <string>

#include "engine/report/coordination_data.hpp"

namespace wattstein::tests {

/// `hubs` hubs over `hours` hours, `iterations` iterations; every value is multiplied by `factor`. Names end in
/// `suffix`.
inline report::CoordinationReportData sample_run(int hubs, int hours, int iterations, double factor = 1.0,
                                                 const std::string& suffix = "") {
  using namespace report;
  CoordinationReportData data;
  data.hours = hours;
  const auto wave = [&](int a, int b) { return factor * std::sin(1.0 + 0.7 * a + 0.3 * b); };
  nlohmann::json hub_list = nlohmann::json::array(), power = nlohmann::json::array(), price = nlohmann::json::array();
  AgentSystem net;
  net.agent = "transmission";
  for (int b = 0; b < 6; ++b)
    net.buses.push_back({std::to_string(b + 1) + suffix,
                         std::vector<double>(static_cast<std::size_t>(hours), std::abs(wave(b, 1))), 0, 0});
  for (int b = 0; b < 6; ++b)
    net.lines.push_back({"line" + std::to_string(b) + suffix, b, (b + 1) % 6, b % 2 ? 0.0 : 2.0 * std::abs(factor)});
  net.lines.push_back({"twin" + suffix, 0, 1, std::abs(factor)});
  net.devices = {{"unit", "gas_1" + suffix, 0, 10, 0},
                 {"renewable", "wind_2" + suffix, 1, 5, 0},
                 {"storage", "battery" + suffix, 2, 2, 8}};
  for (int d = 0; d < hubs; ++d) net.devices.push_back({"hub", "hub_" + std::to_string(d + 1) + suffix, d % 6, 3, 0});
  const auto put = [&](const std::string& agent, const char* quantity, const std::string& name, int seed) {
    for (int h = 1; h <= hours; ++h) data.schedule.push_back({agent, quantity, name, h, wave(seed, h)});
  };
  put("transmission", "unit_mw", "gas_1" + suffix, 1);
  put("transmission", "renewable_mw", "wind_2" + suffix, 2);
  for (const char* q : {"charge_mw", "discharge_mw", "soc_mwh"}) put("transmission", q, "battery" + suffix, 3);
  for (const auto& l : net.lines) put("transmission", "flow_mw", l.name, 4);
  for (int d = 0; d < hubs; ++d) {
    const std::string hub = "hub_" + std::to_string(d + 1) + suffix;
    nlohmann::json p = nlohmann::json::array(), c = nlohmann::json::array();
    for (int h = 0; h < hours; ++h) p.push_back(wave(d, h)), c.push_back(30.0 * factor + wave(h, d));
    power.push_back(p), price.push_back(c);
    hub_list.push_back({{"name", hub},
                        {"costs", {{"generation", 100 * factor}, {"recourse", 7 * factor}}},
                        {"radius_mw", 3.0},
                        {"worst_case", {{"expected_cost", 7 * factor}, {"zeta", 2.0}}},
                        {"trade_cost", -5 * factor},
                        {"loss_mwh", 0.1},
                        {"out_of_sample", {{"mean_cost", 6 * factor}}}});
    put(hub, "unit_mw", "chp" + suffix, d);
    for (int b = 1; b <= 4; ++b)
      for (int h = 1; h <= hours; ++h)
        data.schedule.push_back({hub, "squared_voltage_pu", std::to_string(b), h, 1.0 - 0.01 * b + 0.001 * h});
    for (int it = 1; it <= iterations; ++it)
      for (int h = 1; h <= hours; ++h)
        data.boundary.push_back({it, hub, h, wave(d, h) + factor / it, wave(d, h) - factor / it, -30.0 + wave(h, it)});
  }
  for (int it = 1; it <= iterations; ++it)
    data.convergence.push_back({it, std::abs(factor) / it, std::abs(factor) / it, 1e6 * factor * (1 + 1.0 / it),
                                1e6 * factor * (1 - 1.0 / it), 0.5});
  AgentSystem feeder;
  feeder.agent = hubs > 0 ? "hub_1" + suffix : "none";
  for (int b = 1; b <= 4; ++b) feeder.buses.push_back({std::to_string(b), {}, 0.95, 1.05});
  feeder.lines = {{"1-2", 0, 1, 0}, {"2-3", 1, 2, 0}, {"2-4", 1, 3, 0}};
  data.systems = {net, feeder};
  data.summary = {{"study", "coordination"},
                  {"name", "sample" + suffix},
                  {"status", "solved"},
                  {"objective", 1e6 * factor},
                  {"lower_bound", 0.999e6 * factor},
                  {"relative_gap", 1e-3},
                  {"seconds", 12.5},
                  {"iterations", iterations},
                  {"mismatch_mw", 0.004},
                  {"schedule", {{"boundary_mw", power}, {"boundary_price", price}}},
                  {"transmission",
                   {{"costs", {{"generation", 9e5 * factor}, {"storage", 10.0}, {"recourse", 1e4 * factor}}},
                    {"radius_mw", 100.0},
                    {"worst_case", {{"expected_cost", 1e4 * factor}, {"zeta", 1.0}}}}},
                  {"hubs", hub_list}};
  data.config_toml = "study = \"coordination\"\n[coordination]\ntolerance_mw = 0.01\n# a < b && c > \"d\"\n";
  data.log_tail = "line <one> & more\n";
  return data;
}

}  // namespace wattstein::tests
