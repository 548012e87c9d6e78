#include "engine/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/format.hpp"

namespace wattstein::report {
namespace {

std::string closed(std::string_view element, std::string_view tooltip) {
  if (tooltip.empty()) return "/>";
  return fmt::format("><title>{}</title></{}>", escape(tooltip), element);
}

}  // namespace

Svg::Svg(double width, double height, std::string_view label) {
  const std::string w = coordinate(width), h = coordinate(height);
  out_ = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="w" viewBox="0 0 {} {}" role="img" aria-label="{}">)", w, h,
      escape(label));
}

Svg& Svg::line(double x1, double y1, double x2, double y2, std::string_view attributes) {
  out_ += fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>)", coordinate(x1), coordinate(y1), coordinate(x2),
                      coordinate(y2), attributes);
  return *this;
}

Svg& Svg::rect(double x, double y, double width, double height, std::string_view attributes, std::string_view tooltip) {
  if (!(width > 0) || !(height > 0)) return *this;
  out_ += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" {}{})", coordinate(x), coordinate(y),
                      coordinate(width), coordinate(height), attributes, closed("rect", tooltip));
  return *this;
}

Svg& Svg::circle(double x, double y, double radius, std::string_view attributes, std::string_view tooltip) {
  out_ += fmt::format(R"(<circle cx="{}" cy="{}" r="{}" {}{})", coordinate(x), coordinate(y), coordinate(radius),
                      attributes, closed("circle", tooltip));
  return *this;
}

Svg& Svg::path(std::string_view d, std::string_view attributes, std::string_view tooltip) {
  if (!d.empty()) out_ += fmt::format(R"(<path d="{}" {}{})", d, attributes, closed("path", tooltip));
  return *this;
}

Svg& Svg::text(double x, double y, std::string_view text, std::string_view anchor, std::string_view attributes) {
  out_ += fmt::format(R"(<text x="{}" y="{}")", coordinate(x), coordinate(y));
  if (anchor != "start") out_ += fmt::format(R"( text-anchor="{}")", anchor);
  if (!attributes.empty()) out_ += fmt::format(" {}", attributes);
  out_ += fmt::format(">{}</text>", escape(text));
  return *this;
}

Svg& Svg::raw(std::string_view elements) {
  out_ += elements;
  return *this;
}

std::string Svg::str() const {
  return out_ + "</svg>";
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside a UTF-8 sequence
    if (c == ' ' || c == '.' || c == ',' || c == 'i' || c == 'l' || c == 'j' || c == '|' || c == '\'') width += 0.30;
    else if (c == 'm' || c == 'w' || c == 'M' || c == 'W') width += 0.84;
    else if (c >= 'A' && c <= 'Z') width += 0.66;
    else if (c >= '0' && c <= '9') width += 0.63;
    else width += 0.57;
  }
  return width * font_size;
}

std::string fitted(std::string_view text, double width, double font_size) {
  if (text_width(text, font_size) <= width) return std::string(text);
  std::string out(text);
  while (!out.empty() && text_width(out, font_size) + 0.8 * font_size > width) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty()) out.pop_back();
  }
  return out + "…";
}

double Scale::operator()(double value) const {
  const double t = log ? std::log(value / lo) / std::log(hi / lo) : (value - lo) / (hi - lo);
  return from + t * (to - from);
}

bool Scale::shows(double value) const {
  return std::isfinite(value) && (!log || value > 0);
}

std::vector<double> ticks(double lo, double hi, int wanted, bool integers) {
  std::vector<double> out;
  if (!std::isfinite(lo) || !std::isfinite(hi) || !(hi > lo) || wanted < 1) return out;
  const double raw = (hi / wanted) - (lo / wanted);  // hi - lo may overflow
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10.0 * power;
  for (const double m : {1.0, 2.0, 2.5, 5.0})
    if (m * power >= raw * 0.999) {
      step = m * power;
      break;
    }
  if (integers) step = std::max(1.0, step == 2.5 ? 5.0 : std::round(step));
  if (!(step > 0) || !std::isfinite(step)) return out;
  const double first = std::ceil(lo / step - 1e-9), last = std::floor(hi / step + 1e-9);
  if (!(last - first < 1000)) return out;  // range below the spacing of doubles
  for (double k = first; k <= last; k += 1.0) out.push_back(k == 0 ? 0.0 : k * step);
  return out;
}

