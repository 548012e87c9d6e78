#pragma once
// The axes around a chart: ranges from data, ticks, grid lines, labels. Private to this room.

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/report/svg.hpp"

namespace wattstein::report {

/// Smallest and largest value seen that a scale can show.
struct Range {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -std::numeric_limits<double>::infinity();
  void add(double value, bool log);
  bool empty() const { return !(lo <= hi); }
};

/// The range widened to a scale of some extent (a single value gets room around it), with margins for a y axis.
Scale make_scale(Range range, const Axis& axis, double from, double to, double margin_fraction);

struct Frame {
  double left = 0, right = 0, top = 0, bottom = 0;  // pixels of the plotting area
};

/// Space that y tick labels need.
double y_label_space(const Scale& y, const Axis& axis);
void draw_y_axis(Svg& svg, const Frame& frame, const Scale& y, const Axis& axis);
void draw_x_axis(Svg& svg, const Frame& frame, const Scale& x, const Axis& axis);
/// Labels below columns (stacked charts, heat maps): every k-th so that they do not touch.
void draw_columns(Svg& svg, const Frame& frame, const std::vector<std::string>& columns, const std::string& label);

}  // namespace wattstein::report
