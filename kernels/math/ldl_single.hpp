#pragma once
// LDLᵀ of one matrix by supernodes: what ldl_factor and ldl_solve compute for Real = double, in the same bits, by the
// vector registers of one core. A supernode is a run of columns with the same rows below them, so its columns are dense
// blocks. Every entry still gathers its terms one after the other, columns ascending, in one chain of `fma`; the
// registers only hold many entries' chains side by side.

#include "kernels/math/ldl_update.hpp"

#ifndef __CUDACC__

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// Supernodes of no more columns are applied entry by entry where their rows lie scattered.
inline constexpr int ldl_narrow = 2;

/// Doubles of scratch that a factorisation and a solve need.
inline std::int64_t ldl_single_scratch(const LdlView& f) {
  return std::int64_t(2) * f.rows + 2 + std::int64_t(9) * f.widest +
         std::int64_t(ldl_chunk) * (native_lanes * ldl_panel_groups + ldl_tile);
}

/// One supernode under way: its columns, where its rows lie in them, D so far.
struct LdlNode {
  int first, width, below;  // columns; rows below them
  double* lower;            // of the whole factor
  const std::int64_t* column;
  double* d;  // (width)
  double* c;  // scratch
  /// Column t, so that its row `i` of the node stands at [i] (its own columns first, then the rows below).
  double* at(int t) const { return lower + (column[first + t] - t - 1); }
};

/// T targets from `place[0]` on of a supernode `width` columns wide.
template <int T>
inline void ldl_apply(const LdlNode& node, const double* source, std::int64_t step, int width, const double* pivot,
                      const int* place, int rows) {
  double* to[T];
  double d[T];
  for (int t = 0; t < T; ++t) to[t] = node.at(place[t]), d[t] = node.d[place[t]];
  ldl_targets<T>(source, step, width, pivot, node.c, d, to, place, place, rows);
  for (int t = 0; t < T; ++t) node.d[place[t]] = d[t];
}

/// As many of `targets` columns, from `place[0]` on, as make whole groups; returns their number.
inline int ldl_apply_panels(const LdlNode& node, const double* source, std::int64_t step, int width,
                            const double* pivot, const int* place, int targets, int rows) {
  constexpr int T = native_lanes;
  if (targets < ldl_least_groups * T) return 0;
  const int whole = targets / T * T;
  double* to[ldl_panel_groups * T];
  double d[ldl_panel_groups * T];
  for (int s = 0; s < whole; s += ldl_panel_groups * T) {
    const int some = whole - s < ldl_panel_groups * T ? whole - s : ldl_panel_groups * T;
    for (int t = 0; t < some; ++t) to[t] = node.at(place[s + t]), d[t] = node.d[place[s + t]];
    ldl_panel(source + s, step, width, pivot, node.c, d, to, place + s, place + s, some / T, rows - s);
    for (int t = 0; t < some; ++t) node.d[place[s + t]] = d[t];
  }
  return whole;
}

/// What columns 0 .. t − 1 of a node do to its columns t .. t + T · groups − 1.
inline void ldl_before_panel(const LdlNode& node, int t, int groups, const double* pivot) {
  constexpr int T = native_lanes;
  double* to[ldl_panel_groups * T];
  int own[ldl_panel_groups * T];
  for (int s = 0; s < groups * T; ++s) to[s] = node.at(t + s) + t + s / T * T, own[s] = s % T;
  for (int k = 0; k < t; k += ldl_chunk) {
    const int width = t - k < ldl_chunk ? t - k : ldl_chunk, rows = node.width + node.below;
    ldl_panel(node.at(k) + t, rows - 2 - k, width, pivot + node.first + k, node.c, node.d + t, to, own, nullptr, groups,
              rows - t);
  }
}

