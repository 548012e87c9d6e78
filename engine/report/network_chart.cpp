#include "engine/report/network_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

constexpr double full_turn = 2.0 * std::numbers::pi;

/// Angles for `wanted` badges around a node, in its widest gaps between lines.
std::vector<double> free_angles(std::vector<double> lines, std::size_t wanted) {
  std::vector<double> out;
  for (std::size_t k = 0; k < wanted; ++k) {
    if (lines.empty()) {
      out.push_back(-full_turn / 4);
    } else {
      std::sort(lines.begin(), lines.end());
      double best = -1, middle = 0;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const double next = i + 1 < lines.size() ? lines[i + 1] : lines[0] + full_turn;
        if (next - lines[i] > best + 1e-9) best = next - lines[i], middle = (next + lines[i]) / 2;
      }
      out.push_back(middle > full_turn / 2 ? middle - full_turn : middle);
    }
    lines.push_back(out.back());
  }
  return out;
}

void draw_loading_bar(Svg& svg, double x, double y) {
  constexpr int slices = 40;
  svg.text(x, y + 10, "highest loading", "end", R"(class="k")");
  for (int s = 0; s < slices; ++s)
    svg.rect(x + 10 + 120.0 * s / slices, y, 120.0 / slices + 0.3, 10,
             fmt::format(R"(fill="{}")", loading_colour((s + 0.5) / slices)));
  for (const int percent : {0, 50, 100})
    svg.text(x + 10 + 1.2 * percent, y + 23, fmt::format("{} %", percent), "middle", R"(class="s")");
}

}  // namespace

