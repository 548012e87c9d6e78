#pragma once
// Places for the nodes of a graph, the same on every machine and run (no random numbers).

#include <utility>
#include <vector>

namespace wattstein::report {

struct Point {
  double x = 0, y = 0;
};

using Edges = std::vector<std::pair<int, int>>;  // positions of nodes; loops and repeats are ignored

inline constexpr int largest_drawn_graph = 2500;

/// Stress majorisation (Gansner, Koren, North 2004): distances on the page as near as can be to distances in the graph,
/// weights d^-2, started from classical scaling; then turned so that its long side lies flat. Unit: about one per edge.
/// Components are kept apart. O(n^2) memory. n above largest_drawn_graph: empty.
std::vector<Point> stress_layout(int nodes, const Edges& edges);

/// A feeder from its root: x = depth; the longest way on stays on its row, side branches take rows of their own.
/// Nodes that the root does not reach are put below.
std::vector<Point> tree_layout(int nodes, const Edges& edges, int root);

/// Moves points that lie closer than `least` apart (few rounds), then scales and shifts everything into the box,
/// stretching x against y by at most `most_stretch`.
void fit_into(std::vector<Point>& points, double x, double y, double width, double height, double least,
              double most_stretch);

}  // namespace wattstein::report
