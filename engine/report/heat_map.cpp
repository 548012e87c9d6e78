#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"
#include "engine/report/frame.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

struct Colouring {
  HeatMap::Scale kind;
  double lo, hi;  // diverging: lo = -hi

  double position(double v) const {  // 0..1 (diverging: -1..1)
    if (kind == HeatMap::Scale::logarithmic) return v > 0 ? std::log(v / lo) / std::log(hi / lo) : 0.0;
    if (kind == HeatMap::Scale::diverging) return std::clamp(v / hi, -1.0, 1.0);
    return hi > lo ? (v - lo) / (hi - lo) : 0.5;
  }
  std::string attributes(double v) const {
    const double t = position(v);
    if (kind == HeatMap::Scale::diverging)  // opacity over the page's surface: the middle follows light and dark
      return fmt::format(R"x(fill="{}" fill-opacity="{}")x", t < 0 ? "var(--neg)" : "var(--pos)",
                         coordinate(std::pow(std::abs(t), 0.8)));
    return fmt::format(R"(fill="{}")", ramp_colour(t));
  }
};

}  // namespace

std::string draw(const HeatMap& map) {
  const std::size_t rows = map.rows.size(), columns = map.columns.size();
  const bool log = map.scale == HeatMap::Scale::logarithmic;
  if (rows == 0 || columns == 0) return {};
  Range range;
  for (std::size_t k = 0; k < std::min(rows * columns, map.values.size()); ++k) range.add(map.values[k], log);
  if (range.empty()) return {};
  Colouring colouring{map.scale, range.lo, range.hi};
  if (map.scale == HeatMap::Scale::diverging) {
    colouring.hi = std::max({std::abs(range.lo), std::abs(range.hi), 1e-12});
    colouring.lo = -colouring.hi;
  } else if (log && !(range.hi > range.lo)) {
    colouring.lo /= 2, colouring.hi *= 2;
  }

  const double row_height = map.row_height > 0 ? map.row_height
                            : rows <= 4        ? 30.0
                                               : std::clamp(420.0 / static_cast<double>(rows), 7.0, 22.0);
  double widest = 20;
  for (const std::string& r : map.rows) widest = std::max(widest, std::min(text_width(r), 150.0));
  Frame f{widest + 14, map.width - 104, map.y_label.empty() ? 6.0 : 26.0, 0};
  f.bottom = f.top + row_height * static_cast<double>(rows);
  const double height = std::max(f.bottom + 44, f.top + 124);

  Svg svg(map.width, height, map.label);
  if (!map.y_label.empty()) svg.text(2, f.top - 12, map.y_label, "start", R"(class="k")");
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(12.0 / row_height)));
  for (std::size_t r = 0; r < rows; r += every)
    svg.text(f.left - 8, f.top + (static_cast<double>(r) + 0.5) * row_height + 4, fitted(map.rows[r], 150), "end",
             row_height < 14 ? R"(class="s")" : "");
  const double pitch = (f.right - f.left) / static_cast<double>(columns);
  const double gap = row_height > 10 && pitch > 6 ? 1.0 : 0.0;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t k = r * columns + c;
      if (k >= map.values.size() || !std::isfinite(map.values[k])) continue;
      const double v = map.values[k];
      svg.rect(f.left + static_cast<double>(c) * pitch, f.top + static_cast<double>(r) * row_height, pitch - gap,
               row_height - gap, colouring.attributes(v) + R"( class="h")",
               fmt::format("{}, {} {}: {}", map.rows[r], map.x_label, map.columns[c], with_unit(v, map.unit)));
    }
  if (map.scale == HeatMap::Scale::diverging)
    svg.rect(f.left - 0.5, f.top - 0.5, f.right - f.left, f.bottom - f.top, R"x(class="n" stroke="var(--grid)")x");
  draw_columns(svg, f, map.columns, map.x_label);

  // Colour bar: slices from the lowest (bottom) to the highest value.
  const double bar_x = f.right + 20, bar_top = f.top + 18, bar_height = std::clamp(f.bottom - f.top - 36, 72.0, 220.0);
  constexpr int slices = 50;
  const auto value_at = [&](double t) {
    if (log) return colouring.lo * std::pow(colouring.hi / colouring.lo, t);
    return (1.0 - t) * colouring.lo + t * colouring.hi;
  };
  svg.raw(R"(<g shape-rendering="crispEdges">)");
  for (int s = 0; s < slices; ++s) {
    const double t = (s + 0.5) / slices;
    svg.rect(bar_x, bar_top + bar_height * (1.0 - (s + 1.0) / slices), 12, bar_height / slices,
             colouring.attributes(value_at(t)));
  }
  svg.raw("</g>");
  svg.rect(bar_x, bar_top, 12, bar_height, R"x(class="n" stroke="var(--axis)" stroke-width=".5")x");
  for (const double t : {0.0, 0.5, 1.0})
    svg.text(bar_x + 18, bar_top + bar_height * (1.0 - t) + 4, number(value_at(t), 3));
  const std::string top_word = map.high_word.empty() ? map.unit : map.high_word;
  svg.text(bar_x, bar_top - 8, fitted(top_word, 84), "start", R"(class="k")");
  if (!map.low_word.empty())
    svg.text(bar_x, bar_top + bar_height + 16, fitted(map.low_word, 84), "start", R"(class="k")");
  return svg.str();
}

}  // namespace wattstein::report
