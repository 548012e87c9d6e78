#include "engine/grid/matpower.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/grid/matpower_statement.hpp"
#include "engine/grid/matpower_text.hpp"

namespace wattstein::grid {
namespace {

struct Row {
  std::vector<double> values;
  int line = 0;
};

bool separates(char c) {
  return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\f' || c == '\v';
}

/// "1.5", "-3", "1e3", ".5", "Inf", "-Inf"; anything else (NaN too) is refused by the caller.
bool parse_number(std::string_view word, double& value) {
  if (word.starts_with('+')) word.remove_prefix(1);
  if (word == "Inf" || word == "inf" || word == "-Inf" || word == "-inf") {
    value = word.starts_with('-') ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return true;
  }
  const std::string_view digits = word.starts_with('-') ? word.substr(1) : word;
  if (digits.empty() || !(digits[0] == '.' || (digits[0] >= '0' && digits[0] <= '9'))) return false;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc{} && end == word.data() + word.size();
}

class Reader {
 public:
  Reader(const std::filesystem::path& file) { case_.file = file; }

  MatpowerCase read(std::string_view text) {
    for (const MatlabStatement& statement : split_statements(text, name())) take(statement);
    check_whole();
    return std::move(case_);
  }

 private:
  std::string name() const { return case_.file.filename().string(); }

  void take(const MatlabStatement& statement) {
    const std::string_view text = statement.text;
    if (text.starts_with("function") && (text.size() == 8 || separates(text[8]))) return;
    if (text.starts_with("mpc.")) {
      std::size_t end = 4;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
      const std::string field(text.substr(4, end - 4));
      std::size_t value = end;
      while (value < text.size() && separates(text[value])) ++value;
      if (!field.empty() && value < text.size() && text[value] == '=') {
        ++value;
        while (value < text.size() && separates(text[value])) ++value;
        if (assign(field, statement, value)) return;
        refuse(statement);
      }
    }
    if (!apply_statement(text, case_, variables_)) refuse(statement);
  }

  [[noreturn]] void refuse(const MatlabStatement& statement) const {
    throw Error("{}: the statement '{}' is not understood (known: tables mpc.NAME = [...] and the unit conversions)",
                case_.where(statement.first_line()), quote_statement(statement.text));
  }

  /// mpc.<field> = … from character `at`. False: no form that is known.
  bool assign(const std::string& field, const MatlabStatement& statement, std::size_t at) {
    const std::string_view value = std::string_view(statement.text).substr(at);
    if (field == "version") return true;
    const bool table = value.size() >= 2 && value.front() == '[' && value.back() == ']' && closes_at_end(value);
    const bool cells = value.size() >= 2 && value.front() == '{' && value.back() == '}' && closes_at_end(value);
    const bool ours = field == "baseMVA" || field == "bus" || field == "gen" || field == "branch" || field == "gencost";
    if (!ours) return table || cells;  // bus names and the like carry nothing that is needed here
    if (field == "baseMVA" ? table || cells : !table) return false;
    if (!given_.insert(field).second) {
      throw Error("{}: mpc.{} is given a second time", case_.where(statement.first_line()), field);
    }
    if (field == "baseMVA") {
      if (!parse_number(value, case_.base_mva)) return false;
      if (!(case_.base_mva > 0.0) || !std::isfinite(case_.base_mva)) {
        throw Error("{}: mpc.baseMVA is {}, expected a positive number of MVA", case_.where(statement.first_line()),
                    value);
      }
      return true;
    }
    const std::vector<Row> rows = rows_of(field, statement, at);
    if (field == "bus") read_buses(rows);
    if (field == "gen") read_units(rows);
    if (field == "branch") read_branches(rows);
    if (field == "gencost") read_costs(rows);
    return true;
  }

