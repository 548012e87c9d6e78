#pragma once
// Cones in the frame of their scaling, W = η Q diag(e^θ, e^−θ, 1, …) Qᵀ (math/cone_frames.hpp): their rows of the
// linear system, of −QᵀΔw, are [QᵀG, −η² diag(e^2θ, e^−2θ, 1, …)]. Included by ipm_body.hpp.

#include "kernels/ipm/ipm_body.hpp"
#include "kernels/math/cone_frames.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::factor_frame(int c) {
  const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
  const int count = f.cone_variable_start[c + 1] - f.cone_variable_start[c];
  const ScalingFrame<Real> frame = scaling_frame<Real>(v + first, q_);
  const Vec rows = changing + f.cone_changing[c];  // (q, count)
  for (int e = 0; e < q_ * count; ++e) rows[e] = Real(0.0);
  for (int i = 0; i < q_; ++i)
    for (int p = f.g_start[first + i]; p < f.g_start[first + i + 1]; ++p)
      rows[i * count + f.g_local[p]] = rows[i * count + f.g_local[p]] + a[f.g_base + p];
  for (int j = 0; j < count; ++j) frame_into(frame, v + first, q_, rows + j, count);
  for (int i = 0; i < q_; ++i) {
    const Real scale = eta[c] * frame_scale(frame, q_, i);
    diagonal[f.place[f.cone_row[c] + i]] = -(scale * scale);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::put_frame_rhs(int c) {
  // −Qᵀ(r + W h), r in c1, h in c2
  const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
  const ScalingFrame<Real> frame = scaling_frame<Real>(v + first, q_);
  frame_into(frame, v + first, q_, c1 + first, 1);
  frame_into(frame, v + first, q_, c2 + first, 1);
  for (int i = 0; i < q_; ++i)
    rhs[f.place[f.cone_row[c] + i]] = -fma(eta[c] * frame_scale(frame, q_, i), c2[first + i], c1[first + i]);
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::frame_remainder(int c) {
  // With u = −Δw: rhs −= Gᵀu, and −QᵀGΔx + η² diag(…) Qᵀu in the rows of Qᵀu.
  const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
  const ScalingFrame<Real> frame = scaling_frame<Real>(v + first, q_);
  for (int i = 0; i < q_; ++i) c1[first + i] = found[f.place[f.cone_row[c] + i]];
  frame_back(frame, v + first, q_, c1 + first, 1);
  for (int i = first; i < first + q_; ++i) {
    Real sum(0.0);
    for (int p = f.g_start[i]; p < f.g_start[i + 1]; ++p) {
      const int at = f.place[f.g_index[p]];
      sum = fma(a[f.g_base + p], found[at], sum);
      rhs[at] = fma(-a[f.g_base + p], c1[i], rhs[at]);
    }
    c2[i] = sum;
  }
  frame_into(frame, v + first, q_, c2 + first, 1);
  for (int i = 0; i < q_; ++i) {
    const int at = f.place[f.cone_row[c] + i];
    const Real scale = eta[c] * frame_scale(frame, q_, i);
    rhs[at] = fma(scale * scale, found[at], rhs[at] - c2[first + i]);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::square_in_frame(int c) {
  const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
  const ScalingFrame<Real> frame = scaling_frame<Real>(v + first, q_);
  frame_into(frame, v + first, q_, c1 + first, 1);
  for (int i = 0; i < q_; ++i) {
    const Real scale = eta[c] * frame_scale(frame, q_, i);
    c1[first + i] = scale * scale * c1[first + i];
  }
  frame_back(frame, v + first, q_, c1 + first, 1);
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::keep_inside() {
  for (int c = 0; c < f.cones; ++c) {
    const int first = f.cone_start[c], q_ = f.cone_start[c + 1] - first;
    keep_one_inside(s + first, q_);
    keep_one_inside(w + first, q_);
  }
}

template <class Space, class Values>
WATTSTEIN_HD_CALL void IpmBody<Space, Values>::keep_one_inside(Vec u, int q_) {
  constexpr double least = 0x1p-52, kept = 0x1p-51;
  const Real tail = soc_tail_norm<Real>(u, q_);
  u[0] = select(u[0] - tail > Real(least) * tail, u[0], fma(Real(kept), tail, tail));
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
