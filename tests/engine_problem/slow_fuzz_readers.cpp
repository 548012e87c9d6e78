// Mutated files: a reader gives a problem whose parts fit each other, or an Error; it never crashes, hangs or lets
// another exception through. Seconds per format: $WATTSTEIN_FUZZ_SECONDS (default 5). Meant for the sanitizer build.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <vector>

#include "engine/error/error.hpp"
#include "engine/problem/builder.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/problem/screen.hpp"

namespace wattstein::engine {
namespace {

double seconds_of_fuzzing() {
  const char* given = std::getenv("WATTSTEIN_FUZZ_SECONDS");
  return given == nullptr ? 5.0 : std::atof(given);
}

// One small problem with every kind of row, bound, quadratic term and cone that the format holds.
kernels::Batch seed_problem(bool cones) {
  ProblemBuilder builder;
  builder.variable("x1", 0.0, 10.0, 1.0);
  builder.variable("free", -infinity, infinity, -2.5);
  builder.variable("fixed", 3.0, 3.0);
  builder.variable("below", -infinity, -1.0, 1e-3);
  const double sides[][2] = {{1.0, 1.0}, {-infinity, 4.0}, {2.0, infinity}, {-1.0, 1.0}};
  for (int i = 0; i < 4; ++i) {
    const int row = builder.row("row" + std::to_string(i), sides[i][0], sides[i][1]);
    builder.entry(row, i, 1.5);
    builder.entry(row, (i + 1) % 4, -2.0);
  }
  builder.add_constant(12.0);
  if (!cones) builder.add_product(0, 1, 0.5);
  if (cones)
    for (const auto kind : {ConeKind::second_order, ConeKind::rotated}) {
      const int first = builder.cone(kind, 3);
      for (int i = 0; i < 3; ++i) builder.cone_entry(first + i, i, 1.0);
    }
  return builder.build("seed");
}

std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> words = {
      "inf",       "-",      "nan",  "1e400",      "-1e-400", "99999999999", "0",   "RHS",     "BOUNDS",
      "QMATRIX",   "ENDATA", "\n",   " ",          "RANGES",  "FR",          "VAR", "CON",     "QR 1",
      "Q 1000000", "ACOORD", "L= 3", "2147483648", "\t",      "*",           "&",   "'MARKER'"};
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (std::size_t changes = 1 + below(6); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, 1 + below(12));
        break;
      case 2:
        text.insert(at, words[below(words.size())]);
        break;
      case 3: {  // a line twice, or elsewhere
        const std::size_t begin = text.rfind('\n', at) + 1, end = std::min(text.find('\n', at), text.size() - 1);
        text.insert(text.find('\n', below(text.size())) + 1, text.substr(begin, end + 1 - begin));
        break;
      }
      case 4:
        text.resize(at);
        break;
      default: {  // a number becomes another
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit != std::string::npos) text[digit] = static_cast<char>('0' + below(10));
      }
    }
  }
  return text;
}

void fuzz(const std::string& text, const std::function<kernels::Batch(const std::string&)>& parse) {
  std::mt19937 random(20240501);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_of_fuzzing());
  int accepted = 0, refused = 0;
  while (std::chrono::steady_clock::now() < end) {
    const std::string input = mutated(text, random);
    try {
      const auto batch = parse(input);
      require_consistent(batch);
      screen(batch);
      ++accepted;
    } catch (const Error& error) {
      ASSERT_NE(std::string(error.what()).find("fuzz"), std::string::npos)
          << "a message without the file's name: " << error.what() << "\n"
          << input;
      ++refused;
    }
  }
  EXPECT_GT(accepted, 10);
  EXPECT_GT(refused, 10);
}

TEST(Fuzz, Mps) {
  fuzz(mps_text(seed_problem(false)), [](const std::string& text) { return parse_mps(text, "fuzz.qps"); });
}

TEST(Fuzz, Cbf) {
  fuzz(cbf_text(seed_problem(true)), [](const std::string& text) { return parse_cbf(text, "fuzz.cbf"); });
}

}  // namespace
}  // namespace wattstein::engine
