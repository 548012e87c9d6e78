#pragma once
// The study of a scaling point: the base study with D hubs and E samples per agent, more of either than it has being
// made by a stated rule.
//
// Hubs. Copies one by one in the order of the file. Further ones repeat these from the first on, stand at the load
// buses of the transmission that carry no hub yet, largest first (then at all load buses again), and have each of
// their factors (loads, renewables, costs, gas price) multiplied by a number drawn uniformly from [0.9, 1.1].
//
// Samples. The first E of the agent's own. Further ones, and all of a further hub's, are mixtures of two of them,
//     ω = m + cos α (ω_i − m) + sin α (ω_j − m),   i ≠ j and α in [0, π/2] drawn at random, m the mean,
// which keeps mean and covariance (apart from 1/E terms), cut to the support that the agent has in the base study.
// Draws depend on seed, agent and number alone: smaller points are parts of larger ones.

#include "engine/coordination/settings.hpp"
#include "engine/studies/experiment.hpp"

namespace wattstein::engine {

class ScalingInputs {
 public:
  /// Reads the base study once. `folder`: where sample files are written.
  ScalingInputs(const BaseStudy& base, std::filesystem::path folder, std::uint64_t seed);

  int base_hubs() const { return static_cast<int>(system_.hubs.size()); }
  /// Samples of the agent that has fewest.
  int base_samples() const;

  /// Writes the point's sample files and returns the settings that make the base study the point's.
  std::vector<std::string> point(int hubs, int samples) const;

 private:
  /// One hub of a point: which base copy it repeats, its [[hub]] table, bus and factors.
  struct Copy {
    int origin = 0, number = 0;
    int bus = 0;
    std::vector<double> factors;
  };
  std::vector<std::vector<Copy>> copies(int hubs) const;  // by table
  std::vector<int> free_buses() const;
  void draw(const AgentSamples& own, double scale, std::uint64_t stream, bool further, int samples,
            std::vector<double>& values) const;

  std::shared_ptr<files::TomlDocument> document_;
  std::filesystem::path folder_;
  std::uint64_t seed_;
  CoordinationSystem system_;
  struct Table {
    std::vector<int> buses;                    // numbers
    std::vector<std::vector<double>> factors;  // (copies)(factor_keys)
    int first = 0;                             // number of its first copy
  };
  std::vector<Table> tables_;
  std::vector<int> loaded_buses_;  // numbers, by load
};

}  // namespace wattstein::engine