  /// The bracket that opens first closes last: "[1 2]" but not "[1] * [2]".
  static bool closes_at_end(std::string_view value) {
    int depth = 0;
    char quote = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const char c = value[i];
      if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[' || c == '{' || c == '(') {
        ++depth;
      } else if (c == ']' || c == '}' || c == ')') {
        if (--depth == 0) return i + 1 == value.size();
      }
    }
    return false;
  }

  std::vector<Row> rows_of(const std::string& table, const MatlabStatement& statement, std::size_t at) const {
    std::vector<Row> rows;
    Row row;
    const std::string_view text = statement.text;
    const auto finish = [&] {
      if (!row.values.empty()) rows.push_back(std::move(row));
      row = {};
    };
    for (std::size_t i = at + 1; i + 1 < text.size();) {
      if (text[i] == ';' || text[i] == '\n') {
        finish();
        ++i;
      } else if (separates(text[i])) {
        ++i;
      } else {
        std::size_t end = i;
        while (end + 1 < text.size() && text[end] != ';' && text[end] != '\n' && !separates(text[end])) ++end;
        double value = 0.0;
        if (!parse_number(text.substr(i, end - i), value)) {
          throw Error("{}: '{}' in table mpc.{} is not a number", case_.where(statement.lines[i]),
                      quote_statement(text.substr(i, end - i)), table);
        }
        if (row.values.empty()) row.line = statement.lines[i];
        row.values.push_back(value);
        i = end;
      }
    }
    finish();
    for (const Row& each : rows) {
      if (each.values.size() != rows[0].values.size()) {
        throw Error("{}: a row of mpc.{} has {} columns, the first row has {}", case_.where(each.line), table,
                    each.values.size(), rows[0].values.size());
      }
    }
    return rows;
  }

  void check_columns(const std::vector<Row>& rows, std::string_view table, std::size_t least, std::size_t most) const {
    if (rows.empty()) return;
    const std::size_t columns = rows[0].values.size();
    if (columns < least || columns > most) {
      throw Error("{}: mpc.{} has {} columns, expected {} to {}", case_.where(rows[0].line), table, columns, least,
                  most);
    }
  }

  /// Everything but the named columns (limits) must be finite.
  void check_finite(const Row& row, std::string_view table, std::initializer_list<std::size_t> limits) const {
    for (std::size_t c = 0; c < row.values.size(); ++c) {
      bool limit = false;
      for (std::size_t k : limits) limit = limit || k == c;
      if (!limit && !std::isfinite(row.values[c])) {
        throw Error("{}: column {} of mpc.{} is {}, expected a finite number", case_.where(row.line), c + 1, table,
                    row.values[c]);
      }
    }
  }

  int whole(const Row& row, std::size_t column, std::string_view table) const {
    const double value = row.values[column];
    if (!(std::fabs(value) < 2e9) || value != std::floor(value)) {
      throw Error("{}: column {} of mpc.{} is {}, expected a whole number", case_.where(row.line), column + 1, table,
                  value);
    }
    return static_cast<int>(value);
  }

  void read_buses(const std::vector<Row>& rows) {
    check_columns(rows, "bus", 13, 17);
    for (const Row& row : rows) {
      check_finite(row, "bus", {11, 12, 13, 14, 15, 16});
      const auto& v = row.values;
      MatpowerBus bus;
      bus.number = whole(row, 0, "bus");
      const int type = whole(row, 1, "bus");
      if (bus.number < 1) throw Error("{}: bus number {} is not positive", case_.where(row.line), bus.number);
      if (type < 1 || type > 4)
        throw Error("{}: bus {} has type {}, expected 1 to 4", case_.where(row.line), bus.number, type);
      bus.type = static_cast<BusType>(type);
      bus.p_mw = v[2], bus.q_mvar = v[3], bus.shunt_g_mw = v[4], bus.shunt_b_mvar = v[5];
      bus.area = whole(row, 6, "bus");
      bus.vm_pu = v[7], bus.va_deg = v[8], bus.base_kv = v[9];
      bus.zone = whole(row, 10, "bus");
      bus.v_max_pu = v[11], bus.v_min_pu = v[12];
      bus.line = row.line;
      case_.buses.push_back(bus);
    }
  }

  void read_units(const std::vector<Row>& rows) {
    check_columns(rows, "gen", 10, 25);
    for (const Row& row : rows) {
      check_finite(row, "gen", {3, 4, 8, 9, 16, 17, 18, 19, 21, 22, 23, 24});
      const auto& v = row.values;
      MatpowerUnit unit;
      unit.bus = whole(row, 0, "gen");
      unit.p_mw = v[1], unit.q_mvar = v[2], unit.q_max_mvar = v[3], unit.q_min_mvar = v[4];
      unit.v_set_pu = v[5], unit.base_mva = v[6];
      unit.in_service = v[7] > 0.0;
      unit.p_max_mw = v[8], unit.p_min_mw = v[9];
      if (v.size() > 17) unit.ramp_10_mw = v[17];
      if (v.size() > 18) unit.ramp_30_mw = v[18];
      unit.line = row.line;
      case_.units.push_back(unit);
    }
  }

  void read_branches(const std::vector<Row>& rows) {
    check_columns(rows, "branch", 13, 21);
    for (const Row& row : rows) {
      check_finite(row, "branch", {5, 6, 7, 11, 12, 17, 18, 19, 20});
      const auto& v = row.values;
      MatpowerBranch branch;
      branch.from = whole(row, 0, "branch"), branch.to = whole(row, 1, "branch");
      branch.r_pu = v[2], branch.x_pu = v[3], branch.b_pu = v[4];
      branch.rate_a_mva = v[5], branch.rate_b_mva = v[6], branch.rate_c_mva = v[7];
      branch.ratio = v[8], branch.shift_deg = v[9];
      branch.in_service = v[10] != 0.0;
      branch.angle_min_deg = v[11], branch.angle_max_deg = v[12];
      branch.line = row.line;
      case_.branches.push_back(branch);
    }
  }

  void read_costs(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      check_finite(row, "gencost", {});
      if (row.values.size() < 5)
        throw Error("{}: a row of mpc.gencost has {} columns, expected at least 5", case_.where(row.line),
                    row.values.size());
      MatpowerCost cost;
      cost.model = whole(row, 0, "gencost");
      cost.startup = row.values[1], cost.shutdown = row.values[2];
      const int count = whole(row, 3, "gencost");
      if (cost.model != 1 && cost.model != 2)
        throw Error("{}: cost model {} of mpc.gencost, expected 1 or 2", case_.where(row.line), cost.model);
      const long needed = cost.model == 1 ? 2L * count : count;
      if (count < 1 || needed > static_cast<long>(row.values.size()) - 4) {
        throw Error("{}: mpc.gencost announces {} {} but has {} columns left for them", case_.where(row.line), count,
                    cost.model == 1 ? "points" : "coefficients", row.values.size() - 4);
      }
      cost.coefficients.assign(row.values.begin() + 4, row.values.begin() + 4 + needed);
      cost.line = row.line;
      case_.costs.push_back(std::move(cost));
    }
  }

