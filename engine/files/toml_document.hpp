#pragma once
// The parsed file behind Table. Included by engine/files only, so that toml++ is compiled once.

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::files {

struct TomlDocument {
  std::filesystem::path file;
  std::filesystem::path folder;  // where the paths that it names begin: its key `folder`, else where the file lies
  toml::table root;
  std::vector<std::string> overrides;  // "key=value" as given with --set, applied in this order

  /// The last override whose key is `path` ("coordination.method"), for messages; nullptr when the file's own value
  /// holds.
  const std::string* override_of(std::string_view path) const;
};

/// The node at a dotted path, "a.b[2].c"; nullptr when absent. "" is the root.
const toml::node* find_node(const TomlDocument& document, std::string_view path);

}  // namespace wattstein::files
