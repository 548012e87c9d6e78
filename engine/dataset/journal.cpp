#include "engine/dataset/journal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "engine/dataset/table_file.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

struct Header {
  char magic[16] = "wattstein-block";
  char fingerprint[64] = {};
  std::int64_t family = 0, first_id = 0, count = 0;
};

/// Sum over 64-bit words, four at a time so that it keeps up with the disk.
class Sum {
 public:
  void add(const void* data, std::size_t bytes) {
    const auto* at = static_cast<const unsigned char*>(data);
    for (; bytes >= 8; at += 8, bytes -= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      value_ = (value_ ^ word) * 0x9E3779B97F4A7C15u;
      value_ ^= value_ >> 29;
    }
    for (; bytes > 0; ++at, --bytes) value_ = (value_ ^ *at) * 0x100000001B3u;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

}  // namespace

Journal::Journal(std::filesystem::path folder, std::string fingerprint)
    : folder_(std::move(folder)), fingerprint_(std::move(fingerprint)) {}

void Journal::write(int family, std::int64_t first_id, std::int64_t count, const BlockArrays& arrays) const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  if (problem) throw Error("{}: the folder cannot be made: {}", folder_.string(), problem.message());
  char name[64];
  std::snprintf(name, sizeof name, "%03d-%018lld.block", family, static_cast<long long>(first_id));
  const auto file = folder_ / name, part = folder_ / (std::string(name) + ".part");
  Header header;
  std::copy_n(fingerprint_.begin(), std::min<std::size_t>(64, fingerprint_.size()), header.fingerprint);
  header.family = family;
  header.first_id = first_id;
  header.count = count;
  File out(std::fopen(part.string().c_str(), "wb"), &std::fclose);
  bool good = out != nullptr;
  Sum sum;
  const auto put = [&](const void* data, std::size_t bytes) {
    good = good && std::fwrite(data, 1, bytes, out.get()) == bytes;
    sum.add(data, bytes);
  };
  put(&header, sizeof header);
  for (const auto& array : arrays) put(array.data(), array.size());
  const std::uint64_t total = sum.value();
  good = good && std::fwrite(&total, 1, sizeof total, out.get()) == sizeof total;
  if (out) good = std::fclose(out.release()) == 0 && good;
  if (good) std::filesystem::rename(part, file, problem);
  if (!good || problem) {
    const std::string why = why_not_written(part);
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw Error("{}: {}; the blocks before it are kept, --resume goes on from there", file.string(), why);
  }
}

std::vector<Journal::Entry> Journal::entries() const {
  std::vector<Entry> found;
  if (!std::filesystem::is_directory(folder_)) return found;
  for (const auto& item : std::filesystem::directory_iterator(folder_)) {
    if (item.path().extension() != ".block") continue;
    std::ifstream in(item.path(), std::ios::binary);
    Header header, expected;
    if (!in.read(reinterpret_cast<char*>(&header), sizeof header)) continue;
    if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0) continue;
    if (std::string_view(header.fingerprint, 64) != std::string_view(fingerprint_).substr(0, 64))
      throw Error("{} belongs to another study or version: resume with the same settings, or give another folder",
                  item.path().string());
    found.push_back({static_cast<int>(header.family), header.first_id, header.count, item.path()});
  }
  std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.family, a.first_id) < std::pair(b.family, b.first_id);
  });
  return found;
}

bool Journal::read(const Entry& entry, const BlockArrays& arrays) const {
  File in(std::fopen(entry.file.string().c_str(), "rb"), &std::fclose);
  if (!in || entry.count < 1) return false;
  std::size_t expected = sizeof(Header) + sizeof(std::uint64_t);
  for (const auto& array : arrays) expected += array.size();
  std::error_code problem;
  if (std::filesystem::file_size(entry.file, problem) != expected || problem) return false;
  bool good = true;
  Sum sum;
  const auto get = [&](void* to, std::size_t bytes) {
    good = good && std::fread(to, 1, bytes, in.get()) == bytes;
    sum.add(to, bytes);
  };
  Header header;
  get(&header, sizeof header);
  for (const auto& array : arrays) get(array.data(), array.size());
  std::uint64_t total = 0;
  return good && std::fread(&total, 1, sizeof total, in.get()) == sizeof total && total == sum.value();
}

void Journal::remove() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace wattstein::engine
