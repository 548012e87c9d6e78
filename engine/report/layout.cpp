#include "engine/report/layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <queue>

namespace wattstein::report {
namespace {

constexpr double golden_angle = 2.39996322972865332;

std::vector<std::vector<int>> neighbours(int nodes, const Edges& edges) {
  std::vector<std::vector<int>> out(static_cast<std::size_t>(nodes));
  for (const auto& [a, b] : edges) {
    if (a == b || a < 0 || b < 0 || a >= nodes || b >= nodes) continue;
    out[static_cast<std::size_t>(a)].push_back(b);
    out[static_cast<std::size_t>(b)].push_back(a);
  }
  for (auto& list : out) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return out;
}

std::vector<int> hops_from(int source, const std::vector<std::vector<int>>& adjacent) {
  std::vector<int> hops(adjacent.size(), -1);
  std::queue<int> open;
  hops[static_cast<std::size_t>(source)] = 0;
  open.push(source);
  while (!open.empty()) {
    const auto i = static_cast<std::size_t>(open.front());
    open.pop();
    for (const int j : adjacent[i])
      if (hops[static_cast<std::size_t>(j)] < 0) {
        hops[static_cast<std::size_t>(j)] = hops[i] + 1;
        open.push(j);
      }
  }
  return hops;
}

/// Distances in the graph in hops (n x n); between components a fixed gap.
std::vector<double> graph_distances(int n, const std::vector<std::vector<int>>& adjacent) {
  std::vector<double> d(static_cast<std::size_t>(n) * static_cast<std::size_t>(n), 0.0);
  int widest = 1;
  for (int i = 0; i < n; ++i) {
    const std::vector<int> hops = hops_from(i, adjacent);
    for (int j = 0; j < n; ++j) {
      d[static_cast<std::size_t>(i) * n + j] = hops[static_cast<std::size_t>(j)];
      widest = std::max(widest, hops[static_cast<std::size_t>(j)]);
    }
  }
  const double apart = std::min<double>(widest, 0.7 * std::sqrt(n)) + 2.0;  // between components
  for (double& v : d)
    if (v < 0) v = apart;
  return d;
}

/// Classical scaling: the two leading eigenvectors of -1/2 J D² J by power iteration.
std::vector<Point> classical_scaling(int n, const std::vector<double>& d) {
  const auto N = static_cast<std::size_t>(n);
  std::vector<double> mean(N, 0.0);
  double all = 0;
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < N; ++j) mean[i] += d[i * N + j] * d[i * N + j];
    mean[i] /= n;
    all += mean[i] / n;
  }
  std::array<std::vector<double>, 2> vectors;
  std::array<double, 2> values{};
  const int rounds = n > 600 ? 40 : 200;
  for (std::size_t k = 0; k < 2; ++k) {
    std::vector<double> v(N), w(N);
    for (std::size_t i = 0; i < N; ++i)
      v[i] = std::cos(golden_angle * static_cast<double>(i + 1) * static_cast<double>(k + 1));
    for (int round = 0; round < rounds; ++round) {
      double norm = 0;
      for (std::size_t i = 0; i < N; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < N; ++j)
          sum += -0.5 * (d[i * N + j] * d[i * N + j] - mean[i] - mean[j] + all) * v[j];
        w[i] = sum;
      }
      if (k == 1) {
        double along = 0;
        for (std::size_t i = 0; i < N; ++i) along += w[i] * vectors[0][i];
        for (std::size_t i = 0; i < N; ++i) w[i] -= along * vectors[0][i];
      }
      for (const double x : w) norm += x * x;
      norm = std::sqrt(norm);
      if (!(norm > 1e-12)) break;
      for (std::size_t i = 0; i < N; ++i) v[i] = w[i] / norm;
      values[k] = norm;
    }
    vectors[k] = v;
  }
  std::vector<Point> out(N);
  for (std::size_t i = 0; i < N; ++i) {
    const double turn = golden_angle * static_cast<double>(i);  // parts nodes that the graph cannot tell apart
    out[i] = {std::sqrt(values[0]) * vectors[0][i] + 0.05 * std::cos(turn),
              std::sqrt(values[1]) * vectors[1][i] + 0.05 * std::sin(turn)};
  }
  return out;
}

