#pragma once
// A batch whose problems share A, made smaller by substitution: a variable without bounds, cost curvature and cone,
// which an equality of every problem defines, leaves together with that equality,
//
//     x_j = (b_i − Σ_{k ≠ j} a_ik x_k) / a_ij,
//
// from all other rows and the cost; and an answer of the small batch led back, multipliers included (d_j = 0 gives
// y_i). Flows of lines leave this way, then angles: what stays of a DC network lies between its angle form and its PTDF
// form.

#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

class Reduction {
 public:
  static bool supports(const kernels::Batch& batch) { return !batch.A.varies() && batch.rows > 0; }

  /// open (n): variables that may leave although they have bounds, which are dropped. growth: most entries that one
  /// substitution may add to A; those that add least go first.
  Reduction(const kernels::Batch& batch, const std::vector<char>& open, int growth);

  /// Goes on to a larger growth: what a construction with it would give.
  void extend(int growth);

  /// Fills reduced(): the small batch, problem by problem the same.
  void build();
  const kernels::Batch& reduced() const { return reduced_; }
  int removed() const { return static_cast<int>(steps_.size()); }
  /// Pattern of A after the substitutions, before build().
  kernels::CsrPattern pattern() const;
  /// That of G: the same entries, the small batch's columns.
  kernels::CsrPattern cone_pattern() const;

  /// The point of problem b that belongs to (x, y) of the small batch; cones keep their multipliers. Nothing is
  /// promised about dropped bounds: the caller judges.
  void restore(std::int64_t b, const double* x, const double* y, double* full_x, double* full_y) const;

 private:
  struct Entry {
    int index;
    double value;
  };
  struct Step {
    int row, variable;
    double pivot;
    std::vector<Entry> of_row, of_column;  // without the pivot, as they stood at this step
  };
  std::vector<int> numbers() const;  // (n) place in the small batch, -1: gone
  void substitute(int row, int variable);
  // b_i of every step (removed), from the sides of problem b, which are changed in place.
  void replay_sides(std::vector<double>& l, std::vector<double>& u, std::vector<double>& sides) const;

  const kernels::Batch& batch_;
  kernels::Batch reduced_;
  std::vector<std::vector<Entry>> rows_;   // A as it stands, ascending columns
  std::vector<std::vector<int>> columns_;  // rows of every column
  std::vector<Step> steps_;
  std::vector<char> row_in_, variable_in_, open_;
  std::vector<char> equality_, may_;  // rows that define, variables that may leave
  std::vector<int> kept_rows_, kept_variables_;
};

}  // namespace wattstein::engine
