#pragma once
// Single problems in the files that other solvers read: MPS (LP), QPS (QP), CBF (second-order cones); gzip by `.gz`.

#include <filesystem>
#include <string>
#include <string_view>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

/// Reads .mps, .qps, .cbf, each also with .gz. Error with file, line, found and expected.
kernels::Batch read_model_file(const std::filesystem::path& file);

/// Writes by the name's ending: .mps (LP), .qps (QP), .cbf (LP and SOCP; a P becomes a rotated cone) for a batch of
/// one, .h5 for any batch. Names are kept. Error when the format cannot hold the problem.
void write_model_file(const std::filesystem::path& file, const kernels::Batch& batch);

/// Error unless the name has one of the endings above.
void require_model_file_name(const std::filesystem::path& file);

/// The formats on texts; `file` is for messages.
kernels::Batch parse_mps(std::string_view text, const std::filesystem::path& file);
kernels::Batch parse_cbf(std::string_view text, const std::filesystem::path& file);
std::string mps_text(const kernels::Batch& batch);
std::string cbf_text(const kernels::Batch& batch);

}  // namespace wattstein::engine
