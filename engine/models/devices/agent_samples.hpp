#pragma once
// From sample files and `[ambiguity]`-like keys to AgentSamples: the samples used, their mean, the support box, the
// radius.

#include <filesystem>
#include <string>
#include <vector>

#include "engine/grid/samples.hpp"
#include "engine/models/devices/devices.hpp"
#include "engine/uncertainty/recourse.hpp"

namespace wattstein::engine {

struct SampleRequest {
  std::filesystem::path file;          // empty: none
  std::filesystem::path test_file;     // empty: none
  int first = 1;                       // first sample used, from 1
  int count = 0;                       // how many; 0: all that follow
  double scale = 1.0;                  // of samples, test samples and support file (capacities are scaled already)
  std::string support = "samples";     // samples | capacity | file
  std::filesystem::path support_file;  // with support = "file"
  double support_margin = 0.0;         // samples only
  double radius_mw = -1.0;             // negative: by the formula
  std::string where;                   // start of messages: "study.toml, line 3, [transmission]"
};

/// Reads and checks. `renewables` carry the capacities as scaled. Errors: no file although there are renewables,
/// samples asked for that the file lacks, a sample outside the support, and what read_samples refuses.
AgentSamples make_samples(const SampleRequest& request, const std::vector<Renewable>& renewables, int hours,
                          grid::SampleCache& cache);

}  // namespace wattstein::engine
