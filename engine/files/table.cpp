#include "engine/files/table.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/toml_document.hpp"

namespace wattstein::files {

// A value wherever it came from: the document, a CSV cell or a default, always as a TOML node.
struct Table::Node {
  toml::table holder;  // keeps parsed text alive
  const toml::node* value = nullptr;
  int line = 0;
};

namespace {

const char* type_word(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true/false";
    default:
      return "a date";
  }
}

std::string shortest(double value) {
  return fmt::format("{}", value);
}

std::string node_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* number = node.as_floating_point()) return shortest(number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  return {};
}

bool is_choice(const options::Option& option, std::string_view word) {
  const auto words = options::split_choices(option.choices);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_word_kind(options::Kind kind) {
  using options::Kind;
  return kind == Kind::text || kind == Kind::choice || kind == Kind::path || kind == Kind::texts;
}

}  // namespace

Table Table::open(const std::shared_ptr<TomlDocument>& document, std::string_view path,
                  std::span<const options::Option> records, std::vector<std::string> subtables) {
  Table table;
  table.document_ = document;
  table.records_ = records;
  table.name_ = std::string(path);
  table.file_ = document->file;
  table.folder_ = document->folder;
  const toml::node* node = find_node(*document, path);
  if (node == nullptr) return table;
  if (!node->is_table())
    throw Error("{}, line {}: '{}' is {}, expected a table [{}]", document->file.string(), node->source().begin.line,
                path, type_word(*node), path);
  table.table_ = node->as_table();
  table.given_ = true;
  for (const auto& [key, value] : *node->as_table()) {
    const std::string_view name = key.str();
    if (options::find(records, name) != nullptr) continue;
    if (std::find(subtables.begin(), subtables.end(), name) != subtables.end()) continue;
    std::string known = options::known_keys(records);
    for (const auto& subtable : subtables) known += (known.empty() ? "" : ", ") + subtable;
    const std::string whole = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
    if (const auto* given = document->override_of(whole))
      throw Error("--set {}: unknown key '{}' {}; known here: {}", *given, name,
                  path.empty() ? "at the top" : fmt::format("in [{}]", path), known);
    throw Error("{}, line {}: unknown key '{}' {}; known here: {}", document->file.string(),
                key.source().begin.line != 0 ? key.source().begin.line : value.source().begin.line, name,
                path.empty() ? "at the top" : fmt::format("in [{}]", path), known);
  }
  return table;
}

std::vector<Table> Table::open_array(const std::shared_ptr<TomlDocument>& document, std::string_view path,
                                     std::span<const options::Option> records) {
  std::vector<Table> tables;
  const toml::node* node = find_node(*document, path);
  if (node == nullptr) return tables;
  if (const auto* text = node->as_string()) {
    const auto file = (document->folder / text->get()).lexically_normal();
    if (!std::filesystem::exists(file))
      throw Error("{}, line {}: '{}' names the file {}, which does not exist", document->file.string(),
                  node->source().begin.line, path, file.string());
    const CsvTable csv = read_csv(file);
    for (const auto& column : csv.columns)
      if (options::find(records, column) == nullptr)
        throw Error("{}, line 1: unknown column '{}' for {}; known: {}", file.string(), column, path,
                    options::known_keys(records));
    for (std::size_t i = 0; i < csv.rows.size(); ++i) {
      Table table;
      table.document_ = document;
      table.records_ = records;
      table.name_ = std::string(path);
      table.file_ = file;
      table.folder_ = file.parent_path();
      table.given_ = true;
      table.csv_line_ = csv.lines[i];
      table.cells_ = std::make_shared<std::map<std::string, std::string, std::less<>>>();
      for (std::size_t c = 0; c < csv.columns.size(); ++c)
        if (!csv.rows[i][c].empty()) (*table.cells_)[csv.columns[c]] = csv.rows[i][c];
      tables.push_back(std::move(table));
    }
    return tables;
  }
  const auto* array = node->as_array();
  if (array == nullptr)
    throw Error("{}, line {}: '{}' is {}, expected an array of tables [[{}]] or a CSV file name",
                document->file.string(), node->source().begin.line, path, type_word(*node), path);
  for (std::size_t i = 0; i < array->size(); ++i)
    tables.push_back(open(document, fmt::format("{}[{}]", path, i), records));
  return tables;
}

const options::Option& Table::record(std::string_view key) const {
  const auto* option = options::find(records_, key);
  if (option == nullptr) throw Error("no option record '{}' in [{}]", key, name_);
  return *option;
}

