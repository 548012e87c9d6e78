#pragma once
// Numbers and names as people read them. Non-finite numbers become "–" or "∞", never "nan".

#include <string>
#include <string_view>

namespace wattstein::report {

/// Text for HTML and SVG, in element bodies and in double-quoted attributes: & < > " ' are escaped, control characters
/// dropped, bytes that are no UTF-8 replaced by U+FFFD.
std::string escape(std::string_view text);

/// `digits` significant digits, thousands grouped: 1,702,575 · 12.35 · 0.0042 · 3.1×10⁻⁷.
std::string number(double value, int digits = 4);
/// number with its unit behind a no-break space; percent signs stand alone.
std::string with_unit(double value, std::string_view unit, int digits = 4);
/// $1,702,575 · −$42.10.
std::string money(double value);
/// 12 ms · 3.4 s · 2 min 5 s · 1 h 3 min.
std::string duration(double seconds);
/// 3.1×10⁻⁷ with `digits` significant digits.
std::string scientific(double value, int digits = 2);
/// Thousands of a written number grouped, a sign stays in front: "-1234567.25" -> "-1,234,567.25".
std::string grouped(std::string digits);
/// A count with thousands grouped.
std::string count(long long value);
/// Tick label for an axis whose ticks lie `step` apart: as many decimals as the step asks for.
std::string tick_label(double value, double step);

/// A coordinate in SVG: at most two decimals; NaN gives 0 and anything beyond ±100000 is cut there.
std::string coordinate(double value);

/// "gas_unit2" -> "gas unit 2", "wind_10" -> "wind 10": names from files as words.
std::string words(std::string_view name);

}  // namespace wattstein::report
