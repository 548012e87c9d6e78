#pragma once
// A batch as a flat little-endian file, for machines without HDF5. Written by convert_batches.cpp; order of records as
// in read_raw_batch.

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::bench {

struct ReferencedBatch {
  kernels::Batch batch;
  std::vector<double> objective;    // (B) reference, NaN where there is none
  std::vector<std::int8_t> status;  // (B) reference
};

/// Reads `path`; an empty batch (problems = 0) and a message when it cannot.
ReferencedBatch read_raw_batch(const std::string& path, std::string& error);

/// Writes `from` to `path`; false when it cannot.
bool write_raw_batch(const std::string& path, const ReferencedBatch& from);

}  // namespace wattstein::bench
