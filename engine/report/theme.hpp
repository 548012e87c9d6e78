#pragma once
// Colours, shared by every picture: CSS variables with a light and a dark value, and a sequential ramp.

#include <string>
#include <string_view>

namespace wattstein::report {

/// The style rules that pictures need (variables, text classes); inside the page's <style> and inside every exported
/// .svg.
std::string_view picture_css();
/// The style rules of the page around them.
std::string_view page_css();

inline constexpr int palette_size = 12;
/// "var(--c3)": a colour of the palette, safe for the colour-blind in the order given; wraps around.
std::string series_colour(int index);
/// Palette index for a technology by its name ("gas_10" -> gas, "wind_4" -> wind, "pv2" -> solar), or `otherwise`.
int technology_colour(std::string_view name, int otherwise);

/// "#rrggbb" of the sequential ramp, t in [0, 1] (outside is cut): dark indigo over teal to yellow, equal steps of
/// lightness (interpolated in OKLab), so it also reads in grey and with any colour blindness.
std::string ramp_colour(double t);
/// Grey over orange to red, for loading of lines: t = 1 is the limit.
std::string loading_colour(double t);

}  // namespace wattstein::report
