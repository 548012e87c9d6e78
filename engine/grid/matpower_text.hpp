#pragma once
// MATLAB source text as statements: comments gone, continued lines joined, every character still knowing its line.

#include <string>
#include <string_view>
#include <vector>

namespace wattstein::grid {

/// One statement, e.g. "mpc.baseMVA = 100" or a whole table with its rows. Line ends inside brackets are kept as '\n'.
struct MatlabStatement {
  std::string text;
  std::vector<int> lines;  // (text.size()) line of each character, from 1

  int first_line() const { return lines.empty() ? 0 : lines.front(); }
};

/// Splits a file at ';', ',' and line ends outside brackets. `name` starts the messages.
/// Errors: an unclosed bracket, text or block comment; a bracket that closes another kind.
std::vector<MatlabStatement> split_statements(std::string_view source, const std::string& name);

/// The statement on one line, at most 80 characters of it: for messages that quote it.
std::string quote_statement(std::string_view text);

}  // namespace wattstein::grid
