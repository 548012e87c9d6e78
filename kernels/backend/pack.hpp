#pragma once
// Pack<T, W>: W problems side by side as one scalar. A kernel body is a template over Real; with Real = double it
// is one problem (one thread, or a lane of a CUDA warp), with Real = Pack<double, W> it is W problems at once.
// Bodies use only the free functions below (select, any, all, min, max, sqrt, abs), which exist for both.
//
// Everything lives in an inline namespace named after the instruction set, so that the three compilations of a
// kernel source never share a symbol. (Idea of SIMD as a scalar type: Kokkos-Kernels, batched.)

#include <cmath>
#include <cstddef>
#include <type_traits>

#ifndef WATTSTEIN_ISA
#define WATTSTEIN_ISA portable
#endif

#ifdef __CUDACC__
#define WATTSTEIN_HD __host__ __device__ __forceinline__
#else
#define WATTSTEIN_HD inline __attribute__((always_inline))
#endif

// For large functions: a real call, so that a body is not copied into each of its callers.
#ifdef __CUDACC__
#define WATTSTEIN_HD_CALL __host__ __device__
#else
#define WATTSTEIN_HD_CALL __attribute__((noinline))
#endif

#ifndef __CUDACC__
#include <experimental/simd>
#ifdef __SSE2__
#include <immintrin.h>
#endif
#endif

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

