// CBF versions 1 to 4, the continuous part with linear and second-order cones:
//     min/max  Σ a_j x_j + b,   A x + b ∈ K,   x ∈ K_x,   cones F, L=, L+, L−, Q, QR
// QR (s, t, z): 2 s t ≥ ‖z‖², s, t ≥ 0, the rotated cone of the canonical form.

#include <algorithm>

#include "engine/problem/builder.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/problem/text_numbers.hpp"

namespace wattstein::engine {
namespace {

class CbfReader {
 public:
  CbfReader(std::string_view text, const std::filesystem::path& file) : text_(text), place_{file} {}

  kernels::Batch run() {
    while (next()) {
      const std::string keyword(words_[0]);
      if (keyword == "VER") version();
      else if (keyword == "OBJSENSE") sense();
      else if (keyword == "VAR") variables();
      else if (keyword == "INT") skip_list();  // integrality is left out
      else if (keyword == "CON") constraints();
      else if (keyword == "OBJACOORD") objective();
      else if (keyword == "OBJBCOORD") constant();
      else if (keyword == "ACOORD") matrix();
      else if (keyword == "BCOORD") offsets();
      else
        place_.refuse(
            "section '{}' is not known; expected VER, OBJSENSE, VAR, INT, CON, OBJACOORD, OBJBCOORD, ACOORD or BCOORD "
            "(linear and second-order cones only)",
            keyword);
    }
    if (!version_seen_) place_.refuse("is no CBF file: expected the section VER");
    if (count_ < 1) place_.refuse("the file has no variables: expected the section VAR");
    return finish();
  }

 private:
  struct Block {
    std::string kind;
    int size;
  };
  struct Entry {
    int row, column;
    double value;
  };

  // The next line with something on it.
  bool next() {
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view line = text_.substr(at_, end - at_);
      at_ = end + 1;
      ++place_.line;
      line = line.substr(0, line.find('#'));
      split_words(line, words_);
      if (!words_.empty()) return true;
    }
    return false;
  }

  void need(std::size_t words, std::string_view what) {
    if (!next()) place_.refuse("the file ends, expected {}", what);
    if (words_.size() != words) place_.refuse("{} words, expected {} ({})", words_.size(), words, what);
  }

  int integer(std::string_view word, int most) const {
    int value = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failure != std::errc{} || end != word.data() + word.size() || value < 0 || value > most)
      place_.refuse("'{}' is no integer from 0 to {}", word, most);
    return value;
  }

  double number(std::string_view word) const {
    double value = 0.0;
    if (!to_number(word, value) || std::isinf(value)) place_.refuse("'{}' is no finite number", word);
    return value;
  }

  static constexpr int most = 10'000'000;

  void version() {
    need(1, "the version");
    const int value = integer(words_[0], most);
    if (value < 1 || value > 4) place_.refuse("version {}, expected 1 to 4", value);
    version_seen_ = true;
  }

  void sense() {
    need(1, "MIN or MAX");
    if (words_[0] != "MIN" && words_[0] != "MAX") place_.refuse("'{}' is no sense, expected MIN or MAX", words_[0]);
    maximise_ = words_[0] == "MAX";
  }

  int blocks(std::vector<Block>& target) {
    need(2, "number of scalars and of cones");
    const int total = integer(words_[0], most), cones = integer(words_[1], most);
    long sum = 0;
    for (int i = 0; i < cones; ++i) {
      need(2, "cone and size");
      const std::string kind(words_[0]);
      if (kind != "F" && kind != "L=" && kind != "L+" && kind != "L-" && kind != "Q" && kind != "QR")
        place_.refuse("cone '{}' is not known; expected F, L=, L+, L-, Q or QR", kind);
      const int size = integer(words_[1], most);
      if (size < (kind == "QR" ? 2 : kind == "Q" ? 1 : 0)) place_.refuse("a cone {} of size {}", kind, size);
      sum += size;
      target.push_back({kind, size});
    }
    if (sum != total) place_.refuse("the cones add up to {}, expected {}", sum, total);
    return total;
  }

  void variables() {
    if (count_ > 0) place_.refuse("a second section VAR");
    count_ = blocks(variable_blocks_);
    for (int j = 0; j < count_; ++j) problem_.variable(fmt::format("x{}", j), -infinity, infinity);
  }

