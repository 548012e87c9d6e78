// SHA-256 (FIPS 180-4), with the processor's own instructions where it has them: a data set of gigabytes is summed at
// the speed of the disk.

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::files {
namespace {

alignas(16) constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using State = std::array<std::uint32_t, 8>;

std::uint32_t rotate(std::uint32_t value, int by) {
  return (value >> by) | (value << (32 - by));
}

/// Takes `count` blocks of 64 bytes into the state.
void add_blocks(State& hash, const unsigned char* p, std::size_t count) {
  for (; count > 0; --count, p += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i)
      w[i] = (std::uint32_t{p[4 * i]} << 24) | (std::uint32_t{p[4 * i + 1]} << 16) |
             (std::uint32_t{p[4 * i + 2]} << 8) | std::uint32_t{p[4 * i + 3]};
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = hash;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t t1 =
          h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
      const std::uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const State add = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) hash[i] += add[i];
  }
}

#if defined(__x86_64__)
bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") &&
         __get_cpuid_count(7, 0, &a, &b, &c, &d) && ((b >> 29) & 1u) != 0;
}

/// The same with SHA extensions: the state lies as (A B E F) and (C D G H), four message words a register, two rounds
/// an instruction.
__attribute__((target("sha,ssse3,sse4.1"))) void add_blocks_sha(State& hash, const unsigned char* p,
                                                                std::size_t count) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const auto load = [](const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); };
  const __m128i badc = _mm_shuffle_epi32(load(hash.data()), 0xB1);      // words 0..3 as B A D C
  const __m128i hgfe = _mm_shuffle_epi32(load(hash.data() + 4), 0x1B);  // words 4..7 as H G F E
  __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
  for (; count > 0; --count, p += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 16; ++i) {
      __m128i& now = w[i & 3];  // holds the words of four groups ago
      const __m128i last = w[(i + 3) & 3];
      if (i < 4) {
        now = _mm_shuffle_epi8(load(p + std::ptrdiff_t{16} * i), big_endian);
      } else {
        const __m128i sum =
            _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) & 3]), _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
        now = _mm_sha256msg2_epu32(sum, last);
      }
      const __m128i words = _mm_add_epi32(now, load(round_constants.data() + std::ptrdiff_t{4} * i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(hash.data()), _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(hash.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#endif

using AddBlocks = void (*)(State&, const unsigned char*, std::size_t);

AddBlocks choose() {
#if defined(__x86_64__)
  if (has_sha_instructions()) return add_blocks_sha;
#endif
  return add_blocks;
}

constexpr State first_state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// Takes the last bytes (the part beyond whole blocks) and the length of everything; the digest as text.
std::string finish(State hash, std::string_view rest, std::uint64_t total, AddBlocks add) {
  std::array<unsigned char, 128> tail{};
  if (!rest.empty()) std::memcpy(tail.data(), rest.data(), rest.size());
  tail[rest.size()] = 0x80;
  const std::size_t length = rest.size() < 56 ? 64 : 128;
  const std::uint64_t bits = total * 8;
  for (std::size_t i = 0; i < 8; ++i) tail[length - 1 - i] = static_cast<unsigned char>(bits >> (8 * i));
  add(hash, tail.data(), length / 64);
  std::string text;
  for (const auto word : hash) text += fmt::format("{:08x}", word);
  return text;
}

std::string digest(std::string_view bytes, AddBlocks add) {
  State hash = first_state;
  const std::size_t whole = bytes.size() / 64;
  add(hash, reinterpret_cast<const unsigned char*>(bytes.data()), whole);
  return finish(hash, bytes.substr(64 * whole), bytes.size(), add);
}

AddBlocks best() {
  static const AddBlocks add = choose();
  return add;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return digest(bytes, best());
}

std::string sha256_portable(std::string_view bytes) {
  return digest(bytes, add_blocks);
}

std::string sha256_of_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  // Read, not mapped: mapped pages would count as this process's memory, and a file that shrinks meanwhile would kill
  // it.
  std::vector<char> piece(std::size_t{1} << 20);
  State hash = first_state;
  std::uint64_t total = 0;
  std::size_t held = 0;  // bytes of `piece` that are not yet in the state
  ssize_t got = 0;
  while ((got = ::read(descriptor, piece.data() + held, piece.size() - held)) > 0) {
    total += static_cast<std::uint64_t>(got);
    held += static_cast<std::size_t>(got);
    const std::size_t whole = held / 64;
    best()(hash, reinterpret_cast<const unsigned char*>(piece.data()), whole);
    held -= 64 * whole;
    std::memmove(piece.data(), piece.data() + 64 * whole, held);
  }
  const int failure = errno;
  ::close(descriptor);
  if (got < 0) throw Error("{}: cannot be read ({})", file.string(), std::strerror(failure));
  return finish(hash, {piece.data(), held}, total, best());
}

}  // namespace wattstein::files
