// Texts and HDF5 files, broken at random.

#include <array>
#include <cmath>
#include <filesystem>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/grid/matpower.hpp"
#include "engine/problem/batch_file.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/problem/screen.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/kernels_ipm/random_problem.hpp"

namespace wattstein::fuzz {
namespace {

kernels::Batch small_problem(Dice& dice, bool quadratic, bool cones) {
  test::Shape shape;
  shape.problems = 1;
  shape.variables = 1 + static_cast<int>(dice.below(9));
  shape.rows = static_cast<int>(dice.below(7));
  shape.second_order = cones ? static_cast<int>(dice.below(3)) : 0;
  shape.rotated = cones ? static_cast<int>(dice.below(2)) : 0;
  shape.quadratic = quadratic;
  shape.full_quadratic = quadratic && dice.one_in(2);
  shape.seed = static_cast<unsigned>(dice.below(1000));
  return test::make_problem(shape).batch;
}

// Bytes, words and lines replaced, doubled, dropped, swapped.
std::string broken(Dice& dice, std::string text, std::span<const char* const> words) {
  const std::size_t times = 1 + dice.below(6);
  for (std::size_t i = 0; i < times && !text.empty(); ++i) {
    const std::size_t at = dice.below(text.size());
    const std::size_t line = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
    std::size_t end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    switch (dice.below(8)) {
      case 0:
        text[at] = static_cast<char>(dice.below(256));
        break;
      case 1:
        text.erase(at, 1 + dice.below(20));
        break;
      case 2:
        text.insert(at, words[dice.below(words.size())]);
        break;
      case 3:
        text.erase(line, end - line);
        break;
      case 4:
        text.insert(line, text.substr(line, end - line));
        break;
      case 5:
        text.resize(at);
        break;
      case 6:
        text.insert(line, std::string(words[dice.below(words.size())]) + "\n");
        break;
      default: {  // a number in place of a word
        const std::size_t from = text.find_first_of(" \t", at), to = text.find_first_of(" \t\n", from + 1);
        if (from != std::string::npos && to != std::string::npos)
          text.replace(from + 1, to - from - 1, words[dice.below(words.size())]);
      }
    }
  }
  return text;
}

constexpr std::array numbers_and_words = {"0",
                                          "-1",
                                          "1e400",
                                          "-1e400",
                                          "nan",
                                          "inf",
                                          "1e-400",
                                          "99999999999999999999",
                                          "2147483648",
                                          "-2147483649",
                                          " ",
                                          "\t",
                                          "\r\n",
                                          "RHS",
                                          "ROWS",
                                          "COLUMNS",
                                          "RANGES",
                                          "BOUNDS",
                                          "ENDATA",
                                          "QUADOBJ",
                                          " UP ",
                                          " FR ",
                                          " MI ",
                                          " BV ",
                                          " FX ",
                                          "'MARKER'",
                                          "OBJSENSE",
                                          "NAME",
                                          "VER",
                                          "CON",
                                          "VAR",
                                          "OBJACOORD",
                                          "ACOORD",
                                          "BCOORD",
                                          "INT",
                                          "L=",
                                          "QR",
                                          "Q",
                                          "F",
                                          "%",
                                          "mpc.bus = [",
                                          "];",
                                          "mpc.branch = [",
                                          "mpc.baseMVA = 0;",
                                          "mpc.version = '1';",
                                          "};",
                                          "'",
                                          "...",
                                          "0/0",
                                          "1e5 * mpc.baseMVA"};

template <class Parse>
void read(const std::string& text, Parse&& parse) {
  try {
    parse(text);
  } catch (const wattstein::Error&) {  // NOLINT(bugprone-empty-catch): understood as wrong, which is right
  }
}

constexpr const char* small_case = R"(function mpc = small
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
 1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
 2 1 50 10 0 0 1 1 0 230 1 1.1 0.9;
 3 2 20 5 1 0.5 1 1 0 230 1 1.1 0.9;
];
mpc.gen = [
 1 40 0 30 -30 1 100 1 80 0;
 3 30 0 30 -30 1 100 1 60 5;
];
mpc.branch = [
 1 2 0.01 0.1 0.02 60 0 0 0 0 1 -360 360;
 2 3 0.01 0.1 0.02 0 0 0 1.02 5 1 -360 360;
];
mpc.gencost = [
 2 0 0 3 0.01 20 0;
 1 0 0 2 0 0 60 1800;
];
)";