  void constraints() {
    if (!constraint_blocks_.empty()) place_.refuse("a second section CON");
    rows_ = blocks(constraint_blocks_);
    offset_.assign(static_cast<std::size_t>(rows_), 0.0);
  }

  int index(std::string_view word, int limit, const char* what) const {
    if (limit == 0) place_.refuse("{} {} before its section, or there is none", what, word);
    return integer(word, limit - 1);
  }

  int list_length() {
    need(1, "the number of lines");
    return integer(words_[0], most);
  }

  void skip_list() {
    for (int left = list_length(); left > 0; --left) need(1, "an index");
  }

  void objective() {
    for (int left = list_length(); left > 0; --left) {
      need(2, "variable and number");
      problem_.add_cost(index(words_[0], count_, "variable"), number(words_[1]));
    }
  }

  void constant() {
    need(1, "a number");
    problem_.add_constant(number(words_[0]));
  }

  void matrix() {
    for (int left = list_length(); left > 0; --left) {
      need(3, "row, variable and number");
      entries_.push_back({index(words_[0], rows_, "row"), index(words_[1], count_, "variable"), number(words_[2])});
    }
  }

  void offsets() {
    for (int left = list_length(); left > 0; --left) {
      need(2, "row and number");
      offset_[static_cast<std::size_t>(index(words_[0], rows_, "row"))] += number(words_[1]);
    }
  }

  kernels::Batch finish() {
    int j = 0;
    for (const auto& block : variable_blocks_) {
      if (block.kind == "Q" || block.kind == "QR") {
        const int first = problem_.cone(block.kind == "Q" ? ConeKind::second_order : ConeKind::rotated, block.size);
        for (int i = 0; i < block.size; ++i) problem_.cone_entry(first + i, j + i, 1.0);
      } else {
        const bool low = block.kind == "L+" || block.kind == "L=", high = block.kind == "L-" || block.kind == "L=";
        for (int i = 0; i < block.size; ++i) problem_.set_bounds(j + i, low ? 0.0 : -infinity, high ? 0.0 : infinity);
      }
      j += block.size;
    }
    // A row of a linear cone becomes a row a·x ≥ −b; one of a Q or QR a cone row.
    std::vector<int> row_of, cone_row_of;
    int number = 0;
    for (const auto& block : constraint_blocks_) {
      const bool cone = block.kind == "Q" || block.kind == "QR";
      const int first =
          cone ? problem_.cone(block.kind == "Q" ? ConeKind::second_order : ConeKind::rotated, block.size) : 0;
      const bool low = block.kind == "L+" || block.kind == "L=", high = block.kind == "L-" || block.kind == "L=";
      for (int i = 0; i < block.size; ++i, ++number) {
        const double offset = offset_[static_cast<std::size_t>(number)];
        row_of.push_back(cone ? -1
                              : problem_.row(fmt::format("r{}", number), low ? 0.0 - offset : -infinity,
                                             high ? 0.0 - offset : infinity));
        cone_row_of.push_back(cone ? first + i : -1);
        if (cone) problem_.cone_offset(first + i, offset);
      }
    }
    for (const auto& entry : entries_) {
      if (row_of[entry.row] >= 0) problem_.entry(row_of[entry.row], entry.column, entry.value);
      else problem_.cone_entry(cone_row_of[entry.row], entry.column, entry.value);
    }
    kernels::Batch batch = problem_.build(place_.file.stem().stem().string());
    if (maximise_)
      for (auto* values : {&batch.q.data, &batch.r.data})
        for (double& value : *values) value = -value;
    return batch;
  }

  std::string_view text_;
  LinePlace place_;
  std::size_t at_ = 0;
  std::vector<std::string_view> words_;
  bool version_seen_ = false, maximise_ = false;
  int count_ = 0, rows_ = 0;
  std::vector<Block> variable_blocks_, constraint_blocks_;
  std::vector<double> offset_;
  std::vector<Entry> entries_;
  ProblemBuilder problem_;
};

}  // namespace

kernels::Batch parse_cbf(std::string_view text, const std::filesystem::path& file) {
  return CbfReader(text, file).run();
}

}  // namespace wattstein::engine
