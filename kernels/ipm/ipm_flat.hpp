#pragma once
// Problems copied side by side for threads that each solve one (ipm_threads.hpp): where every array lies in three
// blocks of bytes, the same on the host and on a device.

#include "kernels/ipm/ipm_call.hpp"
#include "kernels/ipm/ipm_flat_view.hpp"

namespace wattstein::kernels {

/// shared: what all problems of a call have in common, once per call. in: the rest, a row per problem of a chunk.
/// out: answers of a chunk.
class IpmFlatLayout {
 public:
  /// `capacity`: rows of a chunk.
  IpmFlatLayout(const IpmCall& call, std::int64_t capacity);
  /// Bytes that a problem takes in `in` and `out`.
  static std::int64_t bytes_per_problem(const IpmCall& call);

  std::int64_t capacity() const { return capacity_; }
  std::int64_t shared_bytes() const { return shared_bytes_; }
  std::int64_t in_bytes() const { return in_bytes_; }
  std::int64_t out_bytes() const { return out_bytes_; }

  void fill_shared(const IpmCall& call, char* shared) const;
  /// Copies a loaded problem to row `row` of the block `in`.
  void put(const IpmProblem& problem, std::int64_t row, char* in) const;
  /// Arrays of the three blocks (wherever they lie), tolerances and limits; next and stop are left to the caller.
  IpmFlatView view(const IpmCall& call, std::int64_t count, char* shared, char* in, char* out) const;

 private:
  /// Numbers of a problem: `width` of them, at byte `at` of `shared` or, row by row, of `in`.
  struct Numbers {
    bool given = true, shared = false;
    std::int64_t width = 0, at = 0;
  };
  enum Name { constant, q, lb, ub, l, u, g, r, cost, start_x, start_y, start_w, names };
  static void describe(const IpmCall& call, Numbers (&numbers)[names]);

  std::int64_t capacity_, shared_bytes_ = 0, in_bytes_ = 0, out_bytes_ = 0;
  Numbers numbers_[names];
  std::int64_t has_start_ = 0;                                        // in `in`
  std::int64_t x_ = 0, y_ = 0, w_ = 0, status_ = 0, iterations_ = 0;  // in `out`
};

}  // namespace wattstein::kernels
