// MPS and QPS. Lines are read as words; a file whose names hold blanks, or whose numbers touch names, only makes sense
// by its columns, so that the file is read again by columns when its words do not fit.
//
//     minimise c'x + ½ x'Qx + c0     c0 is MINUS the number that the RHS section gives the objective row
//     RANGES r on a row with right-hand side b:   L: [b − |r|, b]   G: [b, b + |r|]   E: [b, b + r] or [b + r, b]

#include <array>
#include <optional>
#include <unordered_map>

#include "engine/problem/builder.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/problem/text_numbers.hpp"

namespace wattstein::engine {
namespace {

// Numbers from here on mean infinity, as sides and as bounds.
constexpr double file_infinity = 1e20;

class WrongLine : public Error {
 public:
  WrongLine(const Error& error, int line) : Error(error), line(line) {}
  int line;
};

class MpsReader {
 public:
  MpsReader(std::string_view text, const std::filesystem::path& file, bool by_columns)
      : text_(text), place_{file}, by_columns_(by_columns) {}

  kernels::Batch run() {
    try {
      return read();
    } catch (const Error& error) {
      throw WrongLine(error, place_.line);
    }
  }

 private:
  enum class Section { none, sense, objective_name, rows, columns, rhs, ranges, bounds, triangle, full, end };
  struct Row {
    char type = 'N';
    double rhs = 0.0;
    std::optional<double> range;
    int last_column = -1;
  };

  // Fields of a data line: a word for each of the six columns of the format; by words, those that are there.
  void split(std::string_view line) {
    if (!by_columns_) {
      split_words(line, words_);
      return;
    }
    words_.clear();
    static constexpr std::array<std::pair<std::size_t, std::size_t>, 6> columns = {
        {{0, 4}, {4, 14}, {14, 22}, {22, 39}, {39, 47}, {47, 80}}};
    for (const auto& [begin, end] : columns)
      words_.push_back(begin < line.size() ? trimmed(line.substr(begin, end - begin)) : std::string_view{});
    while (words_.size() > 1 && words_.back().empty()) words_.pop_back();
  }

  double number(std::string_view word) const {
    double value = 0.0;
    if (!to_number(word, value)) place_.refuse("'{}' is no number", word);
    return value;
  }

  double limited(std::string_view word) const {
    const double value = number(word);
    if (value >= file_infinity) return infinity;
    return value <= -file_infinity ? -infinity : value;
  }

  int column_of(std::string_view name) const {
    const auto found = column_index_.find(std::string(name));
    if (found == column_index_.end()) place_.refuse("column '{}' is not known", name);
    return found->second;
  }

  void header(std::string_view line) {
    std::vector<std::string_view> words;
    split_words(line, words);
    const auto word = words[0];
    if (word == "NAME") {
      name_ = words.size() > 1 ? std::string(trimmed(line.substr(4))) : std::string{};
      section_ = Section::none;
    } else if (word == "ROWS") {
      section_ = Section::rows;
    } else if (word == "COLUMNS") {
      section_ = Section::columns;
    } else if (word == "RHS") {
      section_ = Section::rhs;
    } else if (word == "RANGES") {
      section_ = Section::ranges;
    } else if (word == "BOUNDS") {
      section_ = Section::bounds;
    } else if (word == "QUADOBJ" || word == "QSECTION") {
      section_ = Section::triangle;
    } else if (word == "QMATRIX") {
      section_ = Section::full;
    } else if (word == "OBJSENSE") {
      section_ = Section::sense;
      if (words.size() > 1) sense(words[1]);
    } else if (word == "OBJSENSEMAX") {
      maximise_ = true;
    } else if (word == "OBJNAME" || word == "OBJECT") {
      section_ = Section::objective_name;
    } else if (word == "ENDATA") {
      section_ = Section::end;
    } else {
      place_.refuse(
          "section '{}' is not known; expected NAME, ROWS, COLUMNS, RHS, RANGES, BOUNDS, QUADOBJ, QMATRIX, OBJSENSE or "
          "ENDATA",
          word);
    }
    seen_any_ = true;
  }

  void sense(std::string_view word) {
    if (word == "MAX" || word == "MAXIMIZE") maximise_ = true;
    else if (word == "MIN" || word == "MINIMIZE") maximise_ = false;
    else place_.refuse("'{}' is no sense; expected MIN or MAX", word);
  }