// ---- one problem: Real = double or float, Mask = bool
WATTSTEIN_HD double select(bool mask, double yes, double no) {
  return mask ? yes : no;
}
WATTSTEIN_HD float select(bool mask, float yes, float no) {
  return mask ? yes : no;
}
WATTSTEIN_HD bool any(bool mask) {
  return mask;
}
WATTSTEIN_HD bool all(bool mask) {
  return mask;
}
WATTSTEIN_HD double min(double a, double b) {
  return a < b ? a : b;
}
WATTSTEIN_HD double max(double a, double b) {
  return a > b ? a : b;
}
WATTSTEIN_HD double sqrt(double a) {
  return ::sqrt(a);
}
WATTSTEIN_HD double abs(double a) {
  return ::fabs(a);
}
// a·b + c, rounded once where the instruction set has it (then Pack and double agree bit for bit).
WATTSTEIN_HD double fma(double a, double b, double c) {
#ifdef __CUDA_ARCH__
  return ::fma(a, b, c);
#elif defined(__FMA__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}
WATTSTEIN_HD double get_lane(double a, int) {
  return a;
}
WATTSTEIN_HD void set_lane(double& a, int, double value) {
  a = value;
}
WATTSTEIN_HD bool get_lane(bool a, int) {
  return a;
}
WATTSTEIN_HD void set_lane(bool& a, int, bool value) {
  a = value;
}

// The same in single precision.
WATTSTEIN_HD float min(float a, float b) {
  return a < b ? a : b;
}
WATTSTEIN_HD float max(float a, float b) {
  return a > b ? a : b;
}
WATTSTEIN_HD float sqrt(float a) {
  return ::sqrtf(a);
}
WATTSTEIN_HD float abs(float a) {
  return ::fabsf(a);
}
WATTSTEIN_HD float fma(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return ::fmaf(a, b, c);
#elif defined(__FMA__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
WATTSTEIN_HD float get_lane(float a, int) {
  return a;
}
WATTSTEIN_HD void set_lane(float& a, int, float value) {
  a = value;
}

template <class Real>
struct LanesOf {
  static constexpr int value = 1;
  using Mask = bool;
  using Scalar = Real;
};
template <class Real>
using ScalarOf = typename LanesOf<Real>::Scalar;

/// A square below which it counts as zero: its root and its inverse are still numbers of the scalar.
template <class Scalar>
inline constexpr double least_square = 1e-200;
template <>
inline constexpr double least_square<float> = 1e-30;

#ifndef __CUDACC__
template <class T, int W>
struct PackMask;

template <class T, int W>
struct alignas(sizeof(T) * W) Pack {
  using Simd = std::experimental::simd<T, std::experimental::simd_abi::deduce_t<T, W>>;
  Simd v;

  Pack() = default;
  WATTSTEIN_HD Pack(T scalar) : v(scalar) {}
  WATTSTEIN_HD Pack(double scalar) requires(!std::is_same_v<T, double>) : v(static_cast<T>(scalar)) {}
  WATTSTEIN_HD explicit Pack(const Simd& simd) : v(simd) {}
  WATTSTEIN_HD static Pack load(const T* p) { return Pack(Simd(p, std::experimental::element_aligned)); }
  WATTSTEIN_HD void store(T* p) const { v.copy_to(p, std::experimental::element_aligned); }

  WATTSTEIN_HD friend Pack operator+(Pack a, Pack b) { return Pack(a.v + b.v); }
  WATTSTEIN_HD friend Pack operator-(Pack a, Pack b) { return Pack(a.v - b.v); }
  WATTSTEIN_HD friend Pack operator*(Pack a, Pack b) { return Pack(a.v * b.v); }
  WATTSTEIN_HD friend Pack operator/(Pack a, Pack b) { return Pack(a.v / b.v); }
  WATTSTEIN_HD friend Pack operator-(Pack a) { return Pack(-a.v); }
  WATTSTEIN_HD Pack& operator+=(Pack b) {
    v += b.v;
    return *this;
  }
  WATTSTEIN_HD Pack& operator-=(Pack b) {
    v -= b.v;
    return *this;
  }
  WATTSTEIN_HD Pack& operator*=(Pack b) {
    v *= b.v;
    return *this;
  }
  WATTSTEIN_HD Pack& operator/=(Pack b) {
    v /= b.v;
    return *this;
  }
  WATTSTEIN_HD friend PackMask<T, W> operator<(Pack a, Pack b) { return {a.v < b.v}; }
  WATTSTEIN_HD friend PackMask<T, W> operator<=(Pack a, Pack b) { return {a.v <= b.v}; }
  WATTSTEIN_HD friend PackMask<T, W> operator>(Pack a, Pack b) { return {a.v > b.v}; }
  WATTSTEIN_HD friend PackMask<T, W> operator>=(Pack a, Pack b) { return {a.v >= b.v}; }
  WATTSTEIN_HD friend PackMask<T, W> operator==(Pack a, Pack b) { return {a.v == b.v}; }
  WATTSTEIN_HD friend PackMask<T, W> operator!=(Pack a, Pack b) { return {a.v != b.v}; }
};

template <class T, int W>
struct PackMask {
  typename Pack<T, W>::Simd::mask_type m;
  WATTSTEIN_HD friend PackMask operator&&(PackMask a, PackMask b) { return {a.m && b.m}; }
  WATTSTEIN_HD friend PackMask operator||(PackMask a, PackMask b) { return {a.m || b.m}; }
  WATTSTEIN_HD friend PackMask operator!(PackMask a) { return {!a.m}; }
};

template <class T, int W>
struct LanesOf<Pack<T, W>> {
  static constexpr int value = W;
  using Mask = PackMask<T, W>;
  using Scalar = T;
};

template <class T, int W>
WATTSTEIN_HD Pack<T, W> select(PackMask<T, W> mask, Pack<T, W> yes, Pack<T, W> no) {
  where(mask.m, no.v) = yes.v;
  return no;
}
template <class T, int W>
WATTSTEIN_HD bool any(PackMask<T, W> mask) {
  return any_of(mask.m);
}
template <class T, int W>
WATTSTEIN_HD bool all(PackMask<T, W> mask) {
  return all_of(mask.m);
}
// Ternary form: a NaN in `a` yields b, in `b` yields b, in every instruction set alike.
template <class T, int W>
WATTSTEIN_HD Pack<T, W> min(Pack<T, W> a, Pack<T, W> b) {
  return select(a < b, a, b);
}
template <class T, int W>
WATTSTEIN_HD Pack<T, W> max(Pack<T, W> a, Pack<T, W> b) {
  return select(a > b, a, b);
}
template <class T, int W>
WATTSTEIN_HD Pack<T, W> sqrt(Pack<T, W> a) {
  return Pack<T, W>(std::experimental::sqrt(a.v));
}
template <class T, int W>
WATTSTEIN_HD Pack<T, W> abs(Pack<T, W> a) {
  return Pack<T, W>(std::experimental::abs(a.v));
}
template <class T, int W>
WATTSTEIN_HD Pack<T, W> fma(Pack<T, W> a, Pack<T, W> b, Pack<T, W> c) {
  return Pack<T, W>(a.v * b.v + c.v);
}
// The instructions do just that, in one step instead of two.
#define WATTSTEIN_EXTREME(name, scalar, width, intrinsic, type)                                  \
  template <>                                                                                    \
  WATTSTEIN_HD Pack<scalar, width> name(Pack<scalar, width> a, Pack<scalar, width> b) {          \
    using Simd = Pack<scalar, width>::Simd;                                                      \
    return Pack<scalar, width>(Simd(intrinsic(static_cast<type>(a.v), static_cast<type>(b.v)))); \
  }
#define WATTSTEIN_FMA(scalar, width, intrinsic, type)                                                         \
  template <>                                                                                                 \
  WATTSTEIN_HD Pack<scalar, width> fma(Pack<scalar, width> a, Pack<scalar, width> b, Pack<scalar, width> c) { \
    using Simd = Pack<scalar, width>::Simd;                                                                   \
    return Pack<scalar, width>(                                                                               \
        Simd(intrinsic(static_cast<type>(a.v), static_cast<type>(b.v), static_cast<type>(c.v))));             \
  }
#ifdef __SSE2__
WATTSTEIN_EXTREME(min, double, 2, _mm_min_pd, __m128d)
WATTSTEIN_EXTREME(max, double, 2, _mm_max_pd, __m128d)
WATTSTEIN_EXTREME(min, float, 4, _mm_min_ps, __m128)
WATTSTEIN_EXTREME(max, float, 4, _mm_max_ps, __m128)
#endif
#ifdef __AVX__
WATTSTEIN_EXTREME(min, double, 4, _mm256_min_pd, __m256d)
WATTSTEIN_EXTREME(max, double, 4, _mm256_max_pd, __m256d)
WATTSTEIN_EXTREME(min, float, 8, _mm256_min_ps, __m256)
WATTSTEIN_EXTREME(max, float, 8, _mm256_max_ps, __m256)
#endif
#ifdef __FMA__
WATTSTEIN_FMA(double, 2, _mm_fmadd_pd, __m128d)
WATTSTEIN_FMA(double, 4, _mm256_fmadd_pd, __m256d)
WATTSTEIN_FMA(float, 4, _mm_fmadd_ps, __m128)
WATTSTEIN_FMA(float, 8, _mm256_fmadd_ps, __m256)
#endif
#ifdef __AVX512F__
// (All lanes named: GCC 12 warns of the plain form's undefined source.)
#define WATTSTEIN_MIN_PD(a, b) _mm512_maskz_min_pd(0xff, a, b)
#define WATTSTEIN_MAX_PD(a, b) _mm512_maskz_max_pd(0xff, a, b)
#define WATTSTEIN_MIN_PS(a, b) _mm512_maskz_min_ps(0xffff, a, b)
#define WATTSTEIN_MAX_PS(a, b) _mm512_maskz_max_ps(0xffff, a, b)
WATTSTEIN_EXTREME(min, double, 8, WATTSTEIN_MIN_PD, __m512d)
WATTSTEIN_EXTREME(max, double, 8, WATTSTEIN_MAX_PD, __m512d)
WATTSTEIN_EXTREME(min, float, 16, WATTSTEIN_MIN_PS, __m512)
WATTSTEIN_EXTREME(max, float, 16, WATTSTEIN_MAX_PS, __m512)
WATTSTEIN_FMA(double, 8, _mm512_fmadd_pd, __m512d)
WATTSTEIN_FMA(float, 16, _mm512_fmadd_ps, __m512)
#undef WATTSTEIN_MIN_PD
#undef WATTSTEIN_MAX_PD
#undef WATTSTEIN_MIN_PS
#undef WATTSTEIN_MAX_PS
#endif
#undef WATTSTEIN_EXTREME
#undef WATTSTEIN_FMA
template <class T, int W>
WATTSTEIN_HD T get_lane(const Pack<T, W>& a, int lane) {
  return a.v[static_cast<std::size_t>(lane)];
}
template <class T, int W>
WATTSTEIN_HD void set_lane(Pack<T, W>& a, int lane, T value) {
  a.v[static_cast<std::size_t>(lane)] = value;
}
template <class T, int W>
WATTSTEIN_HD bool get_lane(const PackMask<T, W>& a, int lane) {
  return a.m[static_cast<std::size_t>(lane)];
}
template <class T, int W>
WATTSTEIN_HD void set_lane(PackMask<T, W>& a, int lane, bool value) {
  a.m[static_cast<std::size_t>(lane)] = value;
}
#endif

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
