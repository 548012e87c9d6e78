#pragma once
// Finished blocks as plain files, so that a run killed at any moment loses only the block in flight: HDF5 files that
// were being written cannot be trusted after a kill, these can (each is written beside its name, renamed, and carries a
// sum).

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::engine {

struct Block {
  int family = 0;
  std::int64_t first_id = 0;
  DsoInputs inputs;
  DsoAnswers answers;
};

class Journal {
 public:
  /// `fingerprint`: 64 hexadecimal digits of everything that rows depend on; blocks of another run are refused.
  Journal(std::filesystem::path folder, std::string fingerprint);

  /// Error when the block cannot be written (disk full); earlier blocks stay.
  void write(const Block& block) const;

  struct Entry {
    int family = 0;
    std::int64_t first_id = 0, count = 0;
    std::filesystem::path file;
  };
  /// Blocks at hand, sorted by family and id. Error when they belong to another study.
  std::vector<Entry> entries() const;
  /// Reads one; false when it is cut short or its sum is wrong (it is then computed again).
  bool read(const Entry& entry, const DsoData& data, Block& block) const;
  void remove() const;

 private:
  std::filesystem::path folder_;
  std::string fingerprint_;
};

}  // namespace wattstein::engine
