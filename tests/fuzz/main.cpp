// fuzz TARGET [--cases N] [--seconds S] [--seed K]

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>

#include "tests/fuzz/fuzz.hpp"

namespace wattstein::fuzz {

double Dice::odd() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (below(9)) {
    case 0:
      return 0.0;
    case 1:
      return infinity;
    case 2:
      return -infinity;
    case 3:
      return std::nan("");
    case 4:
      return 1e300 * uniform();
    case 5:
      return 1e-300 * uniform();
    case 6:
      return 1e9 * uniform();
    default:
      return uniform();
  }
}

namespace {

using Case = void (*)(Dice&, const std::filesystem::path&);

Case case_of(std::string_view target) {
  if (target == "mps") return mps_case;
  if (target == "cbf") return cbf_case;
  if (target == "matpower") return matpower_case;
  if (target == "batch_file") return batch_file_case;
  if (target == "batch") return batch_case;
  return nullptr;
}

int run(int count, char** words) {
  const Case one = count > 1 ? case_of(words[1]) : nullptr;
  std::uint64_t cases = std::numeric_limits<std::uint64_t>::max(), seed = 1;
  double seconds = 60.0;
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string_view key = words[i];
    if (key == "--cases") cases = std::strtoull(words[i + 1], nullptr, 10);
    if (key == "--seconds") seconds = std::strtod(words[i + 1], nullptr);
    if (key == "--seed") seed = std::strtoull(words[i + 1], nullptr, 10);
  }
  if (!one) {
    std::fputs("usage: fuzz mps|cbf|matpower|batch_file|batch [--cases N] [--seconds S] [--seed K]\n", stderr);
    return 2;
  }
  const auto folder =
      std::filesystem::temp_directory_path() / ("fuzz_" + std::string(words[1]) + "_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  int status = 0;
  for (; done < cases; ++done) {
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > seconds) break;
    Dice dice(seed + done);
    try {
      one(dice, folder);
    } catch (const std::exception& fault) {
      std::fprintf(stderr, "%s, seed %llu: %s\n", words[1], static_cast<unsigned long long>(seed + done), fault.what());
      status = 1;
      break;
    }
  }
  std::filesystem::remove_all(folder);
  std::printf("%s: %llu cases\n", words[1], static_cast<unsigned long long>(done));
  return status;
}

}  // namespace
}  // namespace wattstein::fuzz

int main(int count, char** words) {
  return wattstein::fuzz::run(count, words);
}
