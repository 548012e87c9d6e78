#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"
#include "engine/report/frame.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {
namespace {

/// "M..L..": breaks where a point cannot be shown.
std::string line_path(const Series& s, const Scale& x, const Scale& y) {
  std::string d;
  bool pen_down = false;
  double last_y = 0;
  for (std::size_t k = 0; k < std::min(s.x.size(), s.y.size()); ++k) {
    if (!x.shows(s.x[k]) || !y.shows(s.y[k])) {
      pen_down = false;
      continue;
    }
    const double px = x(s.x[k]), py = y(s.y[k]);
    if (pen_down && s.steps) d += fmt::format("L{} {}", coordinate(px), coordinate(last_y));
    d += fmt::format("{}{} {}", pen_down ? "L" : "M", coordinate(px), coordinate(py));
    pen_down = true;
    last_y = py;
  }
  return d;
}

std::string band_path(const Band& b, const Scale& x, const Scale& y) {
  std::string there, back;
  for (std::size_t k = 0; k < std::min({b.x.size(), b.low.size(), b.high.size()}); ++k) {
    if (!x.shows(b.x[k]) || !y.shows(b.low[k]) || !y.shows(b.high[k])) continue;
    const std::string px = coordinate(x(b.x[k]));
    there += fmt::format("{}{} {}", there.empty() ? "M" : "L", px, coordinate(y(b.high[k])));
    back.insert(0, fmt::format("L{} {}", px, coordinate(y(b.low[k]))));
  }
  return there.empty() ? "" : there + back + "Z";
}

struct EndLabel {
  double at, wanted;
  std::string name, colour;
};

/// Moves labels apart, keeping their order, inside [top, bottom]; false when there is no room for all.
bool spread(std::vector<EndLabel>& labels, double top, double bottom) {
  constexpr double pitch = 15;
  if (static_cast<double>(labels.size()) * pitch > bottom - top + pitch) return false;
  std::sort(labels.begin(), labels.end(), [](const EndLabel& a, const EndLabel& b) { return a.wanted < b.wanted; });
  double free = top;
  for (EndLabel& l : labels) free = (l.at = std::max(l.wanted, free)) + pitch;
  double most = bottom;
  for (auto l = labels.rbegin(); l != labels.rend(); ++l) most = (l->at = std::min(l->at, most)) - pitch;
  return true;
}

}  // namespace

std::string draw(const LineChart& chart) {
  Range xr, yr;
  std::vector<Series> series;
  for (const Series& s : chart.series) {
    bool any = false;
    for (std::size_t k = 0; k < std::min(s.x.size(), s.y.size()); ++k) {
      if (!std::isfinite(s.x[k]) || !std::isfinite(s.y[k])) continue;
      if ((chart.x.log && !(s.x[k] > 0)) || (chart.y.log && !(s.y[k] > 0))) continue;
      xr.add(s.x[k], chart.x.log), yr.add(s.y[k], chart.y.log);
      any = true;
    }
    if (!any) continue;
    series.push_back(s);
    if (series.back().colour.empty()) series.back().colour = series_colour(static_cast<int>(series.size()) - 1);
  }
  for (const Band& b : chart.bands)
    for (std::size_t k = 0; k < std::min({b.x.size(), b.low.size(), b.high.size()}); ++k)
      xr.add(b.x[k], chart.x.log), yr.add(b.low[k], chart.y.log), yr.add(b.high[k], chart.y.log);
  if (xr.empty() || yr.empty()) return {};
  for (const Rule& r : chart.rules) yr.add(r.y, chart.y.log);

  // Series are named where they end when there are few of them, in a legend otherwise. Those without a name belong to
  // another one (the lower edge of a range, say).
  const auto named = std::count_if(series.begin(), series.end(), [](const Series& s) { return !s.name.empty(); });
  const bool direct = named > 1 && series.size() <= 6 && chart.width > 600;
  std::vector<LegendEntry> legend;
  using Mark = LegendEntry::Mark;
  if (!direct && series.size() + chart.bands.size() > 1)
    for (const Series& s : series)
      if (!s.name.empty()) legend.push_back({s.name, s.colour, s.dashed ? Mark::dashes : Mark::line});
  for (const Band& b : chart.bands) legend.push_back({b.name, b.colour, Mark::box});
  const double legend_space = legend_height(legend, chart.width - 10);

  double right_space = 16;
  if (direct)
    for (const Series& s : series) right_space = std::max(right_space, std::min(text_width(s.name), 190.0) + 18);
  Frame f{0, chart.width - right_space, 26 + legend_space, chart.height - 44};
  const Scale y = make_scale(yr, chart.y, f.bottom, f.top, 0.06);
  f.left = std::max(40.0, y_label_space(y, chart.y));
  const Scale x = make_scale(xr, chart.x, f.left, f.right, chart.x.log ? 0.02 : 0.0);

  Svg svg(chart.width, chart.height, chart.label);
  draw_legend(svg, legend, 2, 0, chart.width - 10);
  draw_y_axis(svg, f, y, chart.y);
  draw_x_axis(svg, f, x, chart.x);
  for (const Band& b : chart.bands)
    svg.path(band_path(b, x, y), fmt::format(R"(fill="{}" fill-opacity=".22")", b.colour), b.name);
  for (const Rule& r : chart.rules) {
    if (!y.shows(r.y)) continue;
    const std::string colour = r.colour.empty() ? "var(--muted)" : r.colour;
    svg.line(f.left, y(r.y), f.right, y(r.y),
             fmt::format(R"(stroke="{}" stroke-dasharray="2 4" stroke-width="1.5")", colour));
    svg.text(f.right - 4, y(r.y) - 5, r.label, "end", R"(class="s")");
  }
  std::vector<EndLabel> ends;
  for (const Series& s : series) {
    const std::string stroke = fmt::format(R"(class="n" stroke="{}" stroke-width="{}" stroke-linejoin="round"{})",
                                           s.colour, coordinate(s.width), s.dashed ? R"( stroke-dasharray="6 4")" : "");
    svg.path(line_path(s, x, y), stroke, s.name);
    const std::size_t n = std::min(s.x.size(), s.y.size());
    double last = f.bottom;
    std::size_t shown = 0;
    for (std::size_t k = 0; k < n; ++k)
      if (x.shows(s.x[k]) && y.shows(s.y[k])) last = y(s.y[k]), ++shown;
    // Invisible discs give a tooltip where dots would be too many.
    if (s.dots || shown <= 150)
      for (std::size_t k = 0; k < n; ++k) {
        if (!x.shows(s.x[k]) || !y.shows(s.y[k])) continue;
        const bool seen = s.dots || shown == 1;
        svg.circle(x(s.x[k]), y(s.y[k]), seen ? (shown > 60 ? 2.0 : 3.0) : 6.0,
                   fmt::format(R"(class="h" fill="{}"{})", s.colour, seen ? "" : R"( fill-opacity="0")"),
                   fmt::format("{}{}{} {}: {}", s.name, s.name.empty() ? "" : ", ", chart.x.label, number(s.x[k], 6),
                               with_unit(s.y[k], chart.y.unit, 6)));
      }
    if (!s.name.empty()) ends.push_back({last, last, s.name, s.colour});
  }
  if (direct && spread(ends, f.top + 4, f.bottom))
    for (const EndLabel& e : ends) {
      svg.circle(f.right + 7, e.at, 3, fmt::format(R"(fill="{}")", e.colour));
      svg.text(f.right + 14, e.at + 4, fitted(e.name, 192), "start", R"(class="k")");
    }
  return svg.str();
}

}  // namespace wattstein::report
