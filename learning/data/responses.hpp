#pragma once
// Proposals and the operator's responses as tensors.

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "learning/data/feeder.hpp"

namespace wattstein::learning {

/// Proposals, and, where they come from a solved split, responses. S rows, N buses, M microgrids. float32, MW.
struct Responses {
  std::string split;          // "train", "test", "test_load", ...
  torch::Tensor id;           // (S) int64
  torch::Tensor token;        // (S, N, plain_width + flow_width), see token_names
  torch::Tensor net;          // (S, M) proposals P^net
  torch::Tensor microgrid;    // (M) int64, position of the bus
  torch::Tensor reach;        // (M, 2) p_min, p_max
  torch::Tensor correction;   // (S, M) p_m − P^net_m: what is learned. Undefined where only proposals are known
  torch::Tensor voltage;      // (S, M) squared voltage at the microgrid's bus, p.u.
  torch::Tensor accepted;     // (S, M) bool, as the operator decided
  std::int64_t left_out = 0;  // rows that are not tight

  /// pd, qd, pv, Σ net (MW, MVAr), log10 c_ls, log10 λ_corr; then what a lossless network would carry at the proposal:
  /// flow into the bus (MW, MVAr), its apparent power over the line's limit, squared voltage − 1.
  static constexpr int plain_width = 6;
  static constexpr int flow_width = 4;
  std::int64_t size() const { return id.size(0); }
  std::int64_t microgrids() const { return microgrid.size(0); }
};

/// Names of the splits that the folder (data/ or the run's folder above it) holds, train first.
std::vector<std::string> solved_splits(const std::filesystem::path& folder);

/// The proposals of an input.h5 for the feeder; `microgrids` receives those of the file's axes. Errors name file and
/// dataset: not HDF5, missing datasets, other buses or branches than the feeder's, values that are not finite.
engine::DsoInputs read_inputs(const std::filesystem::path& input_file, const engine::DsoData& network,
                              std::vector<engine::DsoMicrogrid>& microgrids);

/// Tensors of proposals; correction, voltage and accepted stay undefined.
Responses tensors_of(const engine::DsoInputs& inputs, const std::vector<engine::DsoMicrogrid>& microgrids,
                     const Feeder& feeder);

/// Reads data/<split>. Untight rows are left out unless asked for. Errors name file and dataset.
Responses read_responses(const std::filesystem::path& folder, const std::string& split, const Feeder& feeder,
                         bool with_untight = false);

/// The rows whose position is listed, in that order.
Responses take(const Responses& responses, const torch::Tensor& rows);

}  // namespace wattstein::learning
