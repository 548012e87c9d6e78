#pragma once
// Rows as a batch: the LP of the transmission's second stage (transmission_recourse), one problem a row.

#include "engine/models/recourse/recourse_data.hpp"
#include "engine/models/transmission/transmission.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

class RecourseProblem {
 public:
  /// `data`: one hour, no storages and no hubs. Loads of the rows stay within `largest_load` times those of the data,
  /// realisations within the capacities.
  RecourseProblem(TransmissionData data, double step_hours, double markup, double largest_load, SolverOptions options);

  const RecourseSystem& system() const { return system_; }
  /// Solves and judges every row; its inputs must be there.
  void respond(RecourseRows& rows);
  const std::string& device() const { return device_; }
  const std::string& method() const { return method_; }

 private:
  void find_columns();
  kernels::Batch fill(const RecourseRows& rows) const;
  void unpack(const BatchResult& result, RecourseRows& rows) const;

  RecourseSystem system_;
  kernels::Batch lp_;
  RecourseHour hour_;
  Solver solver_;
  double angle_unit_rad_ = 1.0;                                 // of the LP's angles
  std::vector<int> up_, down_, used_, shed_, surplus_, angle_;  // columns; −1: none
  std::vector<int> limit_row_;                                  // (L) −1: none
  std::string device_, method_;
};

}  // namespace wattstein::engine
