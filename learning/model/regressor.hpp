#pragma once
// What the trainer trains: anything that maps standardised inputs to standardised outputs.

#include <torch/torch.h>

#include <cstdint>

namespace wattstein::learning {

/// Standardised, all on one device. B rows, N buses, M microgrids.
struct Inputs {
  torch::Tensor token;      // (B, N, plain_width + flow_width)
  torch::Tensor place;      // (N, place_width)
  torch::Tensor relation;   // (N, N, relation_width)
  torch::Tensor own;        // (B, M, 3) P^net_m, p_min_m, p_max_m
  torch::Tensor microgrid;  // (M)

  std::int64_t size() const { return token.size(0); }
  Inputs to(const torch::Device& device) const {
    return {token.to(device), place.to(device), relation.to(device), own.to(device), microgrid.to(device)};
  }
  /// The rows whose position is listed.
  Inputs rows(const torch::Tensor& positions) const {
    return {token.index_select(0, positions), place, relation, own.index_select(0, positions), microgrid};
  }
  /// Rows first .. last-1, without a copy.
  Inputs slice(std::int64_t first, std::int64_t last) const {
    return {token.slice(0, first, last), place, relation, own.slice(0, first, last), microgrid};
  }
};

struct Regressor : torch::nn::Module {
  /// (B, M, outputs)
  virtual torch::Tensor predict(const Inputs& inputs) = 0;
};

}  // namespace wattstein::learning