std::vector<double> log_ticks(double lo, double hi, int wanted) {
  std::vector<double> out;
  if (!(lo > 0) || !std::isfinite(hi) || !(hi > lo)) return out;
  const int first = static_cast<int>(std::ceil(std::log10(lo) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(hi) + 1e-9));
  const int stride = std::max(1, static_cast<int>(std::ceil((last - first + 1.0) / std::max(wanted, 1))));
  for (int e = first; e <= last; ++e)
    if ((e % stride + stride) % stride == 0) out.push_back(std::pow(10.0, e));
  if (last - first + 1 <= 2) {  // short range: 1, 2, 5
    out.clear();
    for (int e = first - 1; e <= last; ++e)
      for (const double m : {1.0, 2.0, 5.0}) {
        const double v = m * std::pow(10.0, e);
        if (v >= lo * (1 - 1e-9) && v <= hi * (1 + 1e-9)) out.push_back(v);
      }
  }
  return out;
}

std::string marker(LegendEntry::Mark mark, double x, double y, double r, std::string_view attributes,
                   std::string_view tooltip) {
  using Mark = LegendEntry::Mark;
  const auto polygon = [&](std::initializer_list<std::pair<double, double>> points) {
    std::string d;
    for (const auto& [dx, dy] : points)
      d += fmt::format("{}{} {}", d.empty() ? "M" : "L", coordinate(x + dx * r), coordinate(y + dy * r));
    return fmt::format(R"(<path d="{}Z" {}{})", d, attributes, closed("path", tooltip));
  };
  switch (mark) {
    case Mark::diamond:
      return polygon({{0, -1.25}, {1.25, 0}, {0, 1.25}, {-1.25, 0}});
    case Mark::triangle:
      return polygon({{0, -1.15}, {1.1, 0.85}, {-1.1, 0.85}});
    case Mark::square:
      return polygon({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
    case Mark::star:
      return polygon(
          {{0, -1.3}, {0.35, -0.35}, {1.3, 0}, {0.35, 0.35}, {0, 1.3}, {-0.35, 0.35}, {-1.3, 0}, {-0.35, -0.35}});
    default:
      return fmt::format(R"(<circle cx="{}" cy="{}" r="{}" {}{})", coordinate(x), coordinate(y), coordinate(r),
                         attributes, closed("circle", tooltip));
  }
}

namespace {
constexpr double legend_line = 20.0, legend_swatch = 18.0, legend_gap = 18.0;
}

double legend_height(const std::vector<LegendEntry>& entries, double width) {
  if (entries.empty()) return 0;
  double x = 0;
  int lines = 1;
  for (const LegendEntry& e : entries) {
    const double w = legend_swatch + text_width(e.name) + legend_gap;
    if (x > 0 && x + w - legend_gap > width) x = 0, ++lines;
    x += w;
  }
  return legend_line * lines;
}

void draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double x0, double y0, double width) {
  using Mark = LegendEntry::Mark;
  double x = 0, y = y0 + 10;
  for (const LegendEntry& e : entries) {
    const double w = legend_swatch + text_width(e.name) + legend_gap;
    if (x > 0 && x + w - legend_gap > width) x = 0, y += legend_line;
    const double left = x0 + x;
    const std::string fill = fmt::format(R"(fill="{}")", e.colour);
    if (e.mark == Mark::box) svg.rect(left, y - 5.5, 11, 11, fill + R"( rx="2")");
    else if (e.mark == Mark::line || e.mark == Mark::dashes)
      svg.line(left - 1, y, left + 13, y,
               fmt::format(R"(stroke="{}" stroke-width="2.5"{})", e.colour,
                           e.mark == Mark::dashes ? R"( stroke-dasharray="5 3")" : ""));
    else svg.raw(marker(e.mark, left + 6, y, 5, fill, {}));
    svg.text(left + legend_swatch, y + 4, e.name, "start", R"(class="k")");
    x += w;
  }
}

}  // namespace wattstein::report