  void row() {
    if (words_.size() != 2 || words_[0].size() != 1 || words_[1].empty())
      place_.refuse("expected a row: type and name");
    const char type = static_cast<char>(words_[0][0] & ~0x20);
    if (type != 'N' && type != 'E' && type != 'L' && type != 'G')
      place_.refuse("row type '{}' is not known; expected N, E, L or G", words_[0]);
    const std::string name(words_[1]);
    if (!row_index_.emplace(name, static_cast<int>(rows_.size())).second) place_.refuse("row '{}' stands twice", name);
    if (type == 'N' && objective_ < 0 && (wanted_objective_.empty() || wanted_objective_ == name))
      objective_ = static_cast<int>(rows_.size());
    rows_.emplace_back().type = type;
    row_names_.push_back(name);
  }

  // name, row, number [, row, number]
  template <class Take>
  void pairs(std::size_t first, const Take& take) {
    for (std::size_t i = first; i + 1 < words_.size(); i += 2) {
      if (by_columns_ && words_[i].empty()) continue;
      const auto found = row_index_.find(std::string(words_[i]));
      if (found == row_index_.end()) place_.refuse("row '{}' is not known", words_[i]);
      take(found->second, words_[i + 1]);
    }
  }

  void column() {
    for (const auto word : words_)
      if (word == "'MARKER'") return;  // integrality is left out
    const std::size_t first = by_columns_ ? 1 : 0;
    if (words_.size() < first + 3 || (words_.size() - first) % 2 == 0)
      place_.refuse("expected a column's name and one or two pairs of row and number");
    const std::string name(words_[first]);
    if (column_ < 0 || name != problem_.variable_name(column_)) {
      const auto [at, fresh] = column_index_.emplace(name, problem_.variables());
      if (fresh) {
        problem_.variable(name, 0.0, infinity);
        lower_.push_back(0.0);
        upper_.push_back(infinity);
        lower_given_.push_back(0);
      } else {
        place_.refuse("column '{}' stands in two places", name);
      }
      column_ = at->second;
    }
    pairs(first + 1, [&](int row, std::string_view word) {
      const double value = number(word);
      if (std::isinf(value)) place_.refuse("the coefficient {} is not finite", word);
      if (rows_[row].last_column == column_) place_.refuse("column '{}' has row '{}' twice", name, row_names_[row]);
      rows_[row].last_column = column_;
      if (row == objective_) problem_.add_cost(column_, value);
      else if (rows_[row].type != 'N') entries_.push_back({row, column_, value});
    });
  }

  // The name of the set may be left out.
  std::size_t after_set_name() const { return by_columns_ ? 2 : words_.size() % 2 == 1 ? 1 : 0; }

  void right_side() {
    if (words_.size() < 2) place_.refuse("expected pairs of row and number");
    pairs(after_set_name(), [&](int row, std::string_view word) {
      if (row == objective_) constant_ = -number(word);
      else rows_[row].rhs = limited(word);
    });
  }

  void range() {
    if (words_.size() < 2) place_.refuse("expected pairs of row and number");
    pairs(after_set_name(), [&](int row, std::string_view word) { rows_[row].range = limited(word); });
  }

  void bound() {
    const std::string_view type = words_[0];
    const bool without_number = type == "FR" || type == "MI" || type == "PL" || type == "BV";
    std::string_view name, value;
    if (by_columns_) {
      if (words_.size() < 3) place_.refuse("expected a bound: type, set, column and number");
      name = words_[2];
      value = words_.size() > 3 ? words_[3] : std::string_view{};
    } else if (without_number) {
      if (words_.size() < 2 || words_.size() > 4) place_.refuse("expected a bound: type, set and column");
      const bool set = words_.size() > 2 && column_index_.contains(std::string(words_[2]));
      name = words_[set ? 2 : 1];
    } else {
      if (words_.size() < 3 || words_.size() > 4) place_.refuse("expected a bound: type, set, column and number");
      name = words_[words_.size() - 2];
      value = words_.back();
    }
    const auto j = static_cast<std::size_t>(column_of(name));
    if (type == "UP" || type == "UI") {
      upper_[j] = limited(value);
      // A negative upper bound alone leaves the column without a lower one.
      if (upper_[j] < 0.0 && lower_[j] == 0.0 && !lower_given_[j]) lower_[j] = -infinity;
    } else if (type == "LO" || type == "LI") {
      lower_[j] = limited(value);
      lower_given_[j] = 1;
    } else if (type == "FX") {
      lower_[j] = upper_[j] = number(value);
      lower_given_[j] = 1;
    } else if (type == "FR") {
      lower_[j] = -infinity;
      upper_[j] = infinity;
      lower_given_[j] = 1;
    } else if (type == "MI") {
      lower_[j] = -infinity;
      lower_given_[j] = 1;
    } else if (type == "PL") {
      upper_[j] = infinity;
    } else if (type == "BV") {
      lower_[j] = 0.0;
      upper_[j] = 1.0;
      lower_given_[j] = 1;
    } else {
      place_.refuse("bound type '{}' is not known; expected UP, LO, FX, FR, MI, PL, BV, UI or LI", type);
    }
  }

