#pragma once
// Candidates of one hour: each coordinate of each atom at lo (0), hi (1) or its own value (2); upper bounds of Q on all
// of them.

#include <limits>
#include <vector>

#include "engine/uncertainty/worst_case.hpp"

namespace wattstein::engine {

class HourLattice {
 public:
  /// `dimensions` beyond `largest_dimensions` leave only the bound from the lowest corner.
  static constexpr int largest_dimensions = 8;

  HourLattice(const WorstCase& agent, int hour, double zeta, double tolerance, bool enumerate, int per_round);

  /// A realisation to solve: which corner, or which candidate of which atom.
  struct Want {
    int atom = -1;  // −1: a corner
    int code = 0;   // corner: bits (1: hi); candidate: base-3 digits
    std::vector<double> omega;
  };
  /// What to solve next; empty when the hour is settled.
  std::vector<Want> next();
  /// The value of a realisation asked for (upper estimate of Q).
  void take(const Want& want, double value);
  /// Whether a value at a realisation asked for is above what is known of its atom's maximum.
  bool improves(const Want& want, double value) const;
  /// Gives the memory of a settled hour back; the sums stay.
  void forget();
  /// A lower bound of the atom's inner maximum (the pool's).
  void raise(int atom, double score);

  /// Upper bounds of the inner maxima, weighted and summed; lower ones likewise.
  double upper() const;
  double lower() const;
  std::int64_t candidates() const { return static_cast<std::int64_t>(atoms_.size()) * size_; }

 private:
  struct AtomState {
    std::vector<double> solved;                              // (3^n) NaN: not solved
    std::vector<double> bound;                               // (3^n) upper bounds of Q
    double best = -std::numeric_limits<double>::infinity();  // largest known score
    double peak = std::numeric_limits<double>::infinity();   // largest possible score
    bool settled = false;
  };
  std::vector<double> realisation(int atom, int code) const;
  double distance(int atom, int code) const;
  void propagate(int atom);

  const WorstCase* agent_;
  int hour_ = 0;
  double zeta_ = 0.0, tolerance_ = 0.0;
  bool enumerate_ = true;
  int per_round_ = 4;
  int phase_ = 0;
  std::vector<int> dimensions_;  // coordinates with lo < hi
  int size_ = 1;                 // 3^n
  std::vector<int> power_;       // 3^0, 3^1, ...
  std::vector<int> order_;       // codes by how many digits are 2
  std::vector<double> corners_;  // (2^n)
  double floor_ =
      std::numeric_limits<double>::infinity();  // Q at the lowest corner, when there are too many dimensions
  std::vector<AtomState> atoms_;
};

}  // namespace wattstein::engine