std::string draw(const NetworkChart& chart) {
  const int n = static_cast<int>(chart.nodes.size());
  if (n == 0 || n > largest_drawn_graph) return {};
  Edges edges;
  for (const NetworkEdge& e : chart.edges) edges.push_back({e.from, e.to});
  const bool tree = chart.root >= 0;
  std::vector<Point> at = tree ? tree_layout(n, edges, chart.root) : stress_layout(n, edges);

  const double radius = tree ? 11.0 : n <= 60 ? 11.0 : n <= 200 ? 8.5 : n <= 600 ? 4.0 : 2.5;
  const bool named = radius > 5;
  const double badge = std::max(4.0, named ? 6.5 : 4.5), away = radius + badge + 2;
  double height = chart.height;
  if (tree) {  // as many rows as the tree has
    double lo = 0, hi = 0;
    for (const Point& p : at) lo = std::min(lo, p.y), hi = std::max(hi, p.y);
    height = std::min(chart.height, 110 + 62 * (hi - lo + 0.4));
  }
  const double legend_space = std::max(legend_height(chart.legend, chart.width - (chart.loading_bar ? 280 : 10)),
                                       chart.loading_bar ? 28.0 : 0.0);
  const double margin = away + badge + 4;
  fit_into(at, margin, legend_space + margin, chart.width - 2 * margin,
           std::max(40.0, height - legend_space - 2 * margin), tree ? 0.0 : 4.0 * radius, tree ? 10.0 : 1.5);

  Svg svg(chart.width, height, chart.label);
  draw_legend(svg, chart.legend, 2, 0, chart.width - (chart.loading_bar ? 280 : 10));
  if (chart.loading_bar) draw_loading_bar(svg, chart.width - 150, 2);

  std::vector<std::vector<double>> leaving(static_cast<std::size_t>(n));
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < chart.edges.size(); ++k) {
    const NetworkEdge& e = chart.edges[k];
    if (e.from < 0 || e.to < 0 || e.from >= n || e.to >= n || e.from == e.to) continue;
    order.push_back(k);
    const Point a = at[static_cast<std::size_t>(e.from)], b = at[static_cast<std::size_t>(e.to)];
    leaving[static_cast<std::size_t>(e.from)].push_back(std::atan2(b.y - a.y, b.x - a.x));
    leaving[static_cast<std::size_t>(e.to)].push_back(std::atan2(a.y - b.y, a.x - b.x));
  }
  const auto weight = [&](std::size_t k) {
    const NetworkEdge& e = chart.edges[k];
    return std::clamp(std::isfinite(e.weight) ? e.weight : 0.0, 0.0, 1.0) +
           (std::isfinite(e.loading) ? 1e-3 * e.loading : 0.0);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weight(a) < weight(b); });
  const double thin = named ? 1.4 : 0.8;
  std::vector<std::pair<int, int>> drawn;
  for (const std::size_t k : order) {  // the most loaded on top
    const NetworkEdge& e = chart.edges[k];
    const Point a = at[static_cast<std::size_t>(e.from)], b = at[static_cast<std::size_t>(e.to)];
    const auto pair = std::minmax(e.from, e.to);
    const auto twins = std::count(drawn.begin(), drawn.end(), std::pair<int, int>(pair));
    drawn.push_back(pair);
    const std::string attributes = fmt::format(R"(class="n h" stroke="{}" stroke-width="{}" stroke-linecap="round")",
                                               std::isfinite(e.loading) ? loading_colour(e.loading) : "var(--axis)",
                                               coordinate(thin + 2.8 * std::min(1.0, weight(k)) * (named ? 1.0 : 0.6)));
    std::string d;
    if (twins > 0) {  // parallel circuits bow out
      // steps away from the straight line, by turns on either side
      const auto place = (twins + 1) / 2;
      const double bow = 7.0 * static_cast<double>(place) * (twins % 2 ? 1 : -1) * (e.from < e.to ? 1 : -1);
      const double length = std::max(std::hypot(b.x - a.x, b.y - a.y), 1e-6);
      d = fmt::format("M{} {}Q{} {} {} {}", coordinate(a.x), coordinate(a.y),
                      coordinate((a.x + b.x) / 2 - 2 * bow * (b.y - a.y) / length),
                      coordinate((a.y + b.y) / 2 + 2 * bow * (b.x - a.x) / length), coordinate(b.x), coordinate(b.y));
    } else if (tree && std::abs(a.y - b.y) > 1) {  // side branches leave at a right angle
      const Point& parent = a.x < b.x ? a : b;
      const Point& child = a.x < b.x ? b : a;
      d = fmt::format("M{} {}L{} {}L{} {}", coordinate(parent.x), coordinate(parent.y),
                      coordinate(parent.x + 0.35 * (child.x - parent.x)), coordinate(child.y), coordinate(child.x),
                      coordinate(child.y));
    } else {
      d = fmt::format("M{} {}L{} {}", coordinate(a.x), coordinate(a.y), coordinate(b.x), coordinate(b.y));
    }
    svg.path(d, attributes, e.tooltip);
  }

  std::vector<std::vector<std::size_t>> at_node(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < chart.badges.size(); ++k)
    if (chart.badges[k].node >= 0 && chart.badges[k].node < n)
      at_node[static_cast<std::size_t>(chart.badges[k].node)].push_back(k);
  for (std::size_t i = 0; i < at_node.size(); ++i) {
    const std::vector<double> angles = free_angles(leaving[i], at_node[i].size());
    for (std::size_t k = 0; k < angles.size(); ++k) {
      const NetworkBadge& b = chart.badges[at_node[i][k]];
      const double x = at[i].x + away * std::cos(angles[k]), y = at[i].y + away * std::sin(angles[k]);
      svg.line(at[i].x, at[i].y, x, y, R"(class="a")");
      svg.raw(marker(b.mark, x, y, badge,
                     fmt::format(R"x(class="h" fill="{}" stroke="var(--surface)" stroke-width=".8")x", b.colour),
                     b.tooltip));
      if (!b.text.empty())
        svg.text(x, y + 3, b.text, "middle",
                 R"(style="font-size:8px;font-weight:700;fill:var(--surface);pointer-events:none")");
    }
  }
  for (std::size_t i = 0; i < chart.nodes.size(); ++i) {
    const NetworkNode& node = chart.nodes[i];
    svg.circle(at[i].x, at[i].y, radius, R"x(fill="var(--surface)")x");
    svg.circle(at[i].x, at[i].y, radius,
               fmt::format(R"x(class="h" fill="{}" fill-opacity="{}" stroke="var(--axis)" stroke-width="{}")x",
                           node.fill.empty() ? "var(--surface)" : node.fill, coordinate(node.fill_opacity),
                           named ? "1.2" : ".6"),
               node.tooltip);
    if (named)
      svg.text(at[i].x, at[i].y + (radius > 10 ? 3.4 : 2.8), fitted(node.name, 2.4 * radius, radius > 10 ? 9.5 : 7.5),
               "middle",
               radius > 10 ? R"(class="k" style="font-size:9.5px;pointer-events:none")"
                           : R"(class="k" style="font-size:7.5px;pointer-events:none")");
  }
  return svg.str();
}

}  // namespace wattstein::report