/// Columns t .. t + T − 1 of a node: what its columns from `from` on do to them, then their pivots and entries.
template <int T>
inline void ldl_inside(const LdlView& f, const LdlNode& node, int from, int t, double* pivot, double* inverse,
                       double replacement) {
  const int rows = node.width + node.below;
  double* to[T];
  int own[T];
  for (int s = 0; s < T; ++s) to[s] = node.at(t + s) + t, own[s] = s;
  for (int k = from; k < t; k += ldl_chunk) {
    const int width = t - k < ldl_chunk ? t - k : ldl_chunk;
    ldl_targets<T>(node.at(k) + t, rows - 2 - k, width, pivot + node.first + k, node.c, node.d + t, to, own, nullptr,
                   rows - t);
  }
  double c[T][T] = {}, inv[T];
  for (int s = 0; s < T; ++s) {
    const int j = node.first + t + s;
    const double dj = ldl_pivot(f, j, node.d[t + s], replacement);
    inv[s] = 1.0 / dj;
    pivot[j] = dj;
    inverse[j] = inv[s];
    for (int u = s + 1; u < T; ++u) {
      to[s][u] = to[s][u] * inv[s];
      c[s][u] = -(to[s][u] * dj);
    }
    for (int u = s + 1; u < T; ++u) {
      node.d[t + u] = fma(c[s][u], to[s][u], node.d[t + u]);
      for (int v = u + 1; v < T; ++v) to[u][v] = fma(c[s][u], to[s][v], to[u][v]);
    }
  }
  constexpr int W = native_lanes;
  for (int p = T; p < rows - t; p += W) {
    const int count = rows - t - p < W ? rows - t - p : W;
    LdlWide entry[T];
    for (int s = 0; s < T; ++s) entry[s] = count == W ? LdlWide::load(to[s] + p) : ldl_load(to[s] + p, count);
    for (int s = 0; s < T; ++s) {
      entry[s] = entry[s] * LdlWide(inv[s]);
      for (int u = s + 1; u < T; ++u) entry[u] = fma(LdlWide(c[s][u]), entry[s], entry[u]);
    }
    for (int s = 0; s < T; ++s) {
      if (count == W) entry[s].store(to[s] + p);
      else ldl_store(entry[s], to[s] + p, count);
    }
  }
}

/// Applies `call` (a function template over the number of columns) to `count` columns, as many at a time as fit.
template <class Call>
inline void ldl_in_groups(int count, const Call& call) {
  int t = 0;
  if constexpr (native_lanes >= 8)
    for (; t + 8 <= count; t += 8) call.template operator()<8>(t);
  if constexpr (native_lanes >= 4)
    for (; t + 4 <= count; t += 4) call.template operator()<4>(t);
  for (; t + 2 <= count; t += 2) call.template operator()<2>(t);
  if (t < count) call.template operator()<1>(t);
}

/// ldl_factor for one matrix. `work`: ldl_single_scratch doubles.
template <class Constant>
WATTSTEIN_HD_CALL void ldl_factor_single(const LdlView& f, const Constant& constant, const double* changing,
                                         const double* diagonal, double* lower, double* pivot, double* inverse,
                                         double* work, double replacement) {
  const std::int64_t half = (f.rows + 1) / 2;
  int* map = reinterpret_cast<int*>(work);  // of each row of the matrix: its place in the node
  int* place = reinterpret_cast<int*>(work + half);
  double* dense = work + 2 * half;
  double* d = dense + f.rows;
  LdlNode node{0, 0, 0, lower, f.column, d, d + f.widest};
  for (int n = 0; n < f.supernodes; ++n) {
    node.first = f.supernode[n];
    node.width = f.supernode[n + 1] - node.first;
    const int last = f.supernode[n + 1] - 1;
    node.below = static_cast<int>(f.column[last + 1] - f.column[last]);
    const int* rows = f.index + f.column[last];
    if (f.plain[n]) {
      ldl_column<double>(f, constant, changing, diagonal, lower, pivot, inverse, dense, replacement, last);
      continue;
    }
    for (int t = 0; t < node.width; ++t) map[node.first + t] = t;
    for (int r = 0; r < node.below; ++r) map[rows[r]] = node.width + r;
    for (std::int64_t p = f.column[node.first]; p < f.column[last + 1]; ++p) lower[p] = 0.0;
    for (int t = 0; t < node.width; ++t) {
      const int j = node.first + t;
      double* to = node.at(t);
      d[t] = diagonal[j];
      for (std::int64_t p = f.constant[j]; p < f.constant[j + 1]; ++p)
        to[map[f.constant_row[p]]] = constant[f.constant_source[p]];
      for (std::int64_t p = f.changing[j]; p < f.changing[j + 1]; ++p)
        to[map[f.changing_row[p]]] = to[map[f.changing_row[p]]] + changing[f.changing_source[p]];
    }
    for (std::int64_t u = f.update[n]; u < f.update[n + 1]; ++u) {
      const LdlUpdate& update = f.updates[u];
      const int* list = f.index + update.entry;
      const int length = static_cast<int>(f.column[update.last + 1] - update.entry), targets = update.targets;
      if (update.width <= ldl_narrow && (length < native_lanes || map[list[length - 1]] - map[list[0]] != length - 1)) {
        for (int k = update.last - update.width + 1; k <= update.last; ++k) {
          const double* entry = lower + (f.column[k + 1] - length);
          const double divided = pivot[k];
          for (int s = 0; s < targets; ++s) {
            const int t = map[list[s]];
            const double c = -(entry[s] * divided);
            d[t] = fma(c, entry[s], d[t]);
            double* to = node.at(t);
            for (int p = s + 1; p < length; ++p) to[map[list[p]]] = fma(c, entry[p], to[map[list[p]]]);
          }
        }
        continue;
      }
      for (int r = 0; r < length; ++r) place[r] = map[list[r]];
      const int width = update.width, first = update.last - width + 1;
      const std::int64_t begin = update.entry - f.column[update.last], rows_below = begin + length;
      for (int k = 0; k < width; k += ldl_chunk) {
        const int some = width - k < ldl_chunk ? width - k : ldl_chunk;
        const double* source = lower + (f.column[first + k] + (width - 1 - k) + begin);
        const std::int64_t step = width + rows_below - 2 - k;
        const int whole = ldl_apply_panels(node, source, step, some, pivot + first + k, place, targets, length);
        ldl_in_groups(targets - whole, [&]<int T>(int t) {
          const int s = whole + t;
          ldl_apply<T>(node, source + s, step, some, pivot + first + k, place + s, length - s);
        });
      }
    }
    // A panel of columns takes what stands before it at once, then group by group what the panel itself does.
    constexpr int panel = ldl_panel_groups * native_lanes;
    for (int t = 0; t < node.width; t += panel) {
      const int count = node.width - t < panel ? node.width - t : panel, groups = count / native_lanes;
      const bool at_once = t > 0 && groups >= ldl_least_groups;
      if (at_once) ldl_before_panel(node, t, groups, pivot);
      ldl_in_groups(count, [&]<int T>(int s) {
        const int from = at_once && s + T <= groups * native_lanes ? t : 0;
        ldl_inside<T>(f, node, from, t + s, pivot, inverse, replacement);
      });
    }
  }
}

