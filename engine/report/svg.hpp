#pragma once
// A small plotting layer: a chart is a plain struct, draw() gives its <svg>. Colours come from theme.hpp's variables,
// so the same text serves light and dark pages. No coordinate is ever NaN: points that are not finite are left out, a
// chart without a single finite point is the empty text. Every mark carries its value as a <title> (the browser's
// tooltip).

#include <string>
#include <string_view>
#include <vector>

namespace wattstein::report {

/// Text being drawn: elements appended one after another.
class Svg {
 public:
  Svg(double width, double height, std::string_view label);  // `label`: what a screen reader says
  Svg& line(double x1, double y1, double x2, double y2, std::string_view attributes);
  Svg& rect(double x, double y, double width, double height, std::string_view attributes,
            std::string_view tooltip = {});
  Svg& circle(double x, double y, double radius, std::string_view attributes, std::string_view tooltip = {});
  Svg& path(std::string_view d, std::string_view attributes, std::string_view tooltip = {});
  /// `anchor`: start | middle | end; `text` is escaped here.
  Svg& text(double x, double y, std::string_view text, std::string_view anchor = "start",
            std::string_view attributes = {});
  Svg& raw(std::string_view elements);
  std::string str() const;  // complete <svg>

 private:
  std::string out_;
};

/// Width in pixels of `text` at the charts' font size (12 px), estimated.
double text_width(std::string_view text, double font_size = 12.0);
/// `text` cut to a width, with an ellipsis.
std::string fitted(std::string_view text, double width, double font_size = 12.0);

/// Maps data to pixels, linear or logarithmic.
struct Scale {
  double lo = 0, hi = 1;    // data, lo < hi (log: lo > 0)
  double from = 0, to = 1;  // pixels
  bool log = false;
  double operator()(double value) const;
  bool shows(double value) const;  // finite, and positive where log
};

/// About `wanted` round numbers inside [lo, hi]: steps of 1, 2, 2.5, 5 times a power of ten (integers: whole steps).
std::vector<double> ticks(double lo, double hi, int wanted, bool integers = false);
/// Powers of ten inside [lo, hi], thinned to about `wanted`; 2 and 5 in between where the range is short.
std::vector<double> log_ticks(double lo, double hi, int wanted);

struct Axis {
  std::string label;  // "iteration", "MW"
  std::string unit;   // for tooltips
  bool log = false;
  bool integer = false;    // ticks at whole numbers
  bool from_zero = false;  // linear: the range includes 0
};

struct Series {
  std::string name{};
  std::vector<double> x{}, y{};  // equal lengths; gaps where not finite
  std::string colour{};          // CSS colour; empty: the palette's next
  bool dashed = false;
  bool dots = false;   // mark every point
  bool steps = false;  // hold each value until the next x
  double width = 2.0;
};

struct Band {  // an area between two lines
  std::string name;
  std::vector<double> x, low, high;
  std::string colour;
};

struct Rule {  // a horizontal reference line
  double y = 0;
  std::string label;
  std::string colour;  // empty: the axis colour
};

struct LineChart {
  std::string label;  // for screen readers
  Axis x, y;
  std::vector<Series> series;
  std::vector<Band> bands;
  std::vector<Rule> rules;
  double width = 1040, height = 320;
};
std::string draw(const LineChart& chart);

struct Stack {
  std::string name;
  std::vector<double> values;  // one per column; positive ones stack upward, negative ones downward
  std::string colour;          // empty: the palette's next
};

struct StackedChart {
  std::string label;
  std::vector<std::string> columns;  // "1", "2", ... or names
  std::string x_label, y_label, unit;
  std::vector<Stack> stacks;  // drawn in this order, the first at the bottom
  std::vector<Series> lines;  // over the bars, y one per column (x is ignored)
  double width = 1040, height = 360;
};
std::string draw(const StackedChart& chart);

struct HeatMap {
  enum class Scale { sequential, diverging, logarithmic };
  std::string label;
  std::vector<std::string> rows, columns;
  std::vector<double> values;  // (rows x columns), row-major; NaN: left blank
  std::string x_label{}, y_label{}, unit{};
  Scale scale = Scale::sequential;      // diverging: white (the page) at 0
  std::string low_word{}, high_word{};  // at the ends of the colour bar ("export", "import")
  double width = 1040;
  double row_height = 0;  // 0: chosen
};
std::string draw(const HeatMap& map);

struct Bar {
  std::string name;
  double value = 0;
  std::string colour;   // empty: the palette's first
  std::string tooltip;  // empty: name and value
};

/// Horizontal bars with the value written at their ends.
struct BarChart {
  std::string label;
  std::string unit;  // "$": written as money
  std::vector<Bar> bars;
  double width = 1040;
  bool log = false;
};
std::string draw(const BarChart& chart);

/// Counts of `values` in bins of equal width (log: of equal ratio; values <= 0 count in the lowest bin, "0").
struct Histogram {
  std::string label;
  std::vector<double> values;  // not finite: left out
  Axis x;
  std::string y_label = "problems";
  std::vector<Rule> marks;  // vertical lines at x = rule.y
  int bins = 30;
  std::string colour;
  double width = 510, height = 280;
};
std::string draw(const Histogram& histogram);

/// A legend row for pictures that draw their own marks; returns its height. Breaks lines at `width`.
struct LegendEntry {
  std::string name;
  std::string colour;
  enum class Mark { box, line, dashes, dot, diamond, square, triangle, star } mark = Mark::box;
};
double legend_height(const std::vector<LegendEntry>& entries, double width);
void draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double x, double y, double width);

/// A marker shape of about radius `r`, for legends and networks.
std::string marker(LegendEntry::Mark mark, double x, double y, double r, std::string_view attributes,
                   std::string_view tooltip);

}  // namespace wattstein::report
