#pragma once
// What the columns of a supernode do to later ones, in the vector registers of one core. Every entry gathers its terms
// one after the other, columns ascending, in one chain of `fma`: the bits of ldl_body.hpp. For ldl_single.hpp.

#include "kernels/backend/team.hpp"
#include "kernels/math/ldl_body.hpp"

#ifndef __CUDACC__

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

using LdlWide = Pack<double, native_lanes>;

/// Columns of a supernode that one pass over its targets takes: what stays in the first cache.
inline constexpr int ldl_chunk = 128;

/// Groups of columns, as many as there are lanes, that one pass over a source serves; the fewest worth it.
inline constexpr int ldl_panel_groups = 16, ldl_least_groups = 2;
/// Rows of a source that are gathered at a time.
inline constexpr int ldl_tile = 128;

// ---- some or all lanes of a register: entries side by side, or at places of their own
WATTSTEIN_HD LdlWide ldl_load(const double* from, int count) {
#if defined(__AVX512F__)
  return LdlWide(LdlWide::Simd(_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1u), from)));
#else
  double values[native_lanes] = {};
  for (int i = 0; i < count; ++i) values[i] = from[i];
  return LdlWide::load(values);
#endif
}
WATTSTEIN_HD void ldl_store(LdlWide wide, double* to, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1u), static_cast<__m512d>(wide.v));
#else
  double values[native_lanes];
  wide.store(values);
  for (int i = 0; i < count; ++i) to[i] = values[i];
#endif
}
WATTSTEIN_HD LdlWide ldl_gather(const double* from, const int* place, int count) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask8>((1u << count) - 1u);
  return LdlWide(LdlWide::Simd(
      _mm512_mask_i32gather_pd(_mm512_setzero_pd(), mask, _mm256_maskz_loadu_epi32(mask, place), from, 8)));
#else
  double values[native_lanes] = {};
  for (int i = 0; i < count; ++i) values[i] = from[place[i]];
  return LdlWide::load(values);
#endif
}
WATTSTEIN_HD void ldl_scatter(LdlWide wide, double* to, const int* place, int count) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask8>((1u << count) - 1u);
  _mm512_mask_i32scatter_pd(to, mask, _mm256_maskz_loadu_epi32(mask, place), static_cast<__m512d>(wide.v), 8);
#else
  double values[native_lanes];
  wide.store(values);
  for (int i = 0; i < count; ++i) to[place[i]] = values[i];
#endif
}

/// to[t][row] += Σ_k c[k][t] · source_k[row] for T columns and V registers of rows, k ascending. `step` leads from a
/// source column to the next and falls by Fall each time (columns get shorter). place: where the rows lie in `to`;
/// null: side by side from to[t][0]. count: rows of the last register.
template <int T, int V, int Fall = 1>
inline void ldl_update(const double* source, std::int64_t step, int width, const double* c, double* const (&to)[T],
                       const int* place, int count) {
  constexpr int W = native_lanes;
  const bool whole = V > 1 || count == W;
  LdlWide sum[T][V];
  bool together[V];
  for (int v = 0; v < V; ++v) {
    together[v] = whole && (!place || place[v * W + W - 1] - place[v * W] == W - 1);
    const std::int64_t first = place ? place[v * W] : v * W;
    if (together[v])
      for (int t = 0; t < T; ++t) sum[t][v] = LdlWide::load(to[t] + first);
    else if (place)
      for (int t = 0; t < T; ++t) sum[t][v] = ldl_gather(to[t], place + v * W, whole ? W : count);
    else
      for (int t = 0; t < T; ++t) sum[t][v] = ldl_load(to[t], count);
  }
  for (int k = 0; k < width; ++k, c += T, source += step, step -= Fall) {
    LdlWide entry[V];
    for (int v = 0; v < V; ++v) entry[v] = whole ? LdlWide::load(source + v * W) : ldl_load(source, count);
    for (int t = 0; t < T; ++t) {
      const LdlWide factor(c[t]);
      for (int v = 0; v < V; ++v) sum[t][v] = fma(factor, entry[v], sum[t][v]);
    }
  }
  for (int v = 0; v < V; ++v) {
    const std::int64_t first = place ? place[v * W] : v * W;
    if (together[v])
      for (int t = 0; t < T; ++t) sum[t][v].store(to[t] + first);
    else if (place)
      for (int t = 0; t < T; ++t) ldl_scatter(sum[t][v], to[t], place + v * W, whole ? W : count);
    else
      for (int t = 0; t < T; ++t) ldl_store(sum[t][v], to[t], count);
  }
}

