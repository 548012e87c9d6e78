#pragma once
// Named variables, rows and cones in, one problem of the canonical form out.

#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

using kernels::Batch;
using kernels::ConeKind;
using kernels::infinity;

/// Collects one problem. Entries given twice add up; an entry that ends up 0 stays in the pattern, so that
/// agents of one kind share a pattern whatever their numbers.
class ProblemBuilder {
 public:
  /// A new variable; returns its column. `cost` is its linear cost.
  int variable(std::string name, double lower, double upper, double cost = 0.0);
  void add_cost(int variable, double cost) { cost_[static_cast<std::size_t>(variable)] += cost; }
  /// Adds coefficient · x_i² to the objective (so P_ii grows by 2 · coefficient).
  void add_square(int variable, double coefficient) { add_product(variable, variable, coefficient); }
  /// Adds coefficient · x_i · x_j to the objective.
  void add_product(int i, int j, double coefficient);
  void add_constant(double value) { constant_ += value; }
  void set_bounds(int variable, double lower, double upper);

  /// A new row lower ≤ a·x ≤ upper; returns its index.
  int row(std::string name, double lower, double upper);
  void entry(int row, int variable, double coefficient);
  void set_sides(int row, double lower, double upper);
  double lower_side(int row) const { return row_lower_[static_cast<std::size_t>(row)]; }
  double upper_side(int row) const { return row_upper_[static_cast<std::size_t>(row)]; }

  /// A new cone; returns its first cone row. Rows of the cone are filled with cone_entry and cone_offset.
  int cone(ConeKind kind, int size);
  void cone_entry(int cone_row, int variable, double coefficient);
  void cone_offset(int cone_row, double offset);

  int variables() const { return static_cast<int>(cost_.size()); }
  int rows() const { return static_cast<int>(row_lower_.size()); }
  const std::string& variable_name(int variable) const { return variable_names_[static_cast<std::size_t>(variable)]; }

  /// The problem as a batch of one, every field shared.
  Batch build(std::string name) const;

 private:
  struct Entry {
    int row, column;
    double value;
  };
  static kernels::Matrix compress(const std::vector<Entry>& entries, int rows, int columns);

  std::vector<std::string> variable_names_, row_names_;
  std::vector<double> lower_, upper_, cost_;
  std::vector<double> row_lower_, row_upper_;
  std::vector<double> offsets_;
  std::vector<kernels::Cone> cones_;
  std::vector<Entry> a_, p_, g_;
  double constant_ = 0.0;
};

}  // namespace wattstein::engine
