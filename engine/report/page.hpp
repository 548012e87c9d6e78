#pragma once
// A report page: one HTML file without any outside resource, light and dark, printable. Holds its pictures by name so
// that they can also be written as .svg files.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wattstein::report {

enum class Tone { plain, good, warning, bad };

/// A key figure at the top of the page.
struct Card {
  std::string label;
  std::string value;  // already formatted (format.hpp)
  std::string note;   // small print below
  Tone tone = Tone::plain;
};

/// A table; cells are plain text and escaped here. Columns after the first are right-aligned unless `left` names them.
struct HtmlTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<int> strong_rows;  // totals
  std::vector<int> left;         // columns aligned left besides the first
};

class Page {
 public:
  /// `title`: what was run; `subtitle`: one line on how; `status`: a word of canonical.md.
  Page(std::string title, std::string subtitle, std::string status, Tone status_tone);

  void card(Card card);
  /// Opens a section; everything added below stands in it. `text`: what is to be seen, plain text.
  void section(std::string title, std::string text);
  /// A picture (svg.hpp), with its own heading and a sentence that explains it. `file`: name without ending for
  /// write_figures, unique on the page. Two pictures with half = true following each other stand side by side. An empty
  /// svg is left out.
  void figure(std::string_view file, std::string_view title, std::string_view caption, std::string svg,
              bool half = false);
  void table(std::string_view title, std::string_view caption, const HtmlTable& table);
  void paragraph(std::string_view text);
  /// Text shown folded, in a fixed-width font; long ones are cut. Empty text is left out.
  void folded(std::string_view title, std::string_view text);
  /// The last section of a page: settings as resolved, the whole summary (null: left out) and the log under its title.
  void raw_results(std::string_view config_toml, const nlohmann::json& summary, std::string_view log_title,
                   std::string_view log);

  std::string html() const;
  /// The pictures as complete .svg documents (name without ending, text).
  std::vector<std::pair<std::string, std::string>> figures() const;
  /// Writes every picture as `<folder>/<name>.svg`; Error when a file cannot be written. Returns how many.
  int write_figures(const std::filesystem::path& folder) const;

 private:
  struct Block {
    enum class Kind { figure, table, paragraph, folded } kind = Kind::paragraph;
    std::string file, title, caption, body;
    bool half = false;
  };
  struct Section {
    std::string title, text;
    std::vector<Block> blocks;
  };
  std::string title_, subtitle_, status_;
  Tone status_tone_;
  std::vector<Card> cards_;
  std::vector<Section> sections_;
};

/// The project's sign for a status word: good for "solved", warning for inaccurate or limits, bad for the rest.
Tone tone_of_status(std::string_view status);

}  // namespace wattstein::report
