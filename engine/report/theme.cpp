#include "engine/report/theme.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <span>
#include <utility>

namespace wattstein::report {
namespace {

struct Oklab {
  double l, a, b;
};

// OKLab -> linear sRGB -> sRGB (Ottosson 2020).
std::string hex_of(const Oklab& c) {
  const double l = std::pow(c.l + 0.3963377774 * c.a + 0.2158037573 * c.b, 3);
  const double m = std::pow(c.l - 0.1055613458 * c.a - 0.0638541728 * c.b, 3);
  const double s = std::pow(c.l - 0.0894841775 * c.a - 1.2914855480 * c.b, 3);
  const std::array<double, 3> linear{4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                                     -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                                     -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
  std::array<int, 3> rgb{};
  for (std::size_t k = 0; k < 3; ++k) {
    const double v = std::clamp(linear[k], 0.0, 1.0);
    const double gamma = v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1.0 / 2.4) - 0.055;
    rgb[k] = static_cast<int>(std::lround(255.0 * gamma));
  }
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

struct Stop {
  double t, lightness, chroma, hue_degrees;
};

std::string between(double t, std::span<const Stop> stops) {
  if (!(t > 0.0)) t = 0.0;  // NaN too
  t = std::min(t, 1.0);
  t = std::round(t * 100.0) / 100.0;  // few distinct colours: smaller files
  std::size_t k = 1;
  while (k + 1 < stops.size() && t > stops[k].t) ++k;
  const auto lab = [](const Stop& s) {
    const double hue = s.hue_degrees * 3.14159265358979323846 / 180.0;
    return Oklab{s.lightness, s.chroma * std::cos(hue), s.chroma * std::sin(hue)};
  };
  const Oklab p = lab(stops[k - 1]), q = lab(stops[k]);
  const double w = (t - stops[k - 1].t) / (stops[k].t - stops[k - 1].t);
  return hex_of({p.l + w * (q.l - p.l), p.a + w * (q.a - p.a), p.b + w * (q.b - p.b)});
}

}  // namespace

std::string series_colour(int index) {
  return fmt::format("var(--c{})", ((index % palette_size) + palette_size) % palette_size);
}

int technology_colour(std::string_view name, int otherwise) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  static constexpr std::pair<std::string_view, int> words[] = {
      {"gas_unit", 1}, {"coal", 11},  {"lignite", 8},  {"diesel", 8}, {"oil", 8},  {"nuclear", 5}, {"hydro", 0},
      {"wind", 10},    {"solar", 6},  {"pv", 6},       {"bio", 2},    {"chp", 3},  {"geo", 3},     {"storage", 9},
      {"battery", 9},  {"import", 7}, {"exchange", 7}, {"gas", 1},    {"ccgt", 1}, {"steam", 8}};
  for (const auto& [word, colour] : words)
    if (lower.find(word) != std::string::npos) return colour;
  return otherwise;
}

std::string ramp_colour(double t) {
  static constexpr Stop stops[] = {{0.0, 0.28, 0.11, 285.0},
                                   {0.3, 0.47, 0.11, 255.0},
                                   {0.55, 0.63, 0.10, 200.0},
                                   {0.8, 0.79, 0.15, 145.0},
                                   {1.0, 0.92, 0.17, 105.0}};
  return between(t, stops);
}

std::string loading_colour(double t) {
  static constexpr Stop stops[] = {
      {0.0, 0.72, 0.01, 250.0}, {0.5, 0.72, 0.06, 80.0}, {0.8, 0.72, 0.15, 62.0}, {1.0, 0.58, 0.21, 28.0}};
  return between(t, stops);
}

std::string_view picture_css() {
  return R"css(
:root{--surface:#fff;--page:#f5f6f8;--ink:#1d2430;--muted:#5d6675;--grid:#e6e9ee;--axis:#aab1bd;--pos:#0072b2;--neg:#d55e00;
--c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#56b4e9;--c5:#b5659d;--c6:#e3cd1a;--c7:#9aa1ac;--c8:#7f5539;--c9:#5a5dbb;--c10:#35aea6;--c11:#474d57;
--good:#0a7d55;--warning:#9a6700;--bad:#c0341d;--accent:#0b62a8}
@media (prefers-color-scheme:dark){:root{--surface:#171b22;--page:#0e1116;--ink:#e6eaf0;--muted:#98a2b1;--grid:#2a303a;--axis:#56606f;--pos:#4a9fe0;--neg:#f07f4a;
--c0:#4a9fe0;--c1:#f0b13a;--c2:#2dbe92;--c3:#f07f4a;--c4:#8ccbf2;--c5:#d78fbf;--c6:#f2e25a;--c7:#7d8694;--c8:#b98b68;--c9:#8f93ea;--c10:#5fd0c9;--c11:#c3c9d2;
--good:#3ecf97;--warning:#e0a93b;--bad:#ff7a62;--accent:#6cb6ff}}
@media print{:root{--surface:#fff;--page:#fff;--ink:#000;--muted:#444;--grid:#ddd;--axis:#888}}
svg.w{display:block;width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
svg.w text{fill:var(--muted);font-size:12px}
svg.w text.k{fill:var(--ink)}
svg.w text.b{fill:var(--ink);font-weight:600}
svg.w text.s{font-size:10.5px;paint-order:stroke;stroke:var(--surface);stroke-width:3px;stroke-linejoin:round}
svg.w .g{stroke:var(--grid);stroke-width:1}
svg.w .a{stroke:var(--axis);stroke-width:1}
svg.w .n{fill:none}
svg.w .h:hover{stroke:var(--ink);stroke-width:1.5}
)css";
}

}  // namespace wattstein::report
