#pragma once
// Makes a single problem smaller without changing its answer, and leads the answer of the small problem back,
// multipliers included.
//
//   row without entries, or that its variables' bounds imply      dropped, y = 0
//   row with one entry                                            becomes bounds of its variable; y takes over what the
//   bound bears variable with equal bounds                                    moved into sides, cone offsets and cost
//   variable in no row, cone or quadratic term                    at the bound its cost asks for
//   variable that no row wants higher (lower) than its bound      at that bound

#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

class Presolve {
 public:
  /// Reduces a batch of one. A problem that turns out to be infeasible or unbounded on the way is left to the solver.
  explicit Presolve(const kernels::Batch& problem);

  /// The small problem; same as the given one when nothing could be done.
  const kernels::Batch& reduced() const { return reduced_; }
  bool changed() const { return changed_; }
  int removed_rows() const { return problem_.rows - reduced_.rows; }
  int removed_variables() const { return problem_.variables - reduced_.variables; }

  /// From a point of the small problem to one of the given problem. `ray`: (y, w) is a ray of infeasibility, for which
  /// costs count as 0 (x is then of no meaning beyond being complete).
  void restore(const double* x, const double* y, const double* w, bool ray, std::vector<double>& full_x,
               std::vector<double>& full_y, std::vector<double>& full_w) const;
  /// A ray of unboundedness: removed variables do not move.
  std::vector<double> restore_direction(const double* x) const;

 private:
  struct Singleton {
    int row, variable;
    double coefficient;
  };
  void transpose();
  bool pass();
  bool drop_rows();
  bool drop_variables();
  bool singleton(int row);
  void fix(int variable, double value);
  void build();
  double reduced_cost(int variable, const std::vector<double>& x, const std::vector<double>& y,
                      const std::vector<double>& w, bool ray) const;

  const kernels::Batch& problem_;
  kernels::Batch reduced_;
  bool changed_ = false, contradicts_ = false;
  std::vector<double> l_, u_, lb_, ub_, q_, g_;
  double r_ = 0.0;
  std::vector<char> row_in_, variable_in_;
  std::vector<int> row_count_, column_count_;   // entries left
  std::vector<char> in_cost_, in_cone_;         // the variable has a quadratic term, a cone entry
  std::vector<int> column_start_, column_row_;  // A by columns
  std::vector<double> column_value_;
  std::vector<double> value_;                 // of removed variables
  std::vector<int> lower_from_, upper_from_;  // row that gave the variable its bound, −1: its own
  std::vector<Singleton> singletons_;         // in the order of removal
  std::vector<int> row_at_, variable_at_;     // index in the small problem, −1: removed
};

}  // namespace wattstein::engine
