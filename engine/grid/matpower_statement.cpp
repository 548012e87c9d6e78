#include "engine/grid/matpower_statement.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

namespace wattstein::grid {
namespace {

struct NotUnderstood {};  // leaves the recursive descent; never leaves this file

// Order of idx_bus and idx_brch (MATPOWER). A file that names them in another order would mean other columns.
constexpr std::array<std::string_view, 21> bus_names = {
    "PQ", "PV", "REF",     "NONE", "BUS_I", "BUS_TYPE", "PD",    "QD",    "GS",      "BS",     "BUS_AREA",
    "VM", "VA", "BASE_KV", "ZONE", "VMAX",  "VMIN",     "LAM_P", "LAM_Q", "MU_VMAX", "MU_VMIN"};
constexpr std::array<std::string_view, 21> branch_names = {
    "F_BUS", "T_BUS", "BR_R", "BR_X", "BR_B",  "RATE_A", "RATE_B", "RATE_C", "TAP",       "SHIFT",    "BR_STATUS",
    "PF",    "QF",    "PT",   "QT",   "MU_SF", "MU_ST",  "ANGMIN", "ANGMAX", "MU_ANGMIN", "MU_ANGMAX"};

/// Left to right through one statement. White space separates, nothing else.
class Parser {
 public:
  Parser(std::string_view text, const MatpowerCase& network, const std::map<std::string, double>& variables)
      : text_(text), network_(network), variables_(variables) {}

  bool at_end() {
    skip_space();
    return at_ >= text_.size();
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) throw NotUnderstood{};
  }
  std::string name() {
    skip_space();
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    if (at_ == start || std::isdigit(static_cast<unsigned char>(text_[start]))) throw NotUnderstood{};
    return std::string(text_.substr(start, at_ - start));
  }
  /// [A, B] or [A B] or A
  std::vector<std::string> names() {
    if (!take('[')) return {name()};
    std::vector<std::string> out;
    while (!take(']')) {
      if (!out.empty()) take(',');
      out.push_back(name());
    }
    return out;
  }