  void check_whole() const {
    for (const char* table : {"baseMVA", "bus", "gen", "branch"}) {
      if (!given_.contains(table))
        throw Error("{}: mpc.{} is missing; is this a MATPOWER case (version 2)?", name(), table);
    }
    if (case_.buses.empty()) throw Error("{}: mpc.bus has no row", name());
    std::unordered_set<int> known;
    for (const MatpowerBus& bus : case_.buses) {
      if (!known.insert(bus.number).second)
        throw Error("{}: bus {} is given a second time", case_.where(bus.line), bus.number);
    }
    for (const MatpowerUnit& unit : case_.units) {
      if (!known.contains(unit.bus))
        throw Error("{}: a unit stands at bus {}, which is not in mpc.bus", case_.where(unit.line), unit.bus);
    }
    for (const MatpowerBranch& branch : case_.branches) {
      for (int end : {branch.from, branch.to}) {
        if (!known.contains(end))
          throw Error("{}: a branch ends at bus {}, which is not in mpc.bus", case_.where(branch.line), end);
      }
      if (branch.from == branch.to)
        throw Error("{}: a branch connects bus {} with itself", case_.where(branch.line), branch.from);
      if (!(branch.ratio >= 0.0))
        throw Error("{}: ratio {} of a branch is negative", case_.where(branch.line), branch.ratio);
    }
    const std::size_t costs = case_.costs.size(), units = case_.units.size();
    if (costs != 0 && costs != units && costs != 2 * units) {
      throw Error("{}: mpc.gencost has {} rows for {} units, expected {} or {}", name(), costs, units, units,
                  2 * units);
    }
    for (const MatpowerBus& bus : case_.buses) {
      if (!std::isfinite(bus.p_mw) || !std::isfinite(bus.q_mvar))
        throw Error("{}: the load of bus {} is not finite after the conversions", case_.where(bus.line), bus.number);
    }
    for (const MatpowerBranch& branch : case_.branches) {
      if (!std::isfinite(branch.r_pu) || !std::isfinite(branch.x_pu)) {
        throw Error(
            "{}: the impedance of branch {}-{} is not finite after the conversions (base voltage of the first bus?)",
            case_.where(branch.line), branch.from, branch.to);
      }
    }
  }

  MatpowerCase case_;
  std::set<std::string> given_;
  std::map<std::string, double> variables_;
};

}  // namespace

std::string MatpowerCase::where(int line) const {
  return fmt::format("{}, line {}", file.filename().string(), line);
}

MatpowerCase parse_matpower(std::string_view text, const std::filesystem::path& name_for_messages) {
  return Reader(name_for_messages).read(text);
}

MatpowerCase read_matpower(const std::filesystem::path& file) {
  return parse_matpower(files::read_whole(file), file);
}

}  // namespace wattstein::grid
