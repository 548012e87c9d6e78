#pragma once
// Reading study files: a TOML table together with the option records that say what may stand in it.
// Every message names the file, the key (with its line where there is one) and what was expected.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options/option.hpp"

namespace wattstein::files {

struct TomlDocument;  // owns the parsed file

/// A whole TOML file, with `--set` overrides applied.
/// Overrides are "dotted.key=value", value in TOML spelling; a bare word is taken as text. "a.b[2].c=3" addresses
/// arrays of tables.
std::shared_ptr<TomlDocument> read_toml(const std::filesystem::path& file,
                                        const std::vector<std::string>& overrides = {});
std::shared_ptr<TomlDocument> parse_toml(std::string_view text, const std::filesystem::path& name_for_messages,
                                         const std::vector<std::string>& overrides = {});

/// The document as it stands, overrides included: keys in alphabetical order, numbers in the fewest digits that read
/// back as the same number.
std::string to_toml_text(const TomlDocument& document);
/// The same as a file that can be run from anywhere (config.toml of a run): the key `folder` says where its paths
/// begin, and files named by overrides that lie under the present folder are named whole.
std::string to_standalone_toml(const TomlDocument& document);

/// One table, checked against its records. Opening it refuses unknown keys at once.
/// Also stands for one row of a CSV given instead of an array of tables (`unit = "units.csv"`).
class Table {
 public:
  /// The table at the dotted `path` ("" = root) of a document. Absent: an empty table (every default).
  /// `subtables`: names of tables and arrays of tables that may stand inside besides the records' keys.
  static Table open(const std::shared_ptr<TomlDocument>& document, std::string_view path,
                    std::span<const options::Option> records, std::vector<std::string> subtables = {});
  /// The array of tables at the dotted path, or the CSV named there: one Table a row. Absent: none.
  static std::vector<Table> open_array(const std::shared_ptr<TomlDocument>& document, std::string_view path,
                                       std::span<const options::Option> records);

  bool given() const { return given_; }       // the table stands in the file
  bool has(std::string_view key) const;       // the key stands in the file (CSV: non-empty cell)
  double number(std::string_view key) const;  // range checked; "inf" allowed where the range allows
  std::int64_t integer(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::string text(std::string_view key)
      const;  // for Kind::text, path, choice (choice checked). A number is given as text where Kind::text
  std::filesystem::path path(std::string_view key)
      const;  // resolved against the file's folder; empty text gives an empty path. Existence is not tested here
  bool is_text(std::string_view key) const;  // the value (or default) is a string: number-or-word settings
  std::vector<double> numbers(std::string_view key) const;     // a scalar gives a list of one
  std::vector<std::string> texts(std::string_view key) const;  // a scalar gives a list of one; numbers as text
  bool is_list(std::string_view key) const;
  std::vector<std::vector<double>> number_rows(std::string_view key) const;  // [[a, b], [c, d]]
  /// A number, a list of `hours` numbers or "file.csv:column" (column `hour` and `hours` rows). Finite and within the
  /// range.
  std::vector<double> profile(std::string_view key, int hours) const;

  /// "study.toml, line 12, [transmission.unit] #2 'p_max_mw'": the start of every message.
  std::string where(std::string_view key = {}) const;
  const std::filesystem::path& file() const { return file_; }
  std::filesystem::path folder() const { return folder_; }  // where the paths in the table begin
  /// Throws Error("<where>: <what>").
  [[noreturn]] void refuse(std::string_view key, std::string_view what) const;

 private:
  struct Node;
  const options::Option& record(std::string_view key) const;
  std::shared_ptr<const Node> find(std::string_view key) const;  // the file's value, or the default's
  std::shared_ptr<TomlDocument> document_;
  const void* table_ = nullptr;                                             // toml::table inside document_, or null
  std::shared_ptr<std::map<std::string, std::string, std::less<>>> cells_;  // a CSV row instead
  int csv_line_ = 0;
  std::span<const options::Option> records_;
  std::string name_;
  std::filesystem::path file_, folder_;
  bool given_ = false;
};

}  // namespace wattstein::files
