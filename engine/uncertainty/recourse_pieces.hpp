#pragma once
// Q_h(x; ·) at one first-stage point and hour, piece by piece. An optimal basis B of the recourse LP stays optimal
// wherever its basic values stay within their bounds, and its values and cost are affine in ω there:
//
//     z_B(ω) = −B⁻¹ N z_N(ω) = z⁰ + M ω,     Q(ω) = constant + slope · ω     while  lower(ω) ≤ z_B(ω) ≤ upper(ω),
//
// so a realisation in a known piece costs a few products, and only the first one in a new piece a few pivots of the
// dual simplex.

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/uncertainty/dual_pool.hpp"
#include "kernels/pool/basis_pool.hpp"
#include "kernels/pool/dual_simplex.hpp"

namespace wattstein::engine {

class RecoursePieces {
 public:
  /// Of an hour; `matrix` is that of recourse.lp; `low`, `high` (n_r) the support, MW. All must outlive this. No point
  /// yet: move_to() comes first.
  RecoursePieces(const Recourse& recourse, std::shared_ptr<const kernels::PoolMatrix> matrix, int hour,
                 std::span<const double> low, std::span<const double> high);

  /// Another first-stage point: `shift` (pool.moved_width()) tells how far it moves the hour's sides. The bases stay,
  /// their pieces move; those that were of no use at the last points are forgotten when there are many.
  void move_to(const DualPool& pool, std::span<const double> shift);

  struct Answer {
    double value = 0.0;                      // Q(ω), $; infinite when the simplex gave up: then there is no more
    const std::vector<double>* y = nullptr;  // multipliers (m) of the piece, valid until the next move_to()
    bool* pooled = nullptr;                  // for the caller to mark the piece whose multipliers have joined the pool
  };
  Answer at(std::span<const double> omega);
  /// The bases for a checkpoint; load() finds the same pieces again, bit by bit, and move_to() comes next. False: these
  /// bytes belong to other LPs.
  std::string save() const;
  bool load(const std::string& bytes);
  int count() const { return static_cast<int>(pieces_.size()); }
  /// Calls of at() so far, and how many of them needed the simplex.
  std::int64_t asked() const { return asked_; }
  std::int64_t solved() const { return solved_; }

 private:
  struct Piece {
    kernels::Basis basis;
    std::vector<double> y;       // (m)
    std::vector<double> slopes;  // (m, n_r) of the basic values
    std::vector<double>
        limits;       // (·, 1 + n_r): holds where limit₀ + limit · ω ≥ 0, for those that the support can break
    int placed = -1;  // the point that the limits are of: most pieces are never looked at there
    int used = 0;     // the last point at which it gave an answer
    bool pooled = false;  // its multipliers have joined the pool
  };
  bool complete(Piece& piece) const;
  Answer answer(std::size_t piece, double value);
  bool holds(Piece& piece, std::span<const double> omega);
  void find_slopes(Piece& piece) const;
  void place(const Piece& piece, double* plane) const;
  void find_limits(Piece& piece);
  void bounds_at(std::span<const double> omega);
  void subtract(double* rhs, int variable, double value) const;

  const Recourse* recourse_;
  std::shared_ptr<const kernels::PoolMatrix> matrix_;
  int hour_ = 0, point_ = 0;
  std::int64_t asked_ = 0, solved_ = 0;
  std::span<const double> low_, high_;
  kernels::DualSimplex simplex_;
  std::vector<double> lower0_, upper0_;            // (n + m) at ω = 0
  std::vector<double> lower_slope_, upper_slope_;  // (n + m, n_r) in ω
  std::vector<double> lower_, upper_;              // (n + m) at the ω asked for
  std::vector<double> value_, x_;                  // (m), (n) scratch
  std::deque<Piece> pieces_;                       // a deque: answers point into it
  std::vector<double> planes_;                     // (pieces, 1 + n_r) constant, slope
};

}  // namespace wattstein::engine
