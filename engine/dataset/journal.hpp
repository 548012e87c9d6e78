#pragma once
// Finished blocks as plain files, so that a run killed at any moment loses only the block in flight: HDF5 files that
// were being written cannot be trusted after a kill, these can (each is written beside its name, renamed, and carries a
// sum).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace wattstein::engine {

/// The arrays of a block, in a fixed order; what they hold is the caller's to know.
using BlockArrays = std::vector<std::span<std::byte>>;

/// Adds the bytes of an array of plain numbers.
template <class T>
void add_array(BlockArrays& arrays, std::vector<T>& values) {
  arrays.push_back(std::as_writable_bytes(std::span(values)));
}

class Journal {
 public:
  /// `fingerprint`: 64 hexadecimal digits of everything that rows depend on; blocks of another run are refused.
  Journal(std::filesystem::path folder, std::string fingerprint);

  /// Error when the block cannot be written (disk full); earlier blocks stay.
  void write(int family, std::int64_t first_id, std::int64_t count, const BlockArrays& arrays) const;

  struct Entry {
    int family = 0;
    std::int64_t first_id = 0, count = 0;
    std::filesystem::path file;
  };
  /// Blocks at hand, sorted by family and id. Error when they belong to another study.
  std::vector<Entry> entries() const;
  /// Reads one into arrays of the right sizes; false when it is cut short or its sum is wrong (it is then computed
  /// again).
  bool read(const Entry& entry, const BlockArrays& arrays) const;
  void remove() const;

 private:
  std::filesystem::path folder_;
  std::string fingerprint_;
};

}  // namespace wattstein::engine
