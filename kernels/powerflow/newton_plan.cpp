#include <algorithm>
#include <map>
#include <set>

#include "kernels/math/ordering.hpp"
#include "kernels/powerflow/plan.hpp"

namespace wattstein::kernels {
namespace {

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

NewtonPlan::NewtonPlan(const PowerGraph& graph) : nodes(graph.nodes()) {
  choose_order(graph);
  assemble_admittances(graph);
  eliminate();
}

/// Minimum degree on the nodes that have unknowns; references behind them.
void NewtonPlan::choose_order(const PowerGraph& graph) {
  std::vector<int> compact(at(nodes), -1), unknown_nodes;
  for (int i = 0; i < nodes; ++i) {
    if (graph.kind[at(i)] == NodeKind::reference) continue;
    compact[at(i)] = static_cast<int>(unknown_nodes.size());
    unknown_nodes.push_back(i);
  }
  free = static_cast<int>(unknown_nodes.size());
  std::vector<std::pair<int, int>> pairs;
  for (const PowerEdge& edge : graph.edges) {
    const int a = compact[at(edge.from)], b = compact[at(edge.to)];
    if (a >= 0 && b >= 0 && a != b) pairs.emplace_back(a, b);
  }
  for (int row : minimum_degree_order(symmetric_pattern(free, std::move(pairs))))
    order.push_back(unknown_nodes[at(row)]);
  for (int i = 0; i < nodes; ++i) {
    if (graph.kind[at(i)] == NodeKind::reference) order.push_back(i);
  }
  position.resize(at(nodes));
  for (int p = 0; p < nodes; ++p) position[at(order[at(p)])] = p;
  for (int p = 0; p < free; ++p) {
    size.push_back(graph.kind[at(order[at(p)])] == NodeKind::held ? 1 : 2);
    unknown.push_back(unknowns);
    unknowns += size.back();
  }
}

/// Y_tt = y + jb/2, Y_ff = Y_tt/|a|², Y_ft = -y/conj(a), Y_tf = -y/a; shunts on the diagonal.
void NewtonPlan::assemble_admittances(const PowerGraph& graph) {
  std::vector<std::complex<double>> diagonal(graph.shunt);
  std::vector<std::map<int, std::complex<double>>> rows(at(nodes));  // by position
  for (const PowerEdge& edge : graph.edges) {
    const std::complex<double> y = 1.0 / edge.impedance, own = y + std::complex<double>(0.0, 0.5 * edge.charging);
    diagonal[at(edge.from)] += own / std::norm(edge.ratio);
    diagonal[at(edge.to)] += own;
    const int f = position[at(edge.from)], t = position[at(edge.to)];
    rows[at(f)][t] -= y / std::conj(edge.ratio);
    rows[at(t)][f] -= y / edge.ratio;
  }
  for (int p = 0; p < nodes; ++p) {
    start.push_back(graph.start[at(order[at(p)])].real());
    start.push_back(graph.start[at(order[at(p)])].imag());
  }
  y_start.push_back(0);
  for (int p = 0; p < free; ++p) {
    const std::complex<double> own = diagonal[at(order[at(p)])], v(start[at(2 * p)], start[at(2 * p + 1)]);
    std::complex<double> current = own * v;
    y_diagonal.push_back(own.real());
    y_diagonal.push_back(own.imag());
    for (const auto& [column, value] : rows[at(p)]) {
      y_column.push_back(column);
      y_value.push_back(value.real());
      y_value.push_back(value.imag());
      current += value * std::complex<double>(start[at(2 * column)], start[at(2 * column + 1)]);
    }
    y_start.push_back(static_cast<int>(y_column.size()));
    const std::complex<double> power = v * std::conj(current);
    start_power.push_back(power.real());
    start_power.push_back(power.imag());
  }
}

/// Symbolic block LU by rows: where every block stands in w and in U, and what meets what.
void NewtonPlan::eliminate() {
  std::vector<std::set<int>> rows(at(free));  // pattern of row i, fill included, diagonal left out; symmetric
  for (int i = 0; i < free; ++i) {
    for (int k = y_start[at(i)]; k < y_start[at(i) + 1]; ++k) {
      if (y_column[at(k)] < free) rows[at(i)].insert(y_column[at(k)]);
    }
  }
  for (int k = 0; k < free; ++k) {
    for (auto i = rows[at(k)].upper_bound(k); i != rows[at(k)].end(); ++i) {
      for (auto j = rows[at(k)].upper_bound(k); j != rows[at(k)].end(); ++j) {
        if (*i != *j) rows[at(*i)].insert(*j);
      }
    }
  }
  std::vector<int> block(at(free));  // of each column in w, for the row at hand
  std::vector<std::vector<int>> right_of(at(free));
  left_start.push_back(0);
  right_start.push_back(0);
  fill_start.push_back(0);
  y_block.assign(y_column.size(), -1);
  for (int i = 0; i < free; ++i) {
    int room = 0;
    const auto place = [&](int column) {
      block[at(column)] = room;
      room += size[at(i)] * size[at(column)];
    };
    for (int column : rows[at(i)]) place(column);
    place(i);
    row_room = std::max(row_room, room);
    diagonal_block.push_back(block[at(i)]);

    std::vector<char> written(at(room), 0);
    for (int k = y_start[at(i)]; k < y_start[at(i) + 1]; ++k) {
      const int column = y_column[at(k)];
      if (column >= free) continue;
      y_block[at(k)] = block[at(column)];
      for (int part = 0; part < size[at(i)] * size[at(column)]; ++part) written[at(block[at(column)] + part)] = 1;
    }
    for (int number = 0; number < block[at(i)]; ++number) {
      if (!written[at(number)]) fill.push_back(number);
    }
    fill_start.push_back(static_cast<int>(fill.size()));

    for (int column : rows[at(i)]) {
      if (column < i) {
        left.push_back(column);
        left_block.push_back(block[at(column)]);
        for (int j : right_of[at(column)]) target.push_back(block[at(j)]);
      }
    }
    left_start.push_back(static_cast<int>(left.size()));

    std::vector<int>& mine = right_of[at(i)];
    for (int wanted : {1, 2}) {
      for (auto j = rows[at(i)].upper_bound(i); j != rows[at(i)].end(); ++j) {
        if (size[at(*j)] == wanted) mine.push_back(*j);
      }
      if (wanted == 1) right_single.push_back(static_cast<int>(mine.size()));
    }
    right_value.push_back(factor_size);
    for (int j : mine) {
      right.push_back(j);
      right_block.push_back(block[at(j)]);
      factor_size += size[at(i)] * size[at(j)];
    }
    right_start.push_back(static_cast<int>(right.size()));
  }
}

NewtonView NewtonPlan::view() const {
  NewtonView v;
  v.nodes = nodes, v.free = free, v.unknowns = unknowns, v.row_room = row_room, v.factor_size = factor_size;
  v.size = size.data(), v.unknown = unknown.data();
  v.y_diagonal = y_diagonal.data(), v.y_start = y_start.data(), v.y_column = y_column.data();
  v.y_block = y_block.data(), v.y_value = y_value.data();
  v.diagonal_block = diagonal_block.data(), v.fill_start = fill_start.data(), v.fill = fill.data();
  v.left_start = left_start.data(), v.left = left.data(), v.left_block = left_block.data(), v.target = target.data();
  v.right_start = right_start.data(), v.right_single = right_single.data(), v.right = right.data();
  v.right_block = right_block.data(), v.right_value = right_value.data();
  v.start = start.data(), v.start_power = start_power.data();
  return v;
}

}  // namespace wattstein::kernels
