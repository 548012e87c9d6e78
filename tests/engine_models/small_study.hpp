#pragma once
// A small coordination study as text, to be changed by a test, and what a test needs to solve it.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/solver/solver.hpp"
#include "engine/studies/coordination_system.hpp"

namespace wattstein::engine::testing_support {

/// Files by name ("study.toml", "hub.toml", "net.m", "feeder.m", "wind.csv", "pv.csv"): two hours, three buses, one hub
/// with a unit, a gas unit, a CHP, a renewable, a storage, a gas and a heat network.
class SmallStudy {
 public:
  SmallStudy();
  ~SmallStudy();
  SmallStudy(const SmallStudy&) = delete;
  SmallStudy& operator=(const SmallStudy&) = delete;

  std::string& operator[](const std::string& file) { return files_[file]; }
  /// Replaces the first occurrence; fails the test when there is none.
  SmallStudy& replace(const std::string& file, const std::string& from, const std::string& to);
  SmallStudy& append(const std::string& file, const std::string& text);

  /// Writes the files and reads the study (hours 2, the given step).
  CoordinationSystem read(double step_hours = 1.0, const std::vector<std::string>& overrides = {});
  /// The message of the Error that reading throws, or "no error".
  std::string refusal(const std::vector<std::string>& overrides = {});

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> files_;
};

/// Adds `cost` per MW of boundary power to a hub's first stage in every hour (a price, so that its solution is unique).
kernels::Batch with_boundary_price(const Agent& agent, double cost);

/// Solves one problem to `tolerance` and expects it to be solved.
BatchResult solve(const kernels::Batch& batch, double tolerance = 1e-9);

/// Q_h(x; ω) of an agent's recourse by the interior point method; `h` from 0.
double recourse_value(const Agent& agent, int h, const std::vector<double>& x, const std::vector<double>& realisation);

/// First stages, recourse at the mean of the samples, p^T = p^D, in one problem.
kernels::Batch deterministic_monolith(const CoordinationSystem& system);

/// Value of a schedule entry at x.
double scheduled(const Agent& agent, const std::vector<double>& x, const std::string& quantity, const std::string& name,
                 int hour);
/// Column of a variable by name; fails the test when there is none.
int column(const kernels::Batch& batch, const std::string& name);
/// A cost row of an agent at x.
double cost_row(const Agent& agent, const std::vector<double>& x, const std::string& group);

/// One of the agent's figures at x.
double figure(const Agent& agent, const std::vector<double>& x, const std::string& name);

}  // namespace wattstein::engine::testing_support