void lay_flat(std::vector<Point>& p) {
  double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
  const auto n = static_cast<double>(p.size());
  for (const Point& q : p) mx += q.x / n, my += q.y / n;
  for (const Point& q : p) xx += (q.x - mx) * (q.x - mx), xy += (q.x - mx) * (q.y - my), yy += (q.y - my) * (q.y - my);
  const double angle = 0.5 * std::atan2(2 * xy, xx - yy), c = std::cos(angle), s = std::sin(angle);
  for (Point& q : p) q = {c * (q.x - mx) + s * (q.y - my), -s * (q.x - mx) + c * (q.y - my)};
}

}  // namespace

std::vector<Point> stress_layout(int n, const Edges& edges) {
  if (n <= 0 || n > largest_drawn_graph) return {};
  if (n == 1) return {{0, 0}};
  const auto N = static_cast<std::size_t>(n);
  const auto adjacent = neighbours(n, edges);
  const std::vector<double> d = graph_distances(n, adjacent);
  std::vector<Point> p = classical_scaling(n, d);
  const int sweeps = std::clamp(static_cast<int>(2e8 / (static_cast<double>(n) * n)), 20, 400);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    double moved = 0;
    for (std::size_t i = 0; i < N; ++i) {
      // x_i <- sum_j w_ij (x_j + d_ij (x_i - x_j)/|x_i - x_j|) / sum_j w_ij,  w_ij = d_ij^-2
      double sx = 0, sy = 0, sw = 0;
      for (std::size_t j = 0; j < N; ++j) {
        if (j == i) continue;
        const double dij = d[i * N + j], w = 1.0 / (dij * dij);
        double dx = p[i].x - p[j].x, dy = p[i].y - p[j].y, length = std::hypot(dx, dy);
        if (length < 1e-9) {
          const double turn = golden_angle * static_cast<double>(i * N + j);
          dx = std::cos(turn), dy = std::sin(turn), length = 1.0;
        }
        sx += w * (p[j].x + dij * dx / length);
        sy += w * (p[j].y + dij * dy / length);
        sw += w;
      }
      moved = std::max(moved, std::hypot(sx / sw - p[i].x, sy / sw - p[i].y));
      p[i] = {sx / sw, sy / sw};
    }
    if (moved < 1e-3) break;
  }
  lay_flat(p);
  return p;
}

