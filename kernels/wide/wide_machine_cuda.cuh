#pragma once
// The machine of wide_body.hpp on CUDA: neighbouring threads are neighbouring columns, so every access of a warp is one
// run of 32 doubles. Everything is put on one stream and can be captured into a graph.
//
// Blocks of one strip of columns follow one another row by row, so that what the strip reads again stays in L2. Sums
// over entries go in segments of fixed length and then over segments, in order: bits depend on neither grid nor width.

#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/wide/wide_body.hpp"
#include "kernels/wide/wide_product_cuda.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

inline constexpr int strip = 128;          // columns of a block
inline constexpr int rows_of_a_block = 4;  // entries that a block works on
inline constexpr int segment = 64;         // entries summed by one thread
inline constexpr int most_reduced = 9;

__device__ inline int column_of_thread() {
  return static_cast<int>(blockIdx.y) * strip + static_cast<int>(threadIdx.x);
}

__device__ inline int end_of(int first, int each, int count) {
  return first + each < count ? first + each : count;
}

/// f(i, c) for the block's entries; flag: of the columns that take part, or null.
template <class F>
__global__ void __launch_bounds__(strip) elements_kernel(F f, int count, int width) {
  const int c = column_of_thread(), first = static_cast<int>(blockIdx.x) * rows_of_a_block;
  if (c >= width) return;
  for (int i = first; i < end_of(first, rows_of_a_block, count); ++i) f.template operator()<double>(i, c);
}

template <class F>
__global__ void __launch_bounds__(strip) chosen_kernel(F f, const double* flag, int count, int width) {
  const int c = column_of_thread(), first = static_cast<int>(blockIdx.x) * rows_of_a_block;
  if (c >= width || flag[c] == 0.0) return;
  for (int i = first; i < end_of(first, rows_of_a_block, count); ++i) f(i, c);
}

template <class F>
__global__ void __launch_bounds__(strip) columns_kernel(F f, int width) {
  const int c = column_of_thread();
  if (c < width) f(c);
}

/// f(i, c, Σ_k values[k] · in[index[k], c])
template <class F>
__global__ void __launch_bounds__(strip)
    product_kernel(F f, int count, int width, std::int64_t ld, const int* __restrict__ start,
                   const int* __restrict__ index, const double* __restrict__ values, const double* in) {
  const int c = column_of_thread(), first = static_cast<int>(blockIdx.x) * rows_of_a_block;
  if (c >= width) return;
  for (int i = first; i < end_of(first, rows_of_a_block, count); ++i) {
    double sum = 0.0;
    for (int k = start[i]; k < start[i + 1]; ++k) sum = fma(values[k], in[index[k] * ld + c], sum);
    f(i, c, sum);
  }
}

/// The step after a product that stands in `product`.
template <class F>
__global__ void __launch_bounds__(strip)
    step_kernel(F f, int count, int width, std::int64_t ld, const double* product) {
  const int c = column_of_thread(), first = static_cast<int>(blockIdx.x) * rows_of_a_block;
  if (c >= width) return;
  for (int i = first; i < end_of(first, rows_of_a_block, count); ++i) f(i, c, product[i * ld + c]);
}

/// partial[segment][a][c] of the block's segment.
template <class F>
__global__ void __launch_bounds__(strip)
    segments_kernel(F f, const double* flag, int count, int width, std::int64_t ld, double* partial) {
  constexpr int numbers = F::sums + F::maxima;
  static_assert(numbers <= most_reduced);
  const int c = column_of_thread(), first = static_cast<int>(blockIdx.x) * segment;
  if (c >= width || (flag && flag[c] == 0.0)) return;
  double acc[numbers];
  for (double& a : acc) a = 0.0;
  for (int i = first; i < end_of(first, segment, count); ++i) f(i, c, acc);
  for (int a = 0; a < numbers; ++a) partial[(static_cast<std::int64_t>(blockIdx.x) * numbers + a) * ld + c] = acc[a];
}

/// totals[row + a][c] over the segments, in order; one a per block.
__global__ void __launch_bounds__(strip) combine_kernel(int sums, int numbers, int segments, int width, std::int64_t ld,
                                                        const double* partial, double* totals, const double* flag) {
  const int c = column_of_thread(), a = static_cast<int>(blockIdx.x);
  if (c >= width || (flag && flag[c] == 0.0)) return;
  double total = 0.0;
  for (int s = 0; s < segments; ++s) {
    const double value = partial[(static_cast<std::int64_t>(s) * numbers + a) * ld + c];
    total = a < sums ? total + value : max(total, value);
  }
  totals[a * ld + c] = total;
}

struct WideCuda {
  const WideView& v;
  cudaStream_t stream;
  double* partial;                  // (segments of the longest reduction, most_reduced, ld)
  const SparseProduct* product[2];  // by cuSPARSE: K, Kᵀ; null: fused kernels
  int width = 0;                    // columns in use
  bool good = true;                 // nothing has failed so far

  /// Numbers of `partial` for entries of a column.
  static std::int64_t partial_size(int entries, std::int64_t ld) {
    return ((static_cast<std::int64_t>(entries) + segment - 1) / segment + 1) * most_reduced * ld;
  }

  template <class F>
  void multiply(const double* in, double* buffer, const F& f) {
    times(product[0], v.pattern.rows, v.pattern.row_start, v.pattern.column_index, v.shared.row_form, in, buffer, f);
  }
  template <class F>
  void multiply_transposed(const double* in, double* buffer, const F& f) {
    times(product[1], v.pattern.n, v.pattern.column_start, v.pattern.row_index, v.shared.column_form, in, buffer, f);
  }
  template <class F>
  void elements(int count, const F& f) {
    if (count > 0) elements_kernel<<<grid(count, rows_of_a_block), strip, 0, stream>>>(f, count, width);
  }
  template <class F>
  void elements_of(const double* flag, int count, const F& f) {
    if (count > 0) chosen_kernel<<<grid(count, rows_of_a_block), strip, 0, stream>>>(f, flag, count, width);
  }
  template <class F>
  void reduce(int count, int row, const F& f) {
    reduce_of(nullptr, count, row, f);
  }
  template <class F>
  void reduce_of(const double* flag, int count, int row, const F& f) {
    const dim3 blocks = grid(count, segment);
    if (count > 0) segments_kernel<<<blocks, strip, 0, stream>>>(f, flag, count, width, v.ld, partial);
    constexpr int numbers = F::sums + F::maxima;
    combine_kernel<<<grid(numbers, 1), strip, 0, stream>>>(F::sums, numbers, count > 0 ? static_cast<int>(blocks.x) : 0,
                                                           width, v.ld, partial, v.totals + row * v.ld, flag);
  }
  template <class F>
  void columns(const F& f) {
    columns_kernel<<<grid(1, 1), strip, 0, stream>>>(f, width);
  }

 private:
  dim3 grid(int count, int each) const {
    return dim3(static_cast<unsigned>((count + each - 1) / each), static_cast<unsigned>((width + strip - 1) / strip));
  }
  template <class F>
  void times(const SparseProduct* by, int count, const int* start, const int* index, const double* values,
             const double* in, double* buffer, const F& f) {
    if (count == 0) return;
    if (by) {
      good = by->multiply(in, buffer, width) && good;
      step_kernel<<<grid(count, rows_of_a_block), strip, 0, stream>>>(f, count, width, v.ld, buffer);
    } else {
      product_kernel<<<grid(count, rows_of_a_block), strip, 0, stream>>>(f, count, width, v.ld, start, index, values,
                                                                         in);
    }
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
