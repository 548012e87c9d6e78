#pragma once
// A transmission and hubs made of the three-bus second stage of tests/engine_uncertainty: one generator each, quadratic
// cost, reserves.

#include "engine/coordination/coordinate.hpp"
#include "engine/problem/builder.hpp"
#include "tests/engine_uncertainty/small_system.hpp"

namespace wattstein::engine::test {

/// Columns an hour: g, b_up, b_down, then one boundary power a hub (transmission) or the import (hub).
inline Agent small_agent(const std::string& name, int hours, int hubs, bool transmission, unsigned seed,
                         double capacity, int samples = 5) {
  Small small = small_system(hours, 2, samples, seed);
  Agent agent;
  agent.name = name;
  agent.pattern_key = transmission ? "t" : "hub";
  agent.samples = small.samples;
  agent.recourse = small.recourse;
  const int links = transmission ? hubs : 1;
  const int width = columns_per_hour + links;
  ProblemBuilder builder;
  agent.boundary.resize(static_cast<std::size_t>(links));
  CostGroup generation{"generation", {}, 0.0};
  for (int h = 0; h < hours; ++h) {
    const auto hour = std::to_string(h + 1);
    const double cost = transmission ? 18.0 + 4.0 * h : 26.0 + 3.0 * ((seed + static_cast<unsigned>(h)) % 5);
    const double square = transmission ? 0.08 : 0.4;
    const int g = builder.variable("g_" + hour, 0.0, capacity, cost);
    builder.add_square(g, square);
    const int up = builder.variable("up_" + hour, 0.0, 8.0, 3.0),
              down = builder.variable("down_" + hour, 0.0, 8.0, 3.0);
    generation.terms.push_back({g, cost, square});
    for (const int b : {up, down}) generation.terms.push_back({b, 3.0, 0.0});
    std::vector<int> p;
    for (int d = 0; d < links; ++d) {
      p.push_back(builder.variable("p_" + hour, -4.0, 9.0));
      agent.boundary[static_cast<std::size_t>(d)].push_back(p.back());
    }
    // g − Σ p = load − mean renewable (transmission), g + p = load − mean renewable (hub)
    double need = 0.0;
    for (const double l : small.recourse.hours[static_cast<std::size_t>(h)].l) need += l;
    for (int r = 0; r < 2; ++r) need -= small.samples.mean[static_cast<std::size_t>(2 * h + r)];
    const int balance = builder.row("balance_" + hour, need, need);
    builder.entry(balance, g, 1.0);
    for (const int column : p) builder.entry(balance, column, transmission ? -1.0 : 1.0);
    const int top = builder.row("top_" + hour, -infinity, capacity),
              bottom = builder.row("bottom_" + hour, 0.0, infinity);
    builder.entry(top, g, 1.0);
    builder.entry(top, up, 1.0);
    builder.entry(bottom, g, 1.0);
    builder.entry(bottom, down, -1.0);
    for (int r = 0; r < 3; ++r) agent.row_hour.push_back(h + 1);
    RecourseHour& stage = agent.recourse.hours[static_cast<std::size_t>(h)];
    stage.x_rows = {{0, width * h, -1.0}};
    for (const int column : p) stage.x_rows.push_back({0, column, transmission ? 1.0 : -1.0});
    for (auto& term : stage.x_upper) term.source = width * h + term.source % columns_per_hour;
    for (const auto& [quantity, column] :
         {std::pair<const char*, int>{"unit_mw", g}, {"reserve_up_mw", up}, {"reserve_down_mw", down}})
      agent.schedule.push_back({quantity, "g", h + 1, column});
  }
  agent.costs.push_back(std::move(generation));
  agent.first_stage = builder.build(name);
  return agent;
}

inline CoordinationSystem small_coordination(int hours, int hubs, const std::string& model, int samples = 5) {
  CoordinationSystem system;
  system.hours = hours;
  system.ambiguity.model = model;
  system.transmission = small_agent("transmission", hours, hubs, true, 100, 120.0, samples);
  system.transmission.samples.radius_mw = 2.0;
  for (int d = 0; d < hubs; ++d) {
    system.hubs.push_back(small_agent("hub_" + std::to_string(d + 1), hours, hubs, false,
                                      200u + static_cast<unsigned>(d), 60.0, samples));
    system.hubs.back().samples.radius_mw = 1.0;
  }
  return system;
}

}  // namespace wattstein::engine::test
