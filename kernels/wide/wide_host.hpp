#pragma once
// The machine of wide_body.hpp on one core: rows outside, columns inside, a vector register of them at a time, so that
// a row of the matrix is read once for all problems.

#include "kernels/wide/wide_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

using WideReal = Pack<double, native_lanes>;

struct WideHost {
  const WideView& v;
  int width;  // columns in use, a multiple of native_lanes

  template <class F>
  void multiply(const double* in, double*, const F& f) const {
    product(v.pattern.rows, v.pattern.row_start, v.pattern.column_index, v.shared.row_form, in, f);
  }
  template <class F>
  void multiply_transposed(const double* in, double*, const F& f) const {
    product(v.pattern.n, v.pattern.column_start, v.pattern.row_index, v.shared.column_form, in, f);
  }
  template <class F>
  void elements(int count, const F& f) const {
    for (int i = 0; i < count; ++i)
      for (int c = 0; c < width; c += native_lanes) f.template operator()<WideReal>(i, c);
  }
  template <class F>
  void elements_of(const double* flag, int count, const F& f) const {
    for (int c = 0; c < width; ++c)
      if (flag[c] != 0.0)
        for (int i = 0; i < count; ++i) f(i, c);
  }
  template <class F>
  void reduce(int count, int row, const F& f) const {
    for (int c = 0; c < width; c += native_lanes) sum_up<WideReal>(count, row, c, f);
  }
  template <class F>
  void reduce_of(const double* flag, int count, int row, const F& f) const {
    for (int c = 0; c < width; ++c)
      if (flag[c] != 0.0) sum_up<double>(count, row, c, f);
  }
  template <class F>
  void columns(const F& f) const {
    for (int c = 0; c < width; ++c) f(c);
  }

 private:
  template <int Packs, class F>
  void row(int i, int first, int end, const int* index, const double* values, const double* in, int c,
           const F& f) const {
    WideReal sum[Packs];
    for (int p = 0; p < Packs; ++p) sum[p] = WideReal(0.0);
    for (int k = first; k < end; ++k) {
      const WideReal value(values[k]);
      const double* from = in + index[k] * v.ld + c;
      for (int p = 0; p < Packs; ++p) sum[p] = fma(value, WideReal::load(from + p * native_lanes), sum[p]);
    }
    for (int p = 0; p < Packs; ++p) f(i, c + p * native_lanes, sum[p]);
  }

  template <class F>
  void product(int rows, const int* start, const int* index, const double* values, const double* in, const F& f) const {
    constexpr int packs = 4;  // side by side: hides the latency of the sums
    for (int i = 0; i < rows; ++i) {
      int c = 0;
      for (; c + packs * native_lanes <= width; c += packs * native_lanes)
        row<packs>(i, start[i], start[i + 1], index, values, in, c, f);
      for (; c < width; c += native_lanes) row<1>(i, start[i], start[i + 1], index, values, in, c, f);
    }
  }

  template <class Real, class F>
  void sum_up(int count, int row, int c, const F& f) const {
    Real acc[F::sums + F::maxima];
    for (Real& a : acc) a = Real(0.0);
    for (int i = 0; i < count; ++i) f(i, c, acc);
    for (int a = 0; a < F::sums + F::maxima; ++a) write(v.totals + (row + a) * v.ld + c, acc[a]);
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
