#include "engine/files/toml_document.hpp"

#include <charconv>

#include "engine/error/error.hpp"
#include "engine/files/table.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::files {
namespace {

struct Step {
  std::string key;
  std::vector<std::size_t> indices;
};

// "a.b[2].c" -> (a) (b, 2) (c)
std::vector<Step> split_path(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const auto dot = path.find('.');
    std::string_view part = path.substr(0, dot);
    Step step;
    auto bracket = part.find('[');
    step.key = std::string(part.substr(0, bracket));
    while (bracket != std::string_view::npos) {
      const auto close = part.find(']', bracket);
      std::size_t index = 0;
      const char* last = part.data() + (close == std::string_view::npos ? part.size() : close);
      const auto [end, failure] = std::from_chars(part.data() + bracket + 1, last, index);
      if (close == std::string_view::npos || failure != std::errc{} || end != last)
        throw Error("'{}': expected an index like [0] in the key", part);
      step.indices.push_back(index);
      bracket = part.find('[', close);
    }
    steps.push_back(std::move(step));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return steps;
}

toml::table parse(std::string_view text, const std::filesystem::path& name) {
  try {
    return toml::parse(text, name.string());
  } catch (const toml::parse_error& failure) {
    throw Error("{}, line {}: not valid TOML: {}", name.string(), failure.source().begin.line, failure.description());
  }
}

// The value of "key=value": TOML spelling, else a bare word as text.
toml::table parse_value(const std::string& text) {
  try {
    return toml::parse("value = " + text);
  } catch (const toml::parse_error&) {
    toml::table table;
    table.insert("value", text);
    return table;
  }
}

void apply(toml::table& root, const std::string& override_text) {
  const auto equals = override_text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error("--set {}: expected key=value with a dotted key, e.g. solver.tolerance=1e-6", override_text);
  const auto steps = split_path(std::string_view(override_text).substr(0, equals));
  toml::table parsed = parse_value(override_text.substr(equals + 1));
  toml::table* table = &root;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    if (steps[i].key.empty()) throw Error("--set {}: the key has an empty part", override_text);
    if (last && steps[i].indices.empty()) {
      parsed.get("value")->visit([&](auto& value) { table->insert_or_assign(steps[i].key, value); });
      return;
    }
    toml::node* node = table->get(steps[i].key);
    if (node == nullptr && steps[i].indices.empty()) {
      table->insert(steps[i].key, toml::table{});
      node = table->get(steps[i].key);
    }
    for (const auto index : steps[i].indices) {
      toml::array* array = node == nullptr ? nullptr : node->as_array();
      if (array == nullptr || index >= array->size())
        throw Error("--set {}: '{}' has no entry [{}]", override_text, steps[i].key, index);
      node = array->get(index);
    }
    if (last || node->as_table() == nullptr)
      throw Error("--set {}: '{}' is no table, so nothing can be set inside it", override_text, steps[i].key);
    table = node->as_table();
  }
}

}  // namespace

const std::string* TomlDocument::override_of(std::string_view path) const {
  for (auto each = overrides.rbegin(); each != overrides.rend(); ++each)
    if (std::string_view(*each).substr(0, each->find('=')) == path) return &*each;
  return nullptr;
}

const toml::node* find_node(const TomlDocument& document, std::string_view path) {
  const toml::node* node = &document.root;
  for (const auto& step : split_path(path)) {
    const auto* table = node->as_table();
    node = table == nullptr ? nullptr : table->get(step.key);
    for (const auto index : step.indices) {
      const auto* array = node == nullptr ? nullptr : node->as_array();
      node = array == nullptr || index >= array->size() ? nullptr : array->get(index);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::shared_ptr<TomlDocument> parse_toml(std::string_view text, const std::filesystem::path& name_for_messages,
                                         const std::vector<std::string>& overrides) {
  auto document = std::make_shared<TomlDocument>();
  document->file = name_for_messages;
  document->root = parse(text, name_for_messages);
  for (const auto& each : overrides) apply(document->root, each);
  document->overrides = overrides;
  document->folder = name_for_messages.parent_path();
  if (const auto folder = document->root["folder"].value<std::string>())
    document->folder = (document->folder / *folder).lexically_normal();
  return document;
}

std::shared_ptr<TomlDocument> read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return parse_toml(read_whole(file), file, overrides);
}

}  // namespace wattstein::files