std::shared_ptr<const Table::Node> Table::find(std::string_view key) const {
  const auto& option = record(key);
  auto node = std::make_shared<Node>();
  const auto parse = [&](const std::string& literal) {
    node->holder = toml::parse("value = " + literal);
    node->value = node->holder.get("value");
  };
  if (cells_) {
    const auto cell = cells_->find(key);
    if (cell != cells_->end()) {
      node->line = csv_line_;
      if (is_word_kind(option.kind)) {
        node->holder.insert("value", cell->second);
        node->value = node->holder.get("value");
        return node;
      }
      try {
        parse(cell->second);
      } catch (const toml::parse_error&) {
        node->holder.insert("value", cell->second);
        node->value = node->holder.get("value");
      }
      return node;
    }
  } else if (table_ != nullptr) {
    node->value = static_cast<const toml::table*>(table_)->get(key);
    if (node->value != nullptr) {
      node->line = static_cast<int>(node->value->source().begin.line);
      return node;
    }
  }
  if (option.fallback.empty()) {
    if (option.optional) throw Error("[{}] '{}' is absent and has no default", name_, key);
    throw Error("{}: required key '{}' is missing ({})", where(), key, option.meaning);
  }
  parse(std::string(option.fallback));
  return node;
}

bool Table::has(std::string_view key) const {
  if (cells_) return cells_->contains(key);
  return table_ != nullptr && static_cast<const toml::table*>(table_)->contains(key);
}

std::string Table::where(std::string_view key) const {
  if (!key.empty() && !cells_ && document_)
    if (const auto* given = document_->override_of(name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key)))
      return fmt::format("--set {} (over {})", *given, file_.string());
  std::string text = file_.string();
  int line = csv_line_;
  if (!cells_ && table_ != nullptr) {
    const auto* table = static_cast<const toml::table*>(table_);
    const toml::node* node = key.empty() ? nullptr : table->get(key);
    line = static_cast<int>(node != nullptr ? node->source().begin.line : table->source().begin.line);
  }
  if (line > 0) text += fmt::format(", line {}", line);
  if (!name_.empty()) text += fmt::format(", [{}]", name_);
  if (!key.empty()) text += fmt::format(" '{}'", key);
  return text;
}

void Table::refuse(std::string_view key, std::string_view what) const {
  throw Error("{}: {}", where(key), what);
}

double Table::number(std::string_view key) const {
  const auto node = find(key);
  const auto& option = record(key);
  double value = 0.0;
  if (const auto* number = node->value->as_floating_point()) value = number->get();
  else if (const auto* integer = node->value->as_integer()) value = static_cast<double>(integer->get());
  else refuse(key, fmt::format("'{}' is {}, expected a number", node_text(*node->value), type_word(*node->value)));
  if (!(value >= option.minimum && value <= option.maximum) || std::isnan(value))
    refuse(key, fmt::format("{} is outside its range {:g} .. {:g} ({})", shortest(value), option.minimum,
                            option.maximum, option.unit));
  return value;
}

std::int64_t Table::integer(std::string_view key) const {
  const auto node = find(key);
  const auto* integer = node->value->as_integer();
  if (integer == nullptr)
    refuse(key, fmt::format("'{}' is {}, expected an integer", node_text(*node->value), type_word(*node->value)));
  const auto& option = record(key);
  const auto value = static_cast<double>(integer->get());
  if (value < option.minimum || value > option.maximum)
    refuse(key, fmt::format("{} is outside its range {:g} .. {:g}", value, option.minimum, option.maximum));
  return integer->get();
}

bool Table::boolean(std::string_view key) const {
  const auto node = find(key);
  const auto* boolean = node->value->as_boolean();
  if (boolean == nullptr)
    refuse(key, fmt::format("'{}' is {}, expected true or false", node_text(*node->value), type_word(*node->value)));
  return boolean->get();
}

std::string Table::text(std::string_view key) const {
  const auto node = find(key);
  const auto& option = record(key);
  if (!node->value->is_string() && !(option.kind == options::Kind::text && node->value->is_number()))
    refuse(key, fmt::format("{}, expected a text", type_word(*node->value)));
  std::string value = node_text(*node->value);
  if (option.kind == options::Kind::choice && !is_choice(option, value))
    refuse(key, fmt::format("'{}' is not known; expected one of {}", value, option.choices));
  return value;
}

std::filesystem::path Table::path(std::string_view key) const {
  const std::string value = text(key);
  if (value.empty()) return {};
  // Given on the command line: as the shell means it, where such a file is there.
  const toml::node* node = !cells_ && table_ != nullptr ? static_cast<const toml::table*>(table_)->get(key) : nullptr;
  std::error_code ignored;
  if (node != nullptr && node->source().begin.line == 0 && std::filesystem::exists(value, ignored))
    return std::filesystem::absolute(value, ignored).lexically_normal();
  return (folder() / value).lexically_normal();
}

bool Table::is_text(std::string_view key) const {
  return find(key)->value->is_string();
}
bool Table::is_list(std::string_view key) const {
  return find(key)->value->is_array();
}

namespace {
std::optional<double> as_number(const toml::node& node) {
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* integer = node.as_integer()) return static_cast<double>(integer->get());
  return std::nullopt;
}
}  // namespace

