// A TOML document as text. toml++'s own printing spells 0.95 as 0.94999999999999996.

#include <cmath>
#include <sstream>

#include "engine/error/error.hpp"
#include "engine/files/table.hpp"
#include "engine/files/toml_document.hpp"

namespace wattstein::files {
namespace {

constexpr std::string_view bare_key_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

std::string text_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && key.find_first_not_of(bare_key_characters) == std::string_view::npos;
  return bare ? std::string(key) : text_literal(key);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0.0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";  // an integer would read back as another type
  return text;
}

std::string value_text(const toml::node& node);

std::string inline_table(const toml::table& table) {
  std::string text = "{";
  for (const auto& [key, value] : table) {
    if (text.size() > 1) text += ',';
    text += fmt::format(" {} = {}", key_text(key.str()), value_text(value));
  }
  return text + " }";
}

std::string value_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text_literal(text->get());
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* number = node.as_floating_point()) return number_text(number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  if (const auto* table = node.as_table()) return inline_table(*table);
  if (const auto* array = node.as_array()) {
    std::string text = "[";
    for (const auto& each : *array) text += (text.size() > 1 ? ", " : "") + value_text(each);
    return text + "]";
  }
  std::ostringstream stream;  // dates and times
  node.visit([&](const auto& value) { stream << value; });
  return stream.str();
}

// [[path]]: an array that holds nothing but tables
bool is_table_array(const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr || array->empty()) return false;
  for (const auto& each : *array)
    if (!each.is_table()) return false;
  return true;
}

// Values first, then tables and arrays of tables, each under its full name.
void append(std::string& text, const toml::table& table, const std::string& path) {
  for (const auto& [key, value] : table)
    if (!value.is_table() && !is_table_array(value))
      text += fmt::format("{} = {}\n", key_text(key.str()), value_text(value));
  for (const auto& [key, value] : table) {
    const std::string name = (path.empty() ? "" : path + ".") + key_text(key.str());
    if (const auto* inner = value.as_table()) {
      text += fmt::format("\n[{}]\n", name);
      append(text, *inner, name);
    } else if (is_table_array(value)) {
      for (const auto& each : *value.as_array()) {
        text += fmt::format("\n[[{}]]\n", name);
        append(text, *each.as_table(), name);
      }
    }
  }
}

// Overrides name files as the shell means them.
void name_files_whole(TomlDocument& document) {
  for (const auto& each : document.overrides) {
    const toml::node* node = find_node(document, std::string_view(each).substr(0, each.find('=')));
    if (node == nullptr || !node->is_string()) continue;
    auto& text = const_cast<toml::value<std::string>&>(*node->as_string());  // of our own copy
    const std::filesystem::path file = text.get();
    std::error_code ignored;
    if ((file.has_extension() || file.has_parent_path()) && std::filesystem::exists(file, ignored))
      text = std::filesystem::absolute(file, ignored).lexically_normal().string();
  }
}

}  // namespace

std::string to_toml_text(const TomlDocument& document) {
  std::string text;
  append(text, document.root, "");
  return text;
}

std::string to_standalone_toml(const TomlDocument& document) {
  TomlDocument whole = document;
  name_files_whole(whole);
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(document.folder.empty() ? "." : document.folder, ignored);
  whole.root.insert_or_assign("folder", (folder.lexically_normal() / "").parent_path().string());
  return to_toml_text(whole);
}

}  // namespace wattstein::files
