#pragma once
// A network as a picture: buses, lines coloured by their highest loading, and what stands at the buses.

#include <string>
#include <vector>

#include "engine/report/layout.hpp"
#include "engine/report/svg.hpp"

namespace wattstein::report {

struct NetworkNode {
  std::string name;  // written into the node when there is room
  std::string tooltip;
  std::string fill;  // CSS colour; empty: the page's
  double fill_opacity = 1.0;
};

struct NetworkEdge {
  int from = 0, to = 0;
  double loading = 0;  // its colour: 0..1 of its limit; NaN: no limit or not known
  double weight = 0;   // its width: 0..1
  std::string tooltip;
};

struct NetworkBadge {  // a device beside its node
  int node = 0;
  LegendEntry::Mark mark = LegendEntry::Mark::dot;
  std::string colour;
  std::string text;  // inside the badge, 2 characters at most; or empty
  std::string tooltip;
};

struct NetworkChart {
  std::string label;
  std::vector<NetworkNode> nodes;
  std::vector<NetworkEdge> edges;
  std::vector<NetworkBadge> badges;
  std::vector<LegendEntry> legend;
  int root = -1;            // a feeder: drawn as a tree from here; -1: a meshed network
  bool loading_bar = true;  // a colour bar for the lines
  double width = 1040, height = 640;
};
/// Empty text without nodes or with more than largest_drawn_graph.
std::string draw(const NetworkChart& chart);

}  // namespace wattstein::report