std::vector<double> Table::numbers(std::string_view key) const {
  const auto node = find(key);
  const auto& option = record(key);
  std::vector<double> values;
  const auto take = [&](const toml::node& entry) {
    const auto value = as_number(entry);
    if (!value) refuse(key, fmt::format("entry {} is {}, expected a number", values.size() + 1, type_word(entry)));
    if (!(*value >= option.minimum && *value <= option.maximum))
      refuse(key, fmt::format("entry {} is {}, outside its range {:g} .. {:g} ({})", values.size() + 1, *value,
                              option.minimum, option.maximum, option.unit));
    values.push_back(*value);
  };
  if (const auto* array = node->value->as_array())
    for (const auto& entry : *array) take(entry);
  else take(*node->value);
  return values;
}

std::vector<std::string> Table::texts(std::string_view key) const {
  const auto node = find(key);
  std::vector<std::string> values;
  const auto take = [&](const toml::node& entry) {
    if (!entry.is_value())
      refuse(key, fmt::format("entry {} is {}, expected a text", values.size() + 1, type_word(entry)));
    values.push_back(node_text(entry));
  };
  if (const auto* array = node->value->as_array())
    for (const auto& entry : *array) take(entry);
  else take(*node->value);
  return values;
}

std::vector<std::vector<double>> Table::number_rows(std::string_view key) const {
  auto node = find(key);
  toml::table parsed;
  const toml::node* value = node->value;
  if (value->is_string()) {  // a CSV cell holding "[[..]]"
    try {
      parsed = toml::parse("value = " + node_text(*value));
      value = parsed.get("value");
    } catch (const toml::parse_error&) {
    }
  }
  const auto* array = value->as_array();
  if (array == nullptr) refuse(key, fmt::format("is {}, expected a list of lists of numbers", type_word(*value)));
  std::vector<std::vector<double>> rows;
  for (const auto& entry : *array) {
    const auto* inner = entry.as_array();
    if (inner == nullptr)
      refuse(key, fmt::format("entry {} is {}, expected a list of numbers", rows.size() + 1, type_word(entry)));
    rows.emplace_back();
    for (const auto& cell : *inner) {
      const auto number = as_number(cell);
      if (!number || !std::isfinite(*number))
        refuse(key, fmt::format("entry {} holds something that is not a finite number", rows.size()));
      rows.back().push_back(*number);
    }
  }
  return rows;
}

std::vector<double> Table::profile(std::string_view key, int hours) const {
  const auto node = find(key);
  const auto& option = record(key);
  const auto in_range = [&](double value, const std::string& place) {
    if (!std::isfinite(value)) throw Error("{}: is {}, expected a finite number", place, value);
    if (!(value >= option.minimum && value <= option.maximum))
      throw Error("{}: {} is outside its range {:g} .. {:g} ({})", place, value, option.minimum, option.maximum,
                  option.unit);
    return value;
  };
  if (node->value->is_string()) {
    const std::string text = node_text(*node->value);
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
      refuse(key, fmt::format("'{}' is no profile; expected a number, a list of {} numbers or \"file.csv:column\"",
                              text, hours));
    const auto file = (folder() / text.substr(0, colon)).lexically_normal();
    if (!std::filesystem::exists(file)) refuse(key, fmt::format("the file {} does not exist", file.string()));
    const CsvTable csv = read_csv(file);
    const auto hour_column = csv.column("hour");
    const auto value_column = csv.column(text.substr(colon + 1));
    if (csv.rows.size() != static_cast<std::size_t>(hours))
      throw Error("{}: has {} rows, expected {} (one per hour of the study)", file.string(), csv.rows.size(), hours);
    std::vector<double> values(static_cast<std::size_t>(hours), 0.0);
    std::vector<bool> seen(static_cast<std::size_t>(hours), false);
    for (std::size_t i = 0; i < csv.rows.size(); ++i) {
      const long hour = csv.integer(i, hour_column);
      if (hour < 1 || hour > hours || seen[static_cast<std::size_t>(hour - 1)])
        throw Error("{}, line {}: hour {} is repeated or outside 1 .. {}", file.string(), csv.lines[i], hour, hours);
      seen[static_cast<std::size_t>(hour - 1)] = true;
      values[static_cast<std::size_t>(hour - 1)] =
          in_range(csv.number(i, value_column),
                   fmt::format("{}, line {}, column '{}'", file.string(), csv.lines[i], text.substr(colon + 1)));
    }
    return values;
  }
  if (const auto* array = node->value->as_array()) {
    if (array->size() != static_cast<std::size_t>(hours))
      refuse(key, fmt::format("has {} entries, expected {} (one per hour of the study)", array->size(), hours));
    std::vector<double> values;
    for (const auto& entry : *array) {
      const auto value = as_number(entry);
      const std::string place = fmt::format("{} entry {}", where(key), values.size() + 1);
      if (!value) throw Error("{}: is {}, expected a number", place, type_word(entry));
      values.push_back(in_range(*value, place));
    }
    return values;
  }
  const auto value = as_number(*node->value);
  if (!value)
    refuse(key, fmt::format("is {}, expected a number, a list or \"file.csv:column\"", type_word(*node->value)));
  return std::vector<double>(static_cast<std::size_t>(hours), in_range(*value, where(key)));
}

}  // namespace wattstein::files
