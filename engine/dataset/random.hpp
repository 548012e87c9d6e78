#pragma once
// Counter-based random numbers: Philox 4×32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2,
// 3, SC11). The stream of a sample is a function of (seed, id) alone, so rows come out the same in any order and shard.

#include <array>
#include <cstdint>

namespace wattstein::engine {

/// Ten rounds of  L' = hi(M1 c2) ⊕ c1 ⊕ k0 ...  on a 128-bit counter with a 64-bit key.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

class SampleStream {
 public:
  SampleStream(std::uint64_t seed, std::uint64_t id)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        id_{static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)} {}

  /// Uniform in [0, 1), 53 bits.
  double uniform() {
    if (left_ == 0) {
      words_ =
          philox({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32), id_[0], id_[1]}, key_);
      ++block_;
      left_ = 4;
    }
    const std::uint64_t high = words_[4 - left_], low = words_[5 - left_];
    left_ -= 2;
    return static_cast<double>((high << 32 | low) >> 11) * 0x1.0p-53;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

 private:
  std::array<std::uint32_t, 2> key_, id_;
  std::array<std::uint32_t, 4> words_{};
  std::uint64_t block_ = 0;
  unsigned left_ = 0;
};

}  // namespace wattstein::engine
