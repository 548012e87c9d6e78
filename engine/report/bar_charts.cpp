#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"
#include "engine/report/frame.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {

std::string draw(const BarChart& chart) {
  Range range;
  double name_space = 40, value_space = 30;
  const auto written = [&](double v) { return chart.unit == "$" ? money(v) : with_unit(v, chart.unit); };
  for (const Bar& b : chart.bars) {
    range.add(b.value, chart.log);
    name_space = std::max(name_space, std::min(text_width(b.name), 260.0) + 14);
    value_space = std::max(value_space, text_width(written(b.value)) + 12);
  }
  if (range.empty()) return {};
  const double pitch = chart.bars.size() > 30 ? 18.0 : 24.0;
  const double height = pitch * static_cast<double>(chart.bars.size()) + 12;
  const double left_room = range.lo < 0 && !chart.log ? value_space : 0.0;
  const Frame f{name_space + left_room, chart.width - value_space, 4, height - 8};
  const Scale x = make_scale(range, Axis{{}, {}, chart.log, false, true}, f.left, f.right, chart.log ? 0.1 : 0.0);
  const double zero = chart.log ? f.left : x(0.0);

  Svg svg(chart.width, height, chart.label);
  double y = f.top;
  for (const Bar& b : chart.bars) {
    svg.text(name_space - 10, y + pitch / 2 + 4, fitted(b.name, 260), "end", R"(class="k")");
    if (x.shows(b.value)) {
      const double end = x(b.value);
      svg.rect(std::min(zero, end), y + 3, std::max(std::abs(end - zero), 1.0), pitch - 6,
               fmt::format(R"(class="h" rx="2" fill="{}")", b.colour.empty() ? series_colour(0) : b.colour),
               b.tooltip.empty() ? fmt::format("{}: {}", b.name, written(b.value)) : b.tooltip);
      svg.text(end + (end < zero ? -6 : 6), y + pitch / 2 + 4, written(b.value), end < zero ? "end" : "start");
    } else {
      svg.text(zero + 6, y + pitch / 2 + 4, written(b.value));
    }
    y += pitch;
  }
  svg.line(zero, f.top, zero, f.bottom, R"(class="a")");
  return svg.str();
}

std::string draw(const Histogram& h) {
  Range range;
  int below = 0;  // log axis: values that have no logarithm
  for (const double v : h.values) {
    range.add(v, h.x.log);
    if (h.x.log && std::isfinite(v) && v <= 0) ++below;
  }
  if (range.empty() && below == 0) return {};
  if (range.empty()) range.lo = 1e-16, range.hi = 1e-15;
  Range shown = range;
  for (const Rule& r : h.marks) shown.add(r.y, h.x.log);
  Frame f{0, h.width - 16, 30, h.height - 44};
  Scale x = make_scale(shown, h.x, 0, 1, h.x.log ? 0.03 : 0.0);
  // Whole numbers: bins of a whole width, centred on them.
  int bins = std::max(1, h.bins);
  if (h.x.integer && !h.x.log) {
    const double width = std::max(1.0, std::ceil((shown.hi - shown.lo + 1) / bins));
    bins = static_cast<int>(std::ceil((shown.hi - shown.lo + 1) / width));
    x.lo = shown.lo - 0.5;
    x.hi = x.lo + width * bins;
  }
  std::vector<double> counts(static_cast<std::size_t>(bins), 0.0);
  for (const double v : h.values) {
    if (!std::isfinite(v)) continue;
    const double t = x.shows(v) ? x(v) : 0.0;
    counts[static_cast<std::size_t>(std::clamp(static_cast<int>(t * bins), 0, bins - 1))] += 1.0;
  }
  Range tallest;
  for (const double c : counts) tallest.add(c, false);
  const Axis y_axis{h.y_label, {}, false, true, true};
  const Scale y = make_scale(tallest, y_axis, f.bottom, f.top, 0.05);
  f.left = std::max(40.0, y_label_space(y, y_axis));
  x.from = f.left, x.to = f.right;

  Svg svg(h.width, h.height, h.label);
  draw_y_axis(svg, f, y, y_axis);
  const double pitch = (f.right - f.left) / bins;
  const auto edge = [&](int k) {
    const double t = static_cast<double>(k) / bins;
    return h.x.log ? x.lo * std::pow(x.hi / x.lo, t) : x.lo + t * (x.hi - x.lo);
  };
  for (int k = 0; k < bins; ++k) {
    const double c = counts[static_cast<std::size_t>(k)];
    if (c <= 0) continue;
    const std::string where =
        h.x.integer && !h.x.log
            ? fmt::format("{} to {}", number(std::ceil(edge(k)), 9), number(std::floor(edge(k + 1)), 9))
            : fmt::format("{} to {}", number(edge(k), 3), with_unit(edge(k + 1), h.x.unit, 3));
    svg.rect(f.left + k * pitch + 0.5, y(c), pitch - 1, std::max(f.bottom - y(c), 1.0),
             fmt::format(R"(class="h" fill="{}")", h.colour.empty() ? series_colour(0) : h.colour),
             fmt::format("{}{}: {} {}", where, h.x.log && k == 0 && below > 0 ? " (and 0)" : "",
                         count(static_cast<long long>(c)), h.y_label));
  }
  draw_x_axis(svg, f, x, h.x);
  for (const Rule& r : h.marks) {
    if (!x.shows(r.y)) continue;
    const double at = x(r.y);
    const std::string colour = r.colour.empty() ? "var(--neg)" : r.colour;
    svg.line(at, f.top - 6, at, f.bottom,
             fmt::format(R"(stroke="{}" stroke-width="1.5" stroke-dasharray="4 3")", colour));
    const bool right_half = at > (f.left + f.right) / 2;
    svg.text(at + (right_half ? -5 : 5), f.top - 1, r.label, right_half ? "end" : "start", R"(class="s k")");
  }
  return svg.str();
}

}  // namespace wattstein::report
