#include "engine/files/whole_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "engine/error/error.hpp"

namespace wattstein::files {
namespace {

std::string read_gzip(const std::filesystem::path& file) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (stream == nullptr) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  int got = 0;
  while ((got = gzread(stream, buffer.data(), buffer.size())) > 0)
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  int code = 0;
  const std::string reason = gzerror(stream, &code);
  gzclose(stream);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
    throw Error("{}: damaged gzip data ({})", file.string(), reason);
  return bytes;
}

std::uint32_t rotate(std::uint32_t value, int by) {
  return (value >> by) | (value << (32 - by));
}

}  // namespace

std::string read_whole(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) throw Error("{}: no such file", file.string());
  if (std::filesystem::is_directory(file, ignored)) throw Error("{}: is a folder, expected a file", file.string());
  if (file.extension() == ".gz") return read_gzip(file);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0)
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  const int failure = errno;
  ::close(descriptor);
  if (got < 0) throw Error("{}: cannot be read ({})", file.string(), std::strerror(failure));
  return bytes;
}

void write_whole(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path beside = file.string() + ".part";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw Error("{}: cannot be written ({})", file.string(), std::strerror(errno));
  int failure = 0;
  for (std::size_t done = 0; done < bytes.size() && failure == 0;) {
    const ssize_t wrote = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
    else if (wrote < 0 && errno != EINTR) failure = errno;
  }
  if (failure == 0 && ::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) failure = errno;
  if (::close(descriptor) != 0 && failure == 0) failure = errno;
  if (failure == 0 && ::rename(beside.c_str(), file.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(beside.c_str());
    throw Error("{}: cannot be written ({})", file.string(), std::strerror(failure));
  }
}

void make_writable_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure || !std::filesystem::is_directory(folder))
    throw Error("{}: the folder cannot be made ({})", folder.string(),
                failure ? failure.message() : "a file is in the way");
  const auto probe = folder / ".probe";
  write_whole(probe, "writable\n");
  std::filesystem::remove(probe, failure);
}

// FIPS 180-4.
std::string sha256(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 64> k = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  std::array<std::uint32_t, 8> hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const auto block = [&](const unsigned char* p) {
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
      const std::uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
      const std::uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> add = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) hash[i] += add[i];
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t at = 0;
  for (; at + 64 <= bytes.size(); at += 64) block(data + at);
  std::array<unsigned char, 128> tail{};
  const std::size_t left = bytes.size() - at;
  if (left > 0) std::memcpy(tail.data(), data + at, left);
  tail[left] = 0x80;
  const std::size_t length = left < 56 ? 64 : 128;
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) tail[length - 1 - i] = static_cast<unsigned char>(bits >> (8 * i));
  for (std::size_t i = 0; i < length; i += 64) block(tail.data() + i);
  std::string text;
  for (const auto word : hash) text += fmt::format("{:08x}", word);
  return text;
}

std::string sha256_of_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  struct stat about {};
  const bool known = ::fstat(descriptor, &about) == 0;
  const auto size = static_cast<std::size_t>(known ? about.st_size : 0);
  void* bytes = size > 0 ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0) : nullptr;
  const int failure = errno;
  ::close(descriptor);
  if (!known || bytes == MAP_FAILED) throw Error("{}: cannot be read ({})", file.string(), std::strerror(failure));
  const std::string digest = sha256(std::string_view(static_cast<const char*>(bytes), size));
  if (size > 0) ::munmap(bytes, size);
  return digest;
}

}  // namespace wattstein::files
