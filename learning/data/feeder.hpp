#pragma once
// The feeder of a data set as the surrogate sees it: places on a tree.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/models/dso/dso_data.hpp"

namespace wattstein::learning {

/// Buses in the order of network.json. float32. Impedances in p.u. of voltage per MW, so that feeders of different
/// bases look alike.
struct Feeder {
  engine::DsoData data;  // its microgrids are those of the last use; splits bring their own
  torch::Tensor place;  // (N, place_width): depth, path r, path x, limit of the line above, generator p, q, price, root
  torch::Tensor relation;    // (N, N, relation_width): shared r, shared x, lines apart, m above n, n above m
  torch::Tensor below;       // (N, N): 1 where bus k is fed through bus n (or is it)
  torch::Tensor drop_r;      // (N, N): 2 R_nk in p.u. of v² per MW; with drop_x the lossless voltages of the DSO page
  torch::Tensor drop_x;      // (N, N)
  torch::Tensor line_limit;  // (N): MVA of the line above; the root has the largest of all
  std::string fingerprint;   // SHA-256 of everything in network.json that moves a response

  static constexpr int place_width = 8;
  static constexpr int relation_width = 5;
  std::int64_t buses() const { return data.buses(); }
};

Feeder make_feeder(const engine::DsoData& data);

/// Reads data/network.json (schema wattstein-dso-1). `folder`: data/ or the run's folder above it. Errors: missing,
/// another schema, branches that make no tree.
Feeder read_feeder(const std::filesystem::path& folder);

}  // namespace wattstein::learning
