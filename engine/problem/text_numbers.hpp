#pragma once
// Numbers and words of line-based model files. Included by engine/problem only.

#include <charconv>
#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error/error.hpp"

namespace wattstein::engine {

/// Where a reader stands, for messages.
struct LinePlace {
  const std::filesystem::path& file;
  int line = 0;

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error("{}, line {}: {}", file.string(), line, fmt::format(format, std::forward<Args>(args)...));
  }
};

inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Blank-separated words of a line.
inline void split_words(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && is_blank(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    if (at > begin) words.push_back(line.substr(begin, at - begin));
  }
}

/// True and the value when the whole word is a number: "12", "+1.5", "-3.D2", "inf"; no NaN.
inline bool to_number(std::string_view word, double& value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  std::string copy;
  if (word.find_first_of("dD") != std::string_view::npos &&
      word.find_first_of("iIxX") == std::string_view::npos) {  // Fortran's exponent
    copy = std::string(word);
    for (char& c : copy)
      if (c == 'd' || c == 'D') c = 'e';
    word = copy;
  }
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (failure == std::errc::result_out_of_range && end == word.data() + word.size()) {  // 1e-400 is 0, 1e400 no number
    const auto exponent = word.find_first_of("eE");
    if (exponent == std::string_view::npos || exponent + 1 >= word.size() || word[exponent + 1] != '-') return false;
    value = 0.0;
    return true;
  }
  return failure == std::errc{} && end == word.data() + word.size() && !word.empty() && !std::isnan(value);
}

}  // namespace wattstein::engine