std::vector<Point> tree_layout(int n, const Edges& edges, int root) {
  if (n <= 0 || n > largest_drawn_graph) return {};
  root = std::clamp(root, 0, n - 1);
  const auto adjacent = neighbours(n, edges);
  const std::vector<int> hops = hops_from(root, adjacent);
  std::vector<int> order;
  for (int i = 0; i < n; ++i)
    if (hops[static_cast<std::size_t>(i)] >= 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return hops[static_cast<std::size_t>(a)] < hops[static_cast<std::size_t>(b)]; });
  // A tree even where the graph has loops: each node hangs on its first neighbour nearer to the root.
  std::vector<std::vector<int>> children(static_cast<std::size_t>(n));
  for (const int i : order)
    for (const int j : adjacent[static_cast<std::size_t>(i)])
      if (hops[static_cast<std::size_t>(j)] == hops[static_cast<std::size_t>(i)] - 1) {
        children[static_cast<std::size_t>(j)].push_back(i);
        break;
      }
  std::vector<int> reach(static_cast<std::size_t>(n), 0);  // longest way down
  for (auto i = order.rbegin(); i != order.rend(); ++i)
    for (const int c : children[static_cast<std::size_t>(*i)])
      reach[static_cast<std::size_t>(*i)] =
          std::max(reach[static_cast<std::size_t>(*i)], reach[static_cast<std::size_t>(c)] + 1);
  // Rows: a side branch takes the free row nearest to its parent, over the columns that it needs.
  std::vector<std::vector<std::pair<int, int>>> taken;  // per row: columns [from, to]
  const auto slot = [](int row) { return static_cast<std::size_t>(row >= 0 ? 2 * row : -2 * row - 1); };
  const auto is_free = [&](int row, int from, int to) {
    if (slot(row) >= taken.size()) return true;
    for (const auto& [a, b] : taken[slot(row)])
      if (from <= b && a <= to) return false;
    return true;
  };
  const auto take = [&](int row, int from, int to) {
    if (slot(row) >= taken.size()) taken.resize(slot(row) + 1);
    taken[slot(row)].push_back({from, to});
  };
  std::vector<Point> out(static_cast<std::size_t>(n));
  std::vector<std::pair<int, int>> open{{root, 0}};  // (head of a branch, its row)
  take(0, 0, reach[static_cast<std::size_t>(root)]);
  for (std::size_t k = 0; k < open.size(); ++k) {
    auto [i, row] = open[k];
    std::vector<int> path;
    for (;;) {
      const auto at = static_cast<std::size_t>(i);
      out[at] = {static_cast<double>(hops[at]), static_cast<double>(row)};
      auto& below = children[at];
      if (below.empty()) break;
      std::stable_sort(below.begin(), below.end(), [&](int a, int b) {
        return reach[static_cast<std::size_t>(a)] > reach[static_cast<std::size_t>(b)];
      });
      path.push_back(i);
      i = below[0];
    }
    // From the far end back: a branch that leaves later lies nearer, so that none crosses another.
    for (auto node = path.rbegin(); node != path.rend(); ++node) {
      const auto& below = children[static_cast<std::size_t>(*node)];
      const int from = hops[static_cast<std::size_t>(*node)];
      for (std::size_t c = 1; c < below.size(); ++c) {
        const int to = from + 1 + reach[static_cast<std::size_t>(below[c])];
        const int sign = row > 0 ? 1 : row < 0 ? -1 : 1;
        for (int away = 1, placed = 0; !placed; ++away)
          for (const int chosen : {row + sign * away, row - sign * away}) {
            if (placed || !is_free(chosen, from, to)) continue;
            take(chosen, from, to);
            open.push_back({below[c], chosen});
            placed = 1;
          }
      }
    }
  }
  double lowest = 0;
  for (const Point& q : out) lowest = std::max(lowest, q.y);
  int lost = 0;
  for (int i = 0; i < n; ++i)
    if (hops[static_cast<std::size_t>(i)] < 0)
      out[static_cast<std::size_t>(i)] = {static_cast<double>(lost++), lowest + 2};
  return out;
}

void fit_into(std::vector<Point>& p, double x, double y, double width, double height, double least,
              double most_stretch) {
  if (p.empty()) return;
  const auto scale = [&] {
    double x0 = p[0].x, x1 = x0, y0 = p[0].y, y1 = y0;
    for (const Point& q : p)
      x0 = std::min(x0, q.x), x1 = std::max(x1, q.x), y0 = std::min(y0, q.y), y1 = std::max(y1, q.y);
    double fx = x1 > x0 ? width / (x1 - x0) : 0.0, fy = y1 > y0 ? height / (y1 - y0) : 0.0;
    if (fx > 0 && fy > 0) fx = std::min(fx, fy * most_stretch), fy = std::min(fy, fx * most_stretch);
    for (Point& q : p) q = {x + width / 2 + fx * (q.x - (x0 + x1) / 2), y + height / 2 + fy * (q.y - (y0 + y1) / 2)};
  };
  scale();
  for (int round = 0; round < 60 && least > 0; ++round) {
    bool moved = false;
    for (std::size_t i = 0; i < p.size(); ++i)
      for (std::size_t j = i + 1; j < p.size(); ++j) {
        double dx = p[j].x - p[i].x, dy = p[j].y - p[i].y, length = std::hypot(dx, dy);
        if (length >= least) continue;
        if (length < 1e-6)
          dx = std::cos(golden_angle * static_cast<double>(j)), dy = std::sin(golden_angle * static_cast<double>(j)),
          length = 1.0;
        const double push = 0.5 * (least - std::min(length, least)) / length + 1e-3;
        p[i].x -= push * dx, p[i].y -= push * dy, p[j].x += push * dx, p[j].y += push * dy;
        moved = true;
      }
    if (!moved) break;
  }
  scale();
}

}  // namespace wattstein::report
