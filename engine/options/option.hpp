#pragma once
// Settings as records. Reading a study file, `--set`, `wattstein options` and the settings page all come from
// these records; a reader never spells a default or a range a second time.

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::options {

enum class Kind { number, integer, boolean, text, choice, profile, numbers, texts, path };

/// One setting. `fallback` is the default in TOML spelling ("" = required unless `optional`).
struct Option {
  std::string_view key;  // within its table, e.g. "tolerance"
  Kind kind = Kind::number;
  std::string_view fallback;                                  // TOML literal: "1e-4", "true", "\"auto\"", "[]"
  std::string_view unit;                                      // "MW", "$/MWh", "-"
  std::string_view meaning;                                   // one sentence
  double minimum = -std::numeric_limits<double>::infinity();  // numbers and integers: closed range
  double maximum = std::numeric_limits<double>::infinity();
  std::string_view choices = {};  // choice: "auto|pdhg|admm|ipm"; a number may also accept these words
  bool optional = false;          // may be absent without a default (the code decides)
};

/// A table of a study file or an array of tables, e.g. "solver" or "transmission.unit".
struct Section {
  std::string_view name;
  std::string_view meaning;
  std::span<const Option> options;
};

/// "auto|pdhg" -> {"auto", "pdhg"}
std::vector<std::string> split_choices(std::string_view choices);

/// The record with this key, or nullptr.
const Option* find(std::span<const Option> options, std::string_view key);

/// "a, b, c": for messages that list what would have been known.
std::string known_keys(std::span<const Option> options);

/// Markdown of all sections: key, meaning, unit, default, range. What `wattstein options` prints.
std::string describe(std::span<const Section> sections);

}  // namespace wattstein::options