/// The columns of a supernode as they act on T targets, whose own rows come first of `rows` rows: D of the targets in
/// d[t], their entries below as ldl_update has them. own[s]: where row s of the targets lies in `to`.
template <int T>
inline void ldl_targets(const double* source, std::int64_t step, int width, const double* pivot, double* c, double* d,
                        double* const (&to)[T], const int* own, const int* place, int rows) {
  constexpr int W = native_lanes, V = T >= 8 ? 2 : T >= 4 ? (W >= 8 ? 3 : 2) : 4;
  if constexpr (T == 1) {
    const double* from = source;
    std::int64_t s = step;
    double sum = d[0];
    for (int k = 0; k < width; ++k, from += s, --s) {
      c[k] = -(from[0] * pivot[k]);
      sum = fma(c[k], from[0], sum);
    }
    d[0] = sum;
  } else {
    // The targets' own rows as a full square, of which the part above the diagonal means nothing.
    using Square = Pack<double, T>;
    double value[T][T];
    Square square[T];
    for (int t = 0; t < T; ++t) {
      for (int s = 0; s < T; ++s) value[t][s] = s < t ? 0.0 : s == t ? d[t] : to[t][own[s]];
      square[t] = Square::load(value[t]);
    }
    const double* from = source;
    std::int64_t s = step;
    for (int k = 0; k < width; ++k, from += s, --s) {
      const Square entry = Square::load(from);
      const Square factor = -(entry * Square(pivot[k]));
      factor.store(c + k * T);
      for (int t = 0; t < T; ++t) square[t] = fma(Square(c[k * T + t]), entry, square[t]);
    }
    for (int t = 0; t < T; ++t) {
      square[t].store(value[t]);
      d[t] = value[t][t];
      for (int r = t + 1; r < T; ++r) to[t][own[r]] = value[t][r];
    }
  }
  int p = T;
  double* at[T];
  const auto shift = [&](int by) {
    for (int t = 0; t < T; ++t) at[t] = place ? to[t] : to[t] + by;
  };
  for (; p + V * W <= rows; p += V * W) {
    shift(p);
    ldl_update<T, V>(source + p, step, width, c, at, place ? place + p : nullptr, W);
  }
  for (; p < rows; p += W) {
    shift(p);
    ldl_update<T, 1>(source + p, step, width, c, at, place ? place + p : nullptr, rows - p < W ? rows - p : W);
  }
}

/// ldl_targets for `groups` times native_lanes targets at once: the rows below them come from memory once for all
/// groups. to[t]: column of target t, from its own row on where its rows lie side by side.
inline void ldl_panel(const double* source, std::int64_t step, int width, const double* pivot, double* c, double* d,
                      double* const* to, const int* own, const int* place, int groups, int rows) {
  constexpr int T = native_lanes, V = 2, strip = V * T;
  const int targets = groups * T;
  double* at[T];
  for (int g = 0; g < groups; ++g) {
    const int s = g * T;
    for (int t = 0; t < T; ++t) at[t] = to[s + t];
    ldl_targets<T>(source + s, step, width, pivot, c + std::int64_t(g) * ldl_chunk * T, d + s, at, own + s,
                   place ? place + s : nullptr, targets - s);
  }
  // Rows that the second cache holds, gathered strip by strip, for every group once.
  double* packed = c + std::int64_t(groups) * ldl_chunk * T;
  for (int from = targets; from < rows; from += ldl_tile) {
    const int end = rows - from < ldl_tile ? rows : from + ldl_tile;
    const double* column = source + from;
    std::int64_t s = step;
    for (int k = 0; k < width; ++k, column += s, --s) {
      double* into = packed + k * strip;
      int p = 0;
      for (; p + strip <= end - from; p += strip, into += std::int64_t(width) * strip)
        for (int v = 0; v < V; ++v) LdlWide::load(column + p + v * T).store(into + v * T);
      for (int q = p; q < end - from; q += T) {
        const int count = end - from - q < T ? end - from - q : T;
        ldl_load(column + q, count).store(into + (q - p));
      }
    }
    for (int g = 0; g < groups; ++g) {
      const double* factor = c + std::int64_t(g) * ldl_chunk * T;
      const double* strips = packed;
      const auto shift = [&](int p) {
        for (int t = 0; t < T; ++t) at[t] = place ? to[g * T + t] : to[g * T + t] + (p - g * T);
      };
      int p = from;
      for (; p + strip <= end; p += strip, strips += std::int64_t(width) * strip) {
        shift(p);
        ldl_update<T, V, 0>(strips, strip, width, factor, at, place ? place + p : nullptr, T);
      }
      for (; p < end; p += T, strips += T) {
        shift(p);
        ldl_update<T, 1, 0>(strips, strip, width, factor, at, place ? place + p : nullptr, end - p < T ? end - p : T);
      }
    }
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#endif
