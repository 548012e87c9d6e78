#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"
#include "engine/report/frame.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {

std::string draw(const StackedChart& chart) {
  const std::size_t columns = chart.columns.size();
  if (columns == 0) return {};
  std::vector<double> up(columns, 0.0), down(columns, 0.0);
  std::vector<Stack> stacks;
  Range range;
  for (const Stack& s : chart.stacks) {
    double most = 0;
    for (std::size_t c = 0; c < std::min(columns, s.values.size()); ++c) {
      if (!std::isfinite(s.values[c])) continue;
      (s.values[c] > 0 ? up : down)[c] += s.values[c];
      most = std::max(most, std::abs(s.values[c]));
    }
    if (most < 1e-9) continue;  // nothing to see
    stacks.push_back(s);
    if (stacks.back().colour.empty()) stacks.back().colour = series_colour(static_cast<int>(stacks.size()) - 1);
  }
  bool any = !stacks.empty();
  for (std::size_t c = 0; c < columns; ++c) range.add(up[c], false), range.add(down[c], false);
  for (const Series& s : chart.lines)
    for (const double v : s.y) range.add(v, false), any = any || std::isfinite(v);
  if (!any) return {};

  std::vector<LegendEntry> legend;
  legend.reserve(stacks.size() + chart.lines.size());
  for (const Stack& s : stacks) legend.push_back({s.name, s.colour, LegendEntry::Mark::box});
  std::vector<std::string> line_colours;
  for (const Series& s : chart.lines) {
    line_colours.push_back(s.colour.empty() ? "var(--ink)" : s.colour);
    legend.push_back({s.name, line_colours.back(), s.dashed ? LegendEntry::Mark::dashes : LegendEntry::Mark::line});
  }
  const double legend_space = legend_height(legend, chart.width - 10);
  const Axis y_axis{chart.y_label, chart.unit, false, false, true};
  Frame f{0, chart.width - 12, 26 + legend_space, chart.height - 44};
  const Scale y = make_scale(range, y_axis, f.bottom, f.top, 0.05);
  f.left = std::max(40.0, y_label_space(y, y_axis));

  Svg svg(chart.width, chart.height, chart.label);
  draw_legend(svg, legend, 2, 0, chart.width - 10);
  draw_y_axis(svg, f, y, y_axis);
  draw_columns(svg, f, chart.columns, chart.x_label);
  const double pitch = (f.right - f.left) / static_cast<double>(columns);
  const double gap = std::min(2.0, 0.1 * pitch);
  std::fill(up.begin(), up.end(), 0.0);
  std::fill(down.begin(), down.end(), 0.0);
  for (const Stack& s : stacks) {
    svg.raw(fmt::format(R"(<g fill="{}">)", s.colour));
    for (std::size_t c = 0; c < std::min(columns, s.values.size()); ++c) {
      const double v = s.values[c];
      if (!std::isfinite(v) || v == 0.0) continue;
      double& base = (v > 0 ? up : down)[c];
      const double a = y(base), b = y(base + v);
      base += v;
      svg.rect(f.left + static_cast<double>(c) * pitch + gap / 2, std::min(a, b), pitch - gap, std::abs(a - b),
               R"(class="h")",
               fmt::format("{}, {} {}: {}", s.name, chart.x_label, chart.columns[c], with_unit(v, chart.unit)));
    }
    svg.raw("</g>");
  }
  svg.line(f.left, y(0.0), f.right, y(0.0), R"(class="a")");
  for (std::size_t k = 0; k < chart.lines.size(); ++k) {
    const Series& s = chart.lines[k];
    std::string d;
    bool pen_down = false;
    for (std::size_t c = 0; c < std::min(columns, s.y.size()); ++c) {
      if (!std::isfinite(s.y[c])) {
        pen_down = false;
        continue;
      }
      const double left = f.left + static_cast<double>(c) * pitch, at = y(s.y[c]);
      if (s.steps)
        d +=
            fmt::format("{}{} {}H{}", pen_down ? "L" : "M", coordinate(left), coordinate(at), coordinate(left + pitch));
      else d += fmt::format("{}{} {}", pen_down ? "L" : "M", coordinate(left + pitch / 2), coordinate(at));
      pen_down = true;
    }
    // A halo in the page's colour keeps the line readable on the bars.
    svg.path(d, R"x(class="n" stroke="var(--surface)" stroke-width="4.5" stroke-linejoin="round")x");
    svg.path(d,
             fmt::format(R"(class="n" stroke="{}" stroke-width="2.2" stroke-linejoin="round"{})", line_colours[k],
                         s.dashed ? R"( stroke-dasharray="6 4")" : ""),
             s.name);
  }
  return svg.str();
}

}  // namespace wattstein::report
