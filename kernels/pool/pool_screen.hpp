#pragma once
// Bounds that kept multipliers give to problems. Only entries of the sides that differ between problems are summed per
// problem; the others are one constant per kept basis.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/pool/basis_factor.hpp"

namespace wattstein::kernels {

/// factor · (varying entry of the sides)
struct PoolTerm {
  int entry;
  double factor;
};

class PoolScreen {
 public:
  static constexpr int block = 16;  // problems side by side

  /// n variables, m rows.
  PoolScreen(int variables, int rows);

  /// Makes sure that every entry in which the named problems differ from those seen before is known to vary. True when
  /// more do than before.
  bool widen(const Batch& batch, std::span<const std::int64_t> problems);

  /// Multipliers d (n + m) of one more basis.
  void add(const std::vector<double>& d);
  void clear();

  /// Whether the lower (upper) side of a variable, x first, z below, differs between problems; its value where not.
  bool varies(int variable, bool upper) const { return place_[entry(variable, upper)] >= 0; }
  double side(int variable, bool upper) const { return base_[entry(variable, upper)]; }

  struct Scratch {
    std::vector<double> varying;               // (varying entries, block)
    std::vector<double> bound;                 // (among, block)
    std::array<std::vector<int>, block> near;  // places in among, see best
  };
  /// Bounds (without r) of up to `block` problems by the bases in `among`.
  void bounds(const Batch& batch, const std::int64_t* problems, int count, const std::vector<int>& among,
              Scratch& scratch) const;

  /// Fills scratch.near[t] for each problem t < count of the block: the place in `among` with its largest bound, then
  /// those within `tie` of it, used last first (`used`, by place), `most` at most; none where no bound is finite.
  static void best(Scratch& scratch, int count, double tie, const std::vector<std::int64_t>& used, int most);

 private:
  // Entry v is the lower side of variable v (x first, z below), n + m + v the upper one.
  std::size_t entry(int variable, bool upper) const {
    return static_cast<std::size_t>(upper ? n_ + m_ + variable : variable);
  }
  void make_terms(const std::vector<double>& d);

  int n_, m_;
  std::vector<double> base_;  // (2(n + m)) the first problem's
  std::vector<int> place_;    // (2(n + m)) among the varying entries, -1: never seen to vary
  struct Place {
    std::size_t field, at;  // 0 … 3: lb, l, ub, u; which entry of it
  };
  std::vector<Place> varying_;
  std::vector<std::vector<double>> prices_;  // d of every basis, to make its terms anew when more entries vary
  std::vector<double> constant_;
  std::vector<std::size_t> first_{0};  // (bases + 1) into terms_
  std::vector<PoolTerm> terms_;
};

}  // namespace wattstein::kernels
