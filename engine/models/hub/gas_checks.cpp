#include "engine/models/hub/gas_checks.hpp"

#include <algorithm>
#include <vector>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

// Pressures fall along a pipe, so pipes alone must not lead back to where they started.
void refuse_pipe_cycle(const std::string& where, const GasData& gas) {
  std::vector<int> state(gas.nodes.size(), 0);  // 1: on the path, 2: done
  std::vector<int> path;
  const auto visit = [&](auto&& self, int node) -> void {
    state[static_cast<std::size_t>(node)] = 1;
    path.push_back(node);
    for (const auto& pipe : gas.pipes) {
      if (pipe.from != node) continue;
      if (state[static_cast<std::size_t>(pipe.to)] == 1) {
        std::string cycle;
        for (auto it = std::find(path.begin(), path.end(), pipe.to); it != path.end(); ++it)
          cycle += gas.nodes[static_cast<std::size_t>(*it)] + " -> ";
        throw Error(
            "{}: the fixed directions of the pipes {}{} contradict each other: pressure would have to fall all the way "
            "around",
            where, cycle, gas.nodes[static_cast<std::size_t>(pipe.to)]);
      }
      if (state[static_cast<std::size_t>(pipe.to)] == 0) self(self, pipe.to);
    }
    path.pop_back();
    state[static_cast<std::size_t>(node)] = 2;
  };
  for (std::size_t node = 0; node < gas.nodes.size(); ++node)
    if (state[node] == 0) visit(visit, static_cast<int>(node));
}

// The highest pressure that can reach a node and the node whose limit it comes from, against the least that it needs.
void check_pressures(const std::string& where, const GasData& gas) {
  struct Link {
    std::size_t from, to;
    double ratio;
  };
  std::vector<Link> links;
  for (const auto& pipe : gas.pipes)
    links.push_back({static_cast<std::size_t>(pipe.from), static_cast<std::size_t>(pipe.to), 1.0});
  for (const auto& compressor : gas.compressors)
    links.push_back(
        {static_cast<std::size_t>(compressor.from), static_cast<std::size_t>(compressor.to), compressor.ratio_max});
  std::vector<double> highest = gas.pressure_max_bar;
  std::vector<std::size_t> origin(gas.nodes.size());
  for (std::size_t n = 0; n < origin.size(); ++n) origin[n] = n;
  for (std::size_t pass = 0; pass < gas.nodes.size(); ++pass)
    for (const Link& link : links)
      if (link.ratio * highest[link.from] < highest[link.to]) {
        highest[link.to] = link.ratio * highest[link.from];
        origin[link.to] = origin[link.from];
      }
  for (std::size_t n = 0; n < gas.nodes.size(); ++n)
    if (highest[n] < gas.pressure_min_bar[n] - 1e-9)
      throw Error(
          "{}: the pressure limits of gas node '{}' ({} .. {} bar) cannot hold: node '{}' has at most {} bar, and no "
          "more than {:.2f} bar of it can arrive (pressure falls along pipes, compressors raise it by their ratio_max)",
          where, gas.nodes[n], gas.pressure_min_bar[n], gas.pressure_max_bar[n], gas.nodes[origin[n]],
          gas.pressure_max_bar[origin[n]], highest[n]);
}

}  // namespace

void check_gas(const std::string& where, const GasData& gas) {
  refuse_pipe_cycle(where, gas);
  check_pressures(where, gas);
}

}  // namespace wattstein::engine