// A dataset with numbers of a random kind, mostly of the right shape.
void put(Dice& dice, files::Hdf5Writer& file, const std::string& name, const std::vector<double>& values,
         files::Shape shape) {
  if (dice.one_in(40)) return;
  auto copy = values;
  if (dice.one_in(12) && !copy.empty()) copy[dice.below(copy.size())] = dice.odd();
  if (dice.one_in(30)) {
    copy.push_back(dice.odd());
    shape = {static_cast<std::int64_t>(copy.size())};
  }
  if (dice.one_in(30)) shape.insert(shape.begin(), 1);
  if (dice.one_in(40)) {
    std::vector<std::int64_t> integers(copy.size());
    for (std::size_t i = 0; i < copy.size(); ++i)
      integers[i] = std::fabs(copy[i]) < 1e15 ? static_cast<std::int64_t>(copy[i]) : -1;
    file.integers64(name, integers, shape);
  } else {
    file.numbers(name, copy, shape);
  }
}
void put(Dice& dice, files::Hdf5Writer& file, const std::string& name, const std::vector<int>& values) {
  if (dice.one_in(40)) return;
  std::vector<std::int64_t> copy(values.begin(), values.end());
  if (dice.one_in(10) && !copy.empty()) {
    constexpr std::array<std::int64_t, 6> odd = {-1, 0, 1, 1LL << 31, -(1LL << 40), 1LL << 62};
    copy[dice.below(copy.size())] = odd[dice.below(odd.size())];
  }
  if (dice.one_in(30)) copy.push_back(static_cast<std::int64_t>(dice.below(5)));
  file.integers64(name, copy, {static_cast<std::int64_t>(copy.size())});
}

void put_matrix(Dice& dice, files::Hdf5Writer& file, const std::string& name, const kernels::Matrix& matrix) {
  put(dice, file, name + "/indptr", matrix.pattern.indptr);
  put(dice, file, name + "/indices", matrix.pattern.indices);
  put(dice, file, name + "/data", matrix.data, {matrix.pattern.nonzeros()});
  if (dice.one_in(10)) {
    put(dice, file, name + "/delta_indptr", {0, static_cast<int>(dice.below(3))});
    put(dice, file, name + "/delta_position", {static_cast<int>(dice.below(9)), 0});
    put(dice, file, name + "/delta_value", std::vector<double>{dice.odd(), 1.0}, {2});
  }
}

}  // namespace

void mps_case(Dice& dice, const std::filesystem::path&) {
  const auto text =
      broken(dice, engine::mps_text(small_problem(dice, dice.one_in(2), false)), std::span(numbers_and_words));
  read(text, [](const std::string& given) {
    const auto once = engine::parse_mps(given, "fuzz.qps");
    engine::require_consistent(once);
    if (engine::screen(once)[0]) engine::require_consistent(engine::parse_mps(engine::mps_text(once), "again.qps"));
  });
}

void cbf_case(Dice& dice, const std::filesystem::path&) {
  const auto text = broken(dice, engine::cbf_text(small_problem(dice, false, true)), std::span(numbers_and_words));
  read(text, [](const std::string& given) { engine::require_consistent(engine::parse_cbf(given, "fuzz.cbf")); });
}

void matpower_case(Dice& dice, const std::filesystem::path&) {
  const auto text = broken(dice, small_case, std::span(numbers_and_words));
  read(text, [](const std::string& given) { grid::parse_matpower(given, "fuzz.m"); });
}

void batch_file_case(Dice& dice, const std::filesystem::path& folder) {
  const auto batch = small_problem(dice, dice.one_in(2), dice.one_in(2));
  const auto path = folder / "fuzz.h5";
  std::filesystem::remove(path);
  {
    files::Hdf5Writer file(path);
    file.attribute("/", "format", std::string_view(dice.one_in(60) ? "something" : "wattstein-batch"));
    if (!dice.one_in(60)) file.attribute("/", "version", std::int64_t{dice.one_in(60) ? 9 : 1});
    file.attribute("/", "name", std::string_view("fuzz"));
    const auto size = [&](const char* name, std::int64_t value) {
      if (dice.one_in(60)) return;
      constexpr std::array<std::int64_t, 5> odd = {-1, 0, 3, 1LL << 31, 1LL << 62};
      file.attribute("/", name, dice.one_in(40) ? odd[dice.below(odd.size())] : value);
    };
    size("problems", 1), size("variables", batch.variables), size("rows", batch.rows);
    put_matrix(dice, file, "A", batch.A);
    if (!batch.P.data.empty()) put_matrix(dice, file, "P", batch.P);
    if (batch.cone_rows() > 0) {
      put_matrix(dice, file, "G", batch.G);
      std::vector<int> kind, sizes;
      for (const auto& cone : batch.cones) kind.push_back(static_cast<int>(cone.kind)), sizes.push_back(cone.size);
      put(dice, file, "cones/kind", kind);
      put(dice, file, "cones/size", sizes);
      put(dice, file, "g", batch.g.data, {batch.g.width});
    }
    for (const auto& [name, field] :
         {std::pair{"q", &batch.q}, {"l", &batch.l}, {"u", &batch.u}, {"lb", &batch.lb}, {"ub", &batch.ub}})
      put(dice, file, name, field->data, {field->width});
    if (dice.one_in(20)) put(dice, file, "A/surprise", std::vector<double>{1.0}, {1});
    if (dice.one_in(20)) put(dice, file, "start/x", std::vector<double>{dice.odd()}, {1});
    file.commit();
  }
  read("", [&](const std::string&) { engine::require_consistent(engine::read_batch_file(path).batch); });
}

}  // namespace wattstein::fuzz
