#include "engine/grid/matpower_text.hpp"

#include <cctype>

#include "engine/error/error.hpp"

namespace wattstein::grid {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (is_space(s.front()) || s.front() == '\n')) s.remove_prefix(1);
  while (!s.empty() && (is_space(s.back()) || s.back() == '\n')) s.remove_suffix(1);
  return s;
}

/// After a name, a number or a closing bracket an apostrophe transposes; elsewhere it opens a text.
bool opens_text(std::string_view line, std::size_t at) {
  if (line[at] == '"') return true;
  if (at == 0) return true;
  const char before = line[at - 1];
  return !(std::isalnum(static_cast<unsigned char>(before)) || before == '_' || before == ')' || before == ']' ||
           before == '}' || before == '\'' || before == '.');
}

/// Position behind the text that opens at `at`; npos when it does not end on this line.
std::size_t skip_text(std::string_view line, std::size_t at) {
  const char quote = line[at];
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (line[i] != quote) continue;
    if (i + 1 < line.size() && line[i + 1] == quote) {
      ++i;  // a doubled quote stands for one
      continue;
    }
    return i + 1;
  }
  return std::string_view::npos;
}

/// The part of a line that MATLAB executes; `continues` tells whether "..." joins the next line to it.
std::string_view executed_part(std::string_view line, bool& continues, const std::string& where) {
  continues = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '%') return line.substr(0, i);
    if (line.substr(i, 3) == "...") {
      continues = true;
      return line.substr(0, i);
    }
    if ((line[i] == '\'' || line[i] == '"') && opens_text(line, i)) {
      const std::size_t end = skip_text(line, i);
      if (end == std::string_view::npos)
        throw Error("{}: a quoted text is not closed: '{}'", where, quote_statement(line));
      i = end - 1;
    }
  }
  return line;
}

/// The whole file without comments.
MatlabStatement executed_text(std::string_view source, const std::string& name) {
  MatlabStatement clean;
  clean.text.reserve(source.size());
  clean.lines.reserve(source.size());
  int line_number = 0, block_depth = 0, block_line = 0;
  while (!source.empty()) {
    const std::size_t end = source.find('\n');
    const std::string_view line = source.substr(0, end);
    source.remove_prefix(end == std::string_view::npos ? source.size() : end + 1);
    ++line_number;
    const std::string_view bare = trim(line);
    if (bare == "%{") {  // block comments may be nested
      if (block_depth++ == 0) block_line = line_number;
      continue;
    }
    if (block_depth > 0) {
      if (bare == "%}") --block_depth;
      continue;
    }
    bool continues = false;
    for (char c : executed_part(line, continues, name + ", line " + std::to_string(line_number))) {
      clean.text.push_back(c);
      clean.lines.push_back(line_number);
    }
    clean.text.push_back(continues ? ' ' : '\n');
    clean.lines.push_back(line_number);
  }
  if (block_depth > 0) throw Error("{}, line {}: the block comment %{{ is not closed", name, block_line);
  return clean;
}

char closing(char open) {
  return open == '(' ? ')' : open == '[' ? ']' : '}';
}

}  // namespace

std::string quote_statement(std::string_view text) {
  std::string out;
  for (char c : trim(text)) {
    const bool blank = is_space(c) || c == '\n';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    const bool printable = static_cast<unsigned char>(c) >= 32 && static_cast<unsigned char>(c) != 127;
    out.push_back(blank ? ' ' : printable ? c : '?');
    if (out.size() > 80) return out.substr(0, 77) + "...";
  }
  return out;
}

std::vector<MatlabStatement> split_statements(std::string_view source, const std::string& name) {
  const MatlabStatement clean = executed_text(source, name);
  const std::string_view text = clean.text;
  std::vector<MatlabStatement> statements;
  std::vector<std::size_t> open;  // positions of brackets that wait for their end
  std::size_t start = 0;
  const auto finish = [&](std::size_t end) {
    while (start < end && (is_space(text[start]) || text[start] == '\n')) ++start;
    std::size_t stop = end;
    while (stop > start && (is_space(text[stop - 1]) || text[stop - 1] == '\n')) --stop;
    if (stop > start) {
      statements.push_back({std::string(text.substr(start, stop - start)),
                            {clean.lines.begin() + static_cast<std::ptrdiff_t>(start),
                             clean.lines.begin() + static_cast<std::ptrdiff_t>(stop)}});
    }
    start = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '\'' || c == '"') && opens_text(text, i)) {
      const std::size_t end = skip_text(text, i);  // closed on its own line: executed_part has seen to it
      i = end == std::string_view::npos ? text.size() : end - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      open.push_back(i);
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || closing(text[open.back()]) != c) {
        throw Error("{}, line {}: '{}' closes nothing that was opened: '{}'", name, clean.lines[i], c,
                    quote_statement(text.substr(start, i + 1 - start)));
      }
      open.pop_back();
    } else if (open.empty() && (c == ';' || c == ',' || c == '\n')) {
      finish(i);
    }
  }
  if (!open.empty()) {
    throw Error("{}, line {}: '{}' is not closed before the end of the file: '{}'", name, clean.lines[open.front()],
                text[open.front()], quote_statement(text.substr(start)));
  }
  finish(text.size());
  return statements;
}

}  // namespace wattstein::grid
