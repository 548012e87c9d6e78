#pragma once
// Short ways to write option records, so that a table of keys reads like a table.

#include "engine/options/option.hpp"

namespace wattstein::engine::records {

using options::Kind;
using options::Option;

inline constexpr double any = std::numeric_limits<double>::infinity();
inline constexpr double largest_mw = 1e9;  // finite, so that every variable has finite bounds

/// A number with a default.
constexpr Option number(std::string_view key, std::string_view fallback, std::string_view unit,
                        std::string_view meaning, double minimum = -any, double maximum = any) {
  return {.key = key,
          .kind = Kind::number,
          .fallback = fallback,
          .unit = unit,
          .meaning = meaning,
          .minimum = minimum,
          .maximum = maximum};
}
/// A number that has to be given.
constexpr Option needed(std::string_view key, std::string_view unit, std::string_view meaning, double minimum = -any,
                        double maximum = any) {
  return {.key = key,
          .kind = Kind::number,
          .fallback = "",
          .unit = unit,
          .meaning = meaning,
          .minimum = minimum,
          .maximum = maximum};
}
/// A number that may be absent; the meaning says what holds then.
constexpr Option maybe(std::string_view key, std::string_view unit, std::string_view meaning, double minimum = -any,
                       double maximum = any) {
  return {.key = key,
          .kind = Kind::number,
          .fallback = "",
          .unit = unit,
          .meaning = meaning,
          .minimum = minimum,
          .maximum = maximum,
          .optional = true};
}
/// Any kind, with a default; an empty one: required unless `optional`.
constexpr Option of(Kind kind, std::string_view key, std::string_view fallback, std::string_view unit,
                    std::string_view meaning, bool optional = false) {
  return {.key = key, .kind = kind, .fallback = fallback, .unit = unit, .meaning = meaning, .optional = optional};
}
/// A profile (number, list or "file.csv:column") with a range.
constexpr Option profile(std::string_view key, std::string_view fallback, std::string_view unit,
                         std::string_view meaning, double minimum = -any, double maximum = any) {
  return {.key = key,
          .kind = Kind::profile,
          .fallback = fallback,
          .unit = unit,
          .meaning = meaning,
          .minimum = minimum,
          .maximum = maximum};
}
constexpr Option choice(std::string_view key, std::string_view fallback, std::string_view meaning,
                        std::string_view choices) {
  return {.key = key, .kind = Kind::choice, .fallback = fallback, .unit = "-", .meaning = meaning, .choices = choices};
}
constexpr Option integer(std::string_view key, std::string_view fallback, std::string_view unit,
                         std::string_view meaning, double minimum, double maximum = 1e9) {
  return {.key = key,
          .kind = Kind::integer,
          .fallback = fallback,
          .unit = unit,
          .meaning = meaning,
          .minimum = minimum,
          .maximum = maximum};
}

}  // namespace wattstein::engine::records
