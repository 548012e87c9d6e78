#pragma once
// Vectors of several problems turned side by side: number i of each becomes the lanes of one Real. A lane at a time
// every store would touch a cache line of its own; here W numbers of W problems are read by whole registers and turned
// in log2 W rounds of exchanges (the usual transposition of a square block).

#include <cstdint>
#include <utility>

#include "kernels/backend/pack.hpp"

#ifndef __CUDACC__

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// A register as the compiler's vector type.
template <class T, int W>
struct Register {
  typedef T type __attribute__((vector_size(sizeof(T) * W)));  // (GCC 12 drops the attribute in a `using` template)
};

/// W doubles as scalars T. (By reference: a vector returned by value needs its instruction set.)
template <class T, int W>
WATTSTEIN_HD void read_register(const double* from, typename Register<T, W>::type& to) {
  typename Register<double, W>::type values;
  __builtin_memcpy(&values, from, sizeof(values));
  to = __builtin_convertvector(values, typename Register<T, W>::type);
}

/// Rows i and i + S of a block, S a power of two: lanes with bit S of `a` and lanes without it of `b` change places.
template <int S, class V, int... K>
WATTSTEIN_HD void exchange(V& a, V& b, std::integer_sequence<int, K...>) {
  constexpr int W = sizeof...(K);
  const V first = __builtin_shufflevector(a, b, ((K & S) ? W + K - S : K)...);
  b = __builtin_shufflevector(a, b, ((K & S) ? W + K : K + S)...);
  a = first;
}

template <int S, int W, class V>
WATTSTEIN_HD void turn_block(V (&row)[W]) {
  for (int i = 0; i < W; ++i)
    if (!(i & S)) exchange<S>(row[i], row[i + S], std::make_integer_sequence<int, W>{});
  if constexpr (2 * S < W) turn_block<2 * S>(row);
}

/// W numbers of each of W vectors, side by side.
template <class T, int W>
WATTSTEIN_HD_CALL void copy_block(const double* const* from, std::int64_t first, Pack<T, W>* out) {
  using V = typename Register<T, W>::type;
  V row[W];
  for (int lane = 0; lane < W; ++lane) read_register<T, W>(from[lane] + first, row[lane]);
  turn_block<1>(row);
  for (int i = 0; i < W; ++i) __builtin_memcpy(static_cast<void*>(out + first + i), row + i, sizeof(V));
}

/// out[i] ← number i of each vector, i < count; from: (lanes) vectors of `count` doubles.
template <class T, int W>
WATTSTEIN_HD_CALL void copy_across(const double* const* from, std::int64_t count, Pack<T, W>* out) {
  bool one = true;
  for (int lane = 1; lane < W; ++lane) one = one && from[lane] == from[0];
  if (one) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = Pack<T, W>(from[0][i]);
    return;
  }
  if (count < W) {
    for (std::int64_t i = 0; i < count; ++i)
      for (int lane = 0; lane < W; ++lane) set_lane(out[i], lane, static_cast<T>(from[lane][i]));
    return;
  }
  std::int64_t first = 0;
  for (; first + W <= count; first += W) copy_block(from, first, out);
  if (first < count) copy_block(from, count - W, out);  // some of them once more
}

/// The way back: to[lane][i] ← lane of from[i], i < count; null: a lane that is not wanted.
template <class T, int W>
WATTSTEIN_HD_CALL void copy_apart(const Pack<T, W>* from, std::int64_t count, T* const* to) {
  using V = typename Register<T, W>::type;
  for (std::int64_t begin = 0; begin < count; begin += W) {
    if (count < W) {
      for (std::int64_t i = 0; i < count; ++i)
        for (int lane = 0; lane < W; ++lane)
          if (to[lane]) to[lane][i] = get_lane(from[i], lane);
      return;
    }
    const std::int64_t first = begin + W <= count ? begin : count - W;
    V row[W];
    for (int i = 0; i < W; ++i) __builtin_memcpy(row + i, static_cast<const void*>(from + first + i), sizeof(V));
    turn_block<1>(row);
    for (int lane = 0; lane < W; ++lane)
      if (to[lane]) __builtin_memcpy(to[lane] + first, row + lane, sizeof(V));
  }
}

// One problem.
inline void copy_across(const double* const* from, std::int64_t count, double* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = from[0][i];
}
inline void copy_across(const double* const* from, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(from[0][i]);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#endif
