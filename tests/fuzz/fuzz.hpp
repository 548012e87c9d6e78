#pragma once
// What the fuzzers share: one function per target, and the random numbers of one case.

#include <cstdint>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

namespace wattstein::fuzz {

/// A broken promise of the code under test.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// 0 .. count − 1
  std::size_t below(std::size_t count) { return count == 0 ? 0 : engine_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  double uniform() { return std::uniform_real_distribution<double>(-1.0, 1.0)(engine_); }
  /// A number that readers and solvers meet rarely: 0, ±inf, NaN, huge, tiny, or an ordinary one.
  double odd();

 private:
  std::mt19937_64 engine_;
};

/// One case each; throws Fault when a promise is broken. `folder` is for files.
void mps_case(Dice& dice, const std::filesystem::path& folder);
void cbf_case(Dice& dice, const std::filesystem::path& folder);
void matpower_case(Dice& dice, const std::filesystem::path& folder);
void batch_file_case(Dice& dice, const std::filesystem::path& folder);
void batch_case(Dice& dice, const std::filesystem::path& folder);

}  // namespace wattstein::fuzz