/// ldl_solve for one matrix. `work`: ldl_single_scratch doubles.
inline void ldl_solve_single(const LdlView& f, const double* lower, const double* inverse, double* b, double* work) {
  constexpr int W = native_lanes;
  for (int n = 0; n < f.supernodes; ++n) {
    const int first = f.supernode[n], last = f.supernode[n + 1] - 1, width = last - first + 1;
    const int below = static_cast<int>(f.column[last + 1] - f.column[last]);
    const int* rows = f.index + f.column[last];
    if (width <= ldl_narrow) {
      for (int j = first; j <= last; ++j) {
        const double value = -b[j];
        for (std::int64_t p = f.column[j]; p < f.column[j + 1]; ++p)
          b[f.index[p]] = fma(lower[p], value, b[f.index[p]]);
      }
      continue;
    }
    double* negative = work;
    for (int t = 0; t < width; ++t) {
      const double value = negative[t] = -b[first + t];
      const double* entry = lower + f.column[first + t];
      double* to = b + first + t + 1;
      const int count = width - 1 - t;
      int i = 0;
      for (; i + W <= count; i += W) fma(LdlWide::load(entry + i), LdlWide(value), LdlWide::load(to + i)).store(to + i);
      for (; i < count; ++i) to[i] = fma(entry[i], value, to[i]);
    }
    constexpr int V = 4;
    double* at[1] = {b};
    const double* source = lower + (f.column[first] + (width - 1));
    const std::int64_t step = width + below - 2;
    int r = 0;
    for (; r + V * W <= below; r += V * W) ldl_update<1, V>(source + r, step, width, negative, at, rows + r, W);
    for (; r < below; r += W)
      ldl_update<1, 1>(source + r, step, width, negative, at, rows + r, below - r < W ? below - r : W);
  }
  constexpr int parts = ldl_sums / W;
  for (int n = f.supernodes - 1; n >= 0; --n) {
    const int first = f.supernode[n], last = f.supernode[n + 1] - 1, width = last - first + 1;
    const int below = static_cast<int>(f.column[last + 1] - f.column[last]);
    const int* rows = f.index + f.column[last];
    const int blocks = below / ldl_sums;
    if (width == 1 || (blocks == 0 && width < 2 * ldl_sums)) {
      for (int j = last; j >= first; --j) ldl_solve_row<double>(f, lower, inverse, b, j);
      continue;
    }
    // Blocks that lie below the node altogether: several columns for every gathered part of b.
    ldl_in_groups(blocks > 0 ? width : 0, [&]<int T>(int t) {
      LdlWide sum[T][parts];
      for (int s = 0; s < T; ++s)
        for (int q = 0; q < parts; ++q) sum[s][q] = LdlWide(0.0);
      for (int k = 1; k <= blocks; ++k) {
        const int* list = rows + below - k * ldl_sums;
        LdlWide value[parts];
        for (int q = 0; q < parts; ++q) {
          const int* some = list + q * W;
          value[q] = some[W - 1] - some[0] == W - 1 ? LdlWide::load(b + some[0]) : ldl_gather(b, some, W);
        }
        for (int s = 0; s < T; ++s) {
          const double* entry = lower + (f.column[first + t + s + 1] - k * ldl_sums);
          for (int q = 0; q < parts; ++q) sum[s][q] = fma(LdlWide::load(entry + q * W), value[q], sum[s][q]);
        }
      }
      for (int s = 0; s < T; ++s)
        for (int q = 0; q < parts; ++q) sum[s][q].store(work + (t + s) * ldl_sums + q * W);
    });
    for (int t = width - 1; t >= 0; --t) {
      const int j = first + t, inside = width - 1 - t;
      const double* entry = lower + f.column[j];
      const int count = inside + below;
      double total = 0.0;
      int left = count - blocks * ldl_sums;  // entries not yet taken
      if (count >= ldl_sums) {
        double* sum = work + t * ldl_sums;
        if (blocks == 0)
          for (int q = 0; q < ldl_sums; ++q) sum[q] = 0.0;
        for (; left >= ldl_sums; left -= ldl_sums) {
          const int start = left - ldl_sums;
          if (left <= inside) {
            for (int q = 0; q < ldl_sums; q += W)
              fma(LdlWide::load(entry + start + q), LdlWide::load(b + j + 1 + start + q), LdlWide::load(sum + q))
                  .store(sum + q);
          } else {
            for (int q = 0; q < ldl_sums; ++q) {
              const int i = start + q, row = i < inside ? j + 1 + i : rows[i - inside];
              sum[q] = fma(entry[i], b[row], sum[q]);
            }
          }
        }
        total = ldl_total(sum);
      }
      while (--left >= 0) total = fma(entry[left], b[left < inside ? j + 1 + left : rows[left - inside]], total);
      b[j] = fma(b[j], inverse[j], -total);
    }
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels

#endif

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

/// One matrix in plain memory: by supernodes. Everything else: as in ldl_body.hpp.
template <class Real, class Vec>
struct LdlAlone {
  static constexpr bool value = false;
};
#ifndef __CUDACC__
template <>
struct LdlAlone<double, double*> {
  static constexpr bool value = true;
};
#endif

/// Elements of `work` for the two functions below. A solve leaves the first `rows` of them alone.
template <class Real, class Vec>
WATTSTEIN_HD std::int64_t ldl_work(const LdlView& f) {
#ifndef __CUDACC__
  if constexpr (LdlAlone<Real, Vec>::value)
    if (f.supernodes > 0) return ldl_single_scratch(f);
#endif
  return std::int64_t(f.blocked ? ldl_block : 1) * f.rows;
}

template <class Real, class Constant, class Vec>
WATTSTEIN_HD void ldl_factor_any(const LdlView& f, const Constant& constant, Vec changing, Vec diagonal, Vec lower,
                                 Vec pivot, Vec inverse, Vec work, double replacement) {
#ifndef __CUDACC__
  if constexpr (LdlAlone<Real, Vec>::value)
    if (f.supernodes > 0) {
      ldl_factor_single(f, constant, changing, diagonal, lower, pivot, inverse, work, replacement);
      return;
    }
#endif
  ldl_factor<Real>(f, constant, changing, diagonal, lower, pivot, inverse, work, replacement);
}

template <class Real, class Vec>
WATTSTEIN_HD void ldl_solve_any(const LdlView& f, Vec lower, Vec inverse, Vec b, Vec work) {
#ifndef __CUDACC__
  if constexpr (LdlAlone<Real, Vec>::value)
    if (f.supernodes > 0) {
      ldl_solve_single(f, lower, inverse, b, work + f.rows);
      return;
    }
#else
  (void)work;
#endif
  ldl_solve<Real>(f, lower, inverse, b);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
