#include <utility>

#include "kernels/powerflow/plan.hpp"

namespace wattstein::kernels {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

SweepPlan::SweepPlan(const PowerGraph& graph) {
  const int n = graph.nodes();
  int root = -1;
  for (int i = 0; i < n; ++i) {
    if (graph.kind[at(i)] == NodeKind::held) why_not = "a node holds its voltage magnitude";
    if (graph.kind[at(i)] == NodeKind::reference && std::exchange(root, i) >= 0)
      why_not = "there are several references";
  }
  if (root < 0) why_not = "there is no reference";
  if (why_not.empty() && static_cast<int>(graph.edges.size()) != n - 1) why_not = "the graph is not a tree";
  if (!why_not.empty()) return;

  std::vector<std::vector<int>> edges_at(at(n));
  std::vector<std::complex<double>> to_ground(graph.shunt);
  for (int k = 0; k < static_cast<int>(graph.edges.size()); ++k) {
    const PowerEdge& edge = graph.edges[at(k)];
    edges_at[at(edge.from)].push_back(k);
    edges_at[at(edge.to)].push_back(k);
    const std::complex<double> half(0.0, 0.5 * edge.charging);
    to_ground[at(edge.from)] += half / std::norm(edge.ratio);
    to_ground[at(edge.to)] += half;
  }
  // Depth first: a child mostly stands right behind its parent.
  struct Visit {
    int node, parent_position, edge;
  };
  std::vector<Visit> open{{root, -1, -1}};
  std::vector<char> seen(at(n), 0);
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    if (std::exchange(seen[at(visit.node)], 1)) {
      why_not = "the graph is not a tree";
      return;
    }
    const int here = static_cast<int>(order.size());
    order.push_back(visit.node);
    parent.push_back(visit.parent_position);
    std::complex<double> b(1.0), g(0.0);
    if (visit.edge >= 0) {
      const PowerEdge& edge = graph.edges[at(visit.edge)];
      const bool down = edge.to == visit.node;  // from the parent's side
      b = down ? 1.0 / edge.ratio : edge.ratio;
      g = down ? edge.impedance : edge.impedance * std::norm(edge.ratio);
      if (b != 1.0) ratios = true;
    }
    const std::complex<double> y = to_ground[at(visit.node)], v = graph.start[at(visit.node)];
    if (y != 0.0 && visit.edge >= 0) shunts = true;
    beta.insert(beta.end(), {b.real(), b.imag()});
    gamma.insert(gamma.end(), {g.real(), g.imag()});
    shunt.insert(shunt.end(), {y.real(), y.imag()});
    start.insert(start.end(), {v.real(), v.imag()});
    start_inverse.push_back(1.0 / std::norm(v));
    for (auto k = edges_at[at(visit.node)].rbegin(); k != edges_at[at(visit.node)].rend(); ++k) {
      if (*k == visit.edge) continue;
      const PowerEdge& edge = graph.edges[at(*k)];
      open.push_back({edge.from == visit.node ? edge.to : edge.from, here, *k});
    }
  }
  if (static_cast<int>(order.size()) != n) why_not = "the graph is not connected";
}

SweepView SweepPlan::view() const {
  SweepView v;
  v.nodes = static_cast<int>(order.size());
  v.shunts = shunts, v.ratios = ratios;
  v.order = order.data(), v.parent = parent.data();
  v.beta = beta.data(), v.gamma = gamma.data(), v.shunt = shunt.data();
  v.start = start.data(), v.start_inverse = start_inverse.data();
  return v;
}

}  // namespace wattstein::kernels