  void quadratic() {
    const std::size_t first = by_columns_ ? 1 : 0;
    if (words_.size() < first + 3) place_.refuse("expected two columns and a number");
    const int i = column_of(words_[first]), j = column_of(words_[first + 1]);
    const double value = number(words_[first + 2]);
    if (std::isinf(value)) place_.refuse("the coefficient {} is not finite", words_[first + 2]);
    // add_product(i, j, c) adds c x_i x_j: a diagonal Q_ii is ½ Q_ii x_i²; one triangle stands for both, so Q_ij x_i
    // x_j; with both triangles given each of them is half of it.
    problem_.add_product(i, j, i == j ? 0.5 * value : section_ == Section::full ? 0.5 * value : value);
  }

  kernels::Batch read() {
    std::size_t at = 0;
    while (at < text_.size() && section_ != Section::end) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      std::string_view line = text_.substr(at, end - at);
      at = end + 1;
      ++place_.line;
      while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
      if (line.empty() || line[0] == '*' || line[0] == '&') continue;
      if (!is_blank(line[0])) {
        header(line);
        continue;
      }
      split(line);
      switch (section_) {
        case Section::rows:
          row();
          break;
        case Section::columns:
          column();
          break;
        case Section::rhs:
          right_side();
          break;
        case Section::ranges:
          range();
          break;
        case Section::bounds:
          bound();
          break;
        case Section::triangle:
        case Section::full:
          quadratic();
          break;
        case Section::sense:
          sense(trimmed(line));
          break;
        case Section::objective_name:
          wanted_objective_ = std::string(trimmed(line));
          break;
        default:
          place_.refuse("a data line outside of any section");
      }
    }
    if (!seen_any_) place_.refuse("is no MPS file: expected a section such as NAME or ROWS");
    if (section_ != Section::end) place_.refuse("the file ends without ENDATA");
    if (problem_.variables() == 0) place_.refuse("the file has no columns");
    return finish();
  }

  kernels::Batch finish() {
    std::vector<int> index(rows_.size(), -1);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Row& row = rows_[i];
      if (row.type == 'N') continue;
      double low = row.type == 'L' ? -infinity : row.rhs, high = row.type == 'G' ? infinity : row.rhs;
      if (row.range) {
        const double width = std::fabs(*row.range);
        if (row.type == 'L' || (row.type == 'E' && *row.range < 0.0)) low = row.rhs - width;
        else high = row.rhs + width;
      }
      index[i] = problem_.row(row_names_[i], low, high);
    }
    for (const auto& entry : entries_) problem_.entry(index[entry.row], entry.column, entry.value);
    for (int j = 0; j < problem_.variables(); ++j) problem_.set_bounds(j, lower_[j], upper_[j]);
    problem_.add_constant(constant_);
    kernels::Batch batch = problem_.build(name_.empty() ? place_.file.stem().stem().string() : name_);
    if (maximise_)  // minimise minus the objective
      for (auto* values : {&batch.q.data, &batch.r.data, &batch.P.data})
        for (double& value : *values) value = -value;
    return batch;
  }

  struct Entry {
    int row, column;
    double value;
  };
  std::string_view text_;
  LinePlace place_;
  bool by_columns_, maximise_ = false, seen_any_ = false;
  Section section_ = Section::none;
  std::string name_, wanted_objective_;
  std::vector<std::string_view> words_;
  std::vector<Row> rows_;
  std::vector<std::string> row_names_;
  std::unordered_map<std::string, int> row_index_, column_index_;
  int objective_ = -1, column_ = -1;
  double constant_ = 0.0;
  ProblemBuilder problem_;
  std::vector<Entry> entries_;
  std::vector<double> lower_, upper_;
  std::vector<char> lower_given_;
};

}  // namespace

kernels::Batch parse_mps(std::string_view text, const std::filesystem::path& file) {
  std::optional<WrongLine> by_words;
  try {
    return MpsReader(text, file, false).run();
  } catch (const WrongLine& wrong) {
    by_words = wrong;
  }
  try {
    return MpsReader(text, file, true).run();
  } catch (const WrongLine& wrong) {  // the reading that got further says what is wrong
    if (wrong.line > by_words->line) throw Error(wrong.what());
    throw Error(by_words->what());
  }
}

}  // namespace wattstein::engine