  // sum := product (± product)*; product := power (*|/ power)*; power := unary (^ unary)*
  double sum() {
    double value = product();
    for (;;) {
      if (take('+')) value += product();
      else if (take('-')) value -= product();
      else return value;
    }
  }
  double product() {
    double value = power();
    for (;;) {
      if (take('*')) value *= power();
      else if (take('/')) value /= power();
      else return value;
    }
  }
  /// Scales a column by the chain "* a / b …" from left to right, as MATLAB does.
  void scale(std::span<double> column) {
    for (;;) {
      if (take('*')) {
        const double factor = power();
        for (double& value : column) value *= factor;
      } else if (take('/')) {
        const double divisor = power();
        for (double& value : column) value /= divisor;
      } else {
        return;
      }
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  double power() {
    double value = primary();
    while (take('^')) value = std::pow(value, primary());
    return value;
  }
  double primary() {
    if (take('(')) {
      const double value = sum();
      expect(')');
      return value;
    }
    skip_space();
    if (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.')) {
      double value = 0.0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      if (error != std::errc{}) throw NotUnderstood{};
      at_ = static_cast<std::size_t>(end - text_.data());
      return value;
    }
    const std::string word = name();
    if (word == "mpc") return case_value();
    if (word == "sin" || word == "cos" || word == "acos" || word == "asin" || word == "sqrt") {
      expect('(');
      const double argument = sum();
      expect(')');
      return word == "sin"    ? std::sin(argument)
             : word == "cos"  ? std::cos(argument)
             : word == "acos" ? std::acos(argument)
             : word == "asin" ? std::asin(argument)
                              : std::sqrt(argument);
    }
    const auto found = variables_.find(word);
    if (found == variables_.end()) throw NotUnderstood{};
    return found->second;
  }
  /// mpc.baseMVA or mpc.bus(1, BASE_KV)
  double case_value() {
    expect('.');
    const std::string field = name();
    if (field == "baseMVA") {
      if (!(network_.base_mva > 0.0)) throw NotUnderstood{};
      return network_.base_mva;
    }
    if (field != "bus") throw NotUnderstood{};
    expect('(');
    expect('1');
    expect(',');
    if (name() != "BASE_KV" || network_.buses.empty()) throw NotUnderstood{};
    expect(')');
    return network_.buses.front().base_kv;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  const MatpowerCase& network_;
  const std::map<std::string, double>& variables_;
};

/// The columns that conversions may touch.
enum class Column { bus_p, bus_q, branch_r, branch_x };

Column column_of(const std::string& table, const std::string& name) {
  if (table == "bus" && name == "PD") return Column::bus_p;
  if (table == "bus" && name == "QD") return Column::bus_q;
  if (table == "branch" && name == "BR_R") return Column::branch_r;
  if (table == "branch" && name == "BR_X") return Column::branch_x;
  throw NotUnderstood{};
}

template <class Case, class Visit>
void each_entry(Case& network, Column column, Visit&& visit) {
  if (column == Column::bus_p)
    for (auto& bus : network.buses) visit(bus.p_mw);
  else if (column == Column::bus_q)
    for (auto& bus : network.buses) visit(bus.q_mvar);
  else if (column == Column::branch_r)
    for (auto& branch : network.branches) visit(branch.r_pu);
  else
    for (auto& branch : network.branches) visit(branch.x_pu);
}

std::vector<Column> columns_after_mpc(Parser& parser) {
  parser.expect('.');
  const std::string table = parser.name();
  parser.expect('(');
  parser.expect(':');
  parser.expect(',');
  std::vector<Column> columns;
  for (const std::string& name : parser.names()) columns.push_back(column_of(table, name));
  parser.expect(')');
  return columns;
}

bool on_branches(Column column) {
  return column == Column::branch_r || column == Column::branch_x;
}

/// mpc.TABLE(:, COLUMNS) = mpc.TABLE(:, COLUMNS) * a / b
void convert_columns(Parser& parser, MatpowerCase& network) {
  const std::vector<Column> targets = columns_after_mpc(parser);
  parser.expect('=');
  if (parser.name() != "mpc") throw NotUnderstood{};
  const std::vector<Column> sources = columns_after_mpc(parser);
  if (targets.size() != sources.size() || targets.empty() || on_branches(targets[0]) != on_branches(sources[0])) {
    throw NotUnderstood{};
  }
  std::vector<double> values;  // the sources below one another
  for (Column source : sources) each_entry(network, source, [&](double value) { values.push_back(value); });
  if (values.empty()) throw NotUnderstood{};  // before its table
  parser.scale(values);
  if (!parser.at_end()) throw NotUnderstood{};
  std::size_t next = 0;
  for (Column target : targets) each_entry(network, target, [&](double& value) { value = values[next++]; });
}

/// [PQ, PV, …] = idx_bus: only names columns, and must name the ones we know.
void check_names(Parser& parser) {
  const std::vector<std::string> given = parser.names();
  parser.expect('=');
  const std::string function = parser.name();
  if (!parser.at_end() || (function != "idx_bus" && function != "idx_brch")) throw NotUnderstood{};
  const auto& known = function == "idx_bus" ? bus_names : branch_names;
  if (given.size() > known.size() || !std::equal(given.begin(), given.end(), known.begin())) throw NotUnderstood{};
}

}  // namespace

bool apply_statement(std::string_view statement, MatpowerCase& network, std::map<std::string, double>& variables) {
  try {
    Parser parser(statement, network, variables);
    if (statement.starts_with('[')) {
      check_names(parser);
      return true;
    }
    const std::string word = parser.name();
    if (word == "mpc") {
      convert_columns(parser, network);
      return true;
    }
    parser.expect('=');
    const double value = parser.sum();
    if (!parser.at_end() || !std::isfinite(value)) return false;
    variables[word] = value;
    return true;
  } catch (const NotUnderstood&) {
    return false;
  }
}

}  // namespace wattstein::grid
