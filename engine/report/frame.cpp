#include "engine/report/frame.hpp"

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"

namespace wattstein::report {
namespace {

struct Ticks {
  std::vector<double> at;
  std::vector<std::string> labels;
};

Ticks labelled(const Scale& scale, const Axis& axis, int wanted) {
  Ticks out;
  if (scale.log) {
    out.at = log_ticks(scale.lo, scale.hi, wanted);
    for (const double v : out.at) out.labels.push_back(v >= 1e-3 && v < 1e5 ? number(v, 6) : scientific(v, 1));
    return out;
  }
  out.at = ticks(scale.lo, scale.hi, wanted, axis.integer);
  const double step = out.at.size() > 1 ? out.at[1] - out.at[0] : std::max(std::abs(scale.hi - scale.lo), 1e-300);
  for (const double v : out.at) out.labels.push_back(tick_label(v, step));
  return out;
}

}  // namespace

void Range::add(double value, bool log) {
  if (!std::isfinite(value) || (log && !(value > 0))) return;
  lo = std::min(lo, value);
  hi = std::max(hi, value);
}

Scale make_scale(Range range, const Axis& axis, double from, double to, double margin) {
  constexpr double most = 1e300;  // the extent must stay finite
  if (range.empty()) range.lo = axis.log ? 0.1 : 0.0, range.hi = 1.0;
  double lo = std::clamp(range.lo, -most, most), hi = std::clamp(range.hi, -most, most);
  if (axis.log) {
    lo = std::max(lo, 1e-300);
    if (!(hi > lo * 1.5)) lo /= 2.0, hi *= 2.0;
    const double stretch = std::pow(hi / lo, margin);
    return {std::max(lo / stretch, 1e-305), hi * stretch, from, to, true};
  }
  if (axis.from_zero) lo = std::min(lo, 0.0), hi = std::max(hi, 0.0);
  const double size = std::max({std::abs(lo), std::abs(hi), 1e-12});
  if (!(hi - lo > 1e-9 * size)) {  // one value only
    const double room = lo == 0.0 && hi == 0.0 ? 1.0 : 0.05 * size;
    lo -= room, hi += room;
  }
  const double extent = hi - lo;
  const bool keep_lo = axis.from_zero && lo == 0.0, keep_hi = axis.from_zero && hi == 0.0;
  return {keep_lo ? lo : lo - margin * extent, keep_hi ? hi : hi + margin * extent, from, to, false};
}

double y_label_space(const Scale& y, const Axis& axis) {
  double widest = 0;
  for (const std::string& text : labelled(y, axis, 6).labels) widest = std::max(widest, text_width(text));
  return widest + 14.0;
}

void draw_y_axis(Svg& svg, const Frame& f, const Scale& y, const Axis& axis) {
  const Ticks t = labelled(y, axis, std::max(2, static_cast<int>((f.bottom - f.top) / 44.0)));
  for (std::size_t k = 0; k < t.at.size(); ++k) {
    const double at = y(t.at[k]);
    if (at < f.top - 0.5 || at > f.bottom + 0.5) continue;
    svg.line(f.left, at, f.right, at, t.at[k] == 0.0 ? R"(class="a")" : R"(class="g")");
    svg.text(f.left - 8, at + 4, t.labels[k], "end");
  }
  if (!axis.label.empty()) svg.text(2, f.top - 12, axis.label, "start", R"(class="k")");
}

void draw_x_axis(Svg& svg, const Frame& f, const Scale& x, const Axis& axis) {
  const Ticks t = labelled(x, axis, std::max(2, static_cast<int>((f.right - f.left) / 80.0)));
  svg.line(f.left, f.bottom, f.right, f.bottom, R"(class="a")");
  for (std::size_t k = 0; k < t.at.size(); ++k) {
    const double at = x(t.at[k]);
    if (at < f.left - 0.5 || at > f.right + 0.5) continue;
    svg.line(at, f.bottom, at, f.bottom + 4, R"(class="a")");
    svg.text(at, f.bottom + 18, t.labels[k], "middle");
  }
  if (!axis.label.empty()) svg.text((f.left + f.right) / 2, f.bottom + 36, axis.label, "middle", R"(class="k")");
}

void draw_columns(Svg& svg, const Frame& f, const std::vector<std::string>& columns, const std::string& label) {
  if (columns.empty()) return;
  double widest = 8;
  for (const std::string& c : columns) widest = std::max(widest, text_width(c));
  widest = std::min(widest, 90.0);
  const double pitch = (f.right - f.left) / static_cast<double>(columns.size());
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil((widest + 6) / pitch)));
  for (std::size_t c = 0; c < columns.size(); c += every)
    svg.text(f.left + (static_cast<double>(c) + 0.5) * pitch, f.bottom + 17, fitted(columns[c], 90), "middle");
  if (!label.empty()) svg.text((f.left + f.right) / 2, f.bottom + 36, label, "middle", R"(class="k")");
}

}  // namespace wattstein::report
