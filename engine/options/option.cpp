#include "engine/options/option.hpp"

#include <fmt/format.h>

#include <cmath>

namespace wattstein::options {
namespace {

std::string range_of(const Option& option) {
  std::string words;
  if (!option.choices.empty())
    for (const auto& word : split_choices(option.choices)) words += (words.empty() ? "" : " / ") + word;
  const bool low = std::isfinite(option.minimum);
  const bool high = std::isfinite(option.maximum);
  std::string numbers;
  if (low && high) numbers = fmt::format("{:g} .. {:g}", option.minimum, option.maximum);
  if (low && !high) numbers = fmt::format(">= {:g}", option.minimum);
  if (!low && high) numbers = fmt::format("<= {:g}", option.maximum);
  if (option.kind == Kind::boolean) numbers = "true / false";
  if (words.empty()) return numbers;
  return numbers.empty() ? words : words + ", or " + numbers;
}

}  // namespace

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> words;
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    words.emplace_back(choices.substr(0, bar));
    if (bar == std::string_view::npos) break;
    choices.remove_prefix(bar + 1);
  }
  return words;
}

const Option* find(std::span<const Option> options, std::string_view key) {
  for (const auto& option : options)
    if (option.key == key) return &option;
  return nullptr;
}

std::string known_keys(std::span<const Option> options) {
  std::string text;
  for (const auto& option : options) text += fmt::format("{}{}", text.empty() ? "" : ", ", option.key);
  return text;
}

std::string describe(std::span<const Section> sections) {
  std::string text;
  for (const auto& section : sections) {
    text += fmt::format("## [{}]\n{}\n\n| key | meaning | unit | default | range |\n|---|---|---|---|---|\n",
                        section.name, section.meaning);
    for (const auto& option : section.options) {
      const std::string fallback = !option.fallback.empty() ? std::string(option.fallback)
                                   : option.optional        ? "(absent)"
                                                            : "(required)";
      text += fmt::format("| `{}` | {} | {} | `{}` | {} |\n", option.key, option.meaning, option.unit, fallback,
                          range_of(option));
    }
    text += "\n";
  }
  return text;
}

}  // namespace wattstein::options
