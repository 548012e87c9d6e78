#pragma once
// Batches as HDF5 files, "wattstein-batch" version 1.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::engine {

/// Known results that a file may carry; each vector is empty or has one entry per problem read.
struct BatchReference {
  std::vector<double> objective;  // NaN where there is none
  std::vector<kernels::Status> status;
  std::vector<double> bound;
};

struct BatchFile {
  kernels::Batch batch;
  BatchReference reference;
  std::int64_t first = 0;  // number in the file of the batch's problem 0
  std::int64_t total = 0;  // problems in the file
  std::string note;
  bool one_model = false;  // from a model file (.mps, .qps, .cbf): one problem with a status of its own
};

/// Reads problems first .. first+count-1 (count = 0: all that follow). Everything about the file that is wrong
/// (pattern, shapes, types, unknown datasets) is an Error with file, dataset, found and expected; wrong numbers of
/// single problems are no error here (screen.hpp).
BatchFile read_batch_file(const std::filesystem::path& file, std::int64_t first = 0, std::int64_t count = 0);

/// Writes a batch with its names and start points, and the reference where it is not empty.
void write_batch_file(const std::filesystem::path& file, const kernels::Batch& batch,
                      const BatchReference& reference = {}, const std::string& note = {});

}  // namespace wattstein::engine
