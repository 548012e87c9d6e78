#pragma once
// The careful solve: where refinement by an ill-conditioned factor no longer converges, GMRES does (Saad 1993,
// flexible, the factor as right preconditioner): the factor misses K in a few directions only, and each costs one step.
// Included by ipm_body.hpp.
//
//   r_0 = b − K x_0,  v_0 = S r_0/β,   z_j = M⁻¹ S⁻¹ v_j,   S K [z_0 … z_j] = [v_0 … v_{j+1}] H,
//   x = x_0 + Σ y_j z_j,   min ‖β e_0 − H y‖   (Givens rotations)
// S: rows of a cone count as in its scaled space, all others as they are.

#include "kernels/ipm/ipm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Space, class Values>
struct IpmKrylov {
  using Body = IpmBody<Space, Values>;
  using Real = typename Space::Real;
  using Vec = typename Space::Vec;
  using Mask = typename Body::Mask;
  static constexpr int steps = ipm_krylov_steps;
  // So many steps that leave more than this share of what there was are the end.
  static constexpr int patience = 5;
  static constexpr double least_gain = 0.5;

  Body& b;
  int rows;
  // All in the order of the KKT rows' places.
  Vec weight, solution, wanted;  // (rows) S, x, right-hand side
  Vec basis, image;              // (steps + 1, rows), (steps, rows): v_j, z_j

  WATTSTEIN_HD_CALL explicit IpmKrylov(Body& body) : b(body), rows(body.f.kkt_rows) {
    const std::int64_t count = rows;
    weight = b.krylov, solution = weight + count, wanted = solution + count, basis = wanted + count;
    image = basis + count * (steps + 1);
  }

  /// rhs ← K⁻¹ rhs; returns ‖S(b − Kx)‖/‖Sb‖, infinite where it is not finite. A lane stays out of what its mates go on
  /// with.
  WATTSTEIN_HD_CALL Real solve() {
    const Real zero(0.0), one(1.0);
    weigh();
    Real size(0.0);
    for (int i = 0; i < rows; ++i) {
      wanted[i] = b.rhs[i];
      const Real value = weight[i] * b.rhs[i];
      size = fma(value, value, size);
    }
    size = max(sqrt(size), Real(1e-300));
    ldl_solve_any<Real>(b.f.ldl, b.lower, b.inverse, b.rhs, b.work);
    for (int i = 0; i < rows; ++i) solution[i] = b.rhs[i];
    Real best = remainder();
    Mask open = best < Real(1e280);
    for (int round = 0; round < ipm_krylov_rounds; ++round) {
      open = open && best > Real(ipm_krylov_enough) * size;
      if (!any(open)) break;
      if (round > 0) remainder();
      const Real inverse = one / select(open, best, one);
      for (int i = 0; i < rows; ++i) basis[i] = select(open, weight[i] * b.rhs[i] * inverse, zero);
      const int taken = arnoldi(open, select(open, best, zero), size);
      // x + Σ y_j z_j where that is nearer.
      for (int i = 0; i < rows; ++i) {
        Real sum = solution[i];
        for (int j = 0; j < taken; ++j) sum = select(y_[j] == zero, sum, fma(y_[j], at(image, j)[i], sum));
        basis[i] = solution[i];
        solution[i] = select(open, sum, solution[i]);
      }
      const Real now = remainder();
      const Mask nearer = open && now < best;
      for (int i = 0; i < rows; ++i) solution[i] = select(nearer, solution[i], basis[i]);
      open = nearer && now < Real(0.1) * best;
      best = select(nearer, now, best);
    }
    for (int i = 0; i < rows; ++i) b.rhs[i] = solution[i];
    return best / size;
  }

 private:
  WATTSTEIN_HD Vec at(Vec first, int j) const { return first + std::int64_t(j) * rows; }
  Real h_[steps + 1][steps], y_[steps];

  // S. A cone's rows count by 1/(largest eigenvalue of W), in its frame each by its own, and none for more than 1.
  WATTSTEIN_HD_CALL void weigh() {
    for (int i = 0; i < rows; ++i) weight[i] = Real(1.0);
    for (int c = 0; c < b.f.cones; ++c) {
      const int first = b.f.cone_start[c], q = b.f.cone_start[c + 1] - first;
      const ScalingFrame<Real> frame = scaling_frame<Real>(b.v + first, q);
      for (int i = 0; i < q; ++i)
        weight[b.f.place[b.f.cone_row[c] + i]] =
            Real(1.0) / max(b.eta[c] * frame_scale(frame, q, b.framed(c) ? i : 0), Real(1.0));
    }
  }

  // aᵀb, in eight sums: one after the other would wait for each addition.
  WATTSTEIN_HD_CALL Real inner(Vec a, Vec c) const {
    constexpr int width = 8;
    Real part[width];
    for (int t = 0; t < width; ++t) part[t] = Real(0.0);
    int i = 0;
    for (; i + width <= rows; i += width)
      for (int t = 0; t < width; ++t) part[t] = fma(a[i + t], c[i + t], part[t]);
    for (; i < rows; ++i) part[0] = fma(a[i], c[i], part[0]);
    for (int half = width / 2; half > 0; half /= 2)
      for (int t = 0; t < half; ++t) part[t] = part[t] + part[t + half];
    return part[0];
  }

  // rhs ← wanted − K solution; its weighted norm, infinite where it is not finite.
  WATTSTEIN_HD_CALL Real remainder() {
    for (int i = 0; i < rows; ++i) b.asked[i] = wanted[i], b.found[i] = solution[i];
    b.remainder();
    Real sum(0.0);
    for (int i = 0; i < rows; ++i) {
      const Real value = weight[i] * b.rhs[i];
      sum = fma(value, value, sum);
    }
    return select(sum == sum, sqrt(sum), Real(1e300));
  }

  // Fills basis, image and y_; returns the steps taken by any lane. A lane's y_j is 0 from where it had arrived.
  WATTSTEIN_HD_CALL int arnoldi(Mask open, Real beta, Real size) {
    const Real zero(0.0), one(1.0);
    const Real enough = Real(0.1 * ipm_krylov_enough) * size;
    Real g[steps + 1], cosine[steps], sine[steps], length_of[steps], left_of[steps];
    Mask used[steps];
    g[0] = beta;
    int taken = 0;
    for (int j = 0; j < steps && any(open); ++j, ++taken) {
      used[j] = open;
      const Vec from = at(basis, j), to = at(basis, j + 1), z = at(image, j);
      for (int i = 0; i < rows; ++i) b.rhs[i] = from[i] / weight[i];
      ldl_solve_any<Real>(b.f.ldl, b.lower, b.inverse, b.rhs, b.work);
      for (int i = 0; i < rows; ++i) z[i] = b.found[i] = b.rhs[i], b.asked[i] = zero;
      length_of[j] = sqrt(inner(z, z));
      b.remainder();
      for (int i = 0; i < rows; ++i) to[i] = -(weight[i] * b.rhs[i]);
      for (int t = 0; t <= j; ++t) h_[t][j] = zero;
      for (int pass = 0; pass < 2; ++pass)  // orthogonalised twice: once loses the small ones
        for (int t = 0; t <= j; ++t) {
          const Vec v = at(basis, t);
          const Real dot = inner(v, to);
          for (int i = 0; i < rows; ++i) to[i] = fma(-dot, v[i], to[i]);
          h_[t][j] = h_[t][j] + dot;
        }
      const Real norm = sqrt(inner(to, to));
      const Mask more = norm > Real(1e-300);
      const Real scale = select(more, one / max(norm, Real(1e-300)), zero);
      for (int i = 0; i < rows; ++i) to[i] = to[i] * scale;
      Real below = norm;
      for (int t = 0; t < j; ++t) {
        const Real upper = h_[t][j], lower = h_[t + 1][j];
        h_[t][j] = fma(cosine[t], upper, sine[t] * lower);
        h_[t + 1][j] = fma(cosine[t], lower, -(sine[t] * upper));
      }
      const Real length = sqrt(fma(h_[j][j], h_[j][j], below * below)), unit = one / max(length, Real(1e-300));
      cosine[j] = h_[j][j] * unit;
      sine[j] = below * unit;
      h_[j][j] = length;
      g[j + 1] = -(sine[j] * g[j]);
      g[j] = cosine[j] * g[j];
      left_of[j] = g[j + 1];
      open = open && more && abs(g[j + 1]) > enough;
      if (j >= patience) open = open && abs(g[j + 1]) < Real(least_gain) * abs(left_of[j - patience]);
    }
    // As many steps as leave the least: more of them go into directions that K does not see, whose size is rounding
    // then.
    Real least = beta;
    for (int j = 0; j < steps; ++j) y_[j] = zero;
    for (int count = 1; count <= taken; ++count) {
      Real y[steps], noise(0.0);
      for (int j = count; j-- > 0;) {
        Real sum = g[j];
        for (int t = j + 1; t < count; ++t) sum = fma(-h_[j][t], y[t], sum);
        y[j] = sum / max(h_[j][j], Real(1e-300));
        noise = fma(abs(y[j]), length_of[j], noise);
      }
      const Real left = fma(Real(1e-16), noise, abs(left_of[count - 1]));
      const Mask better = used[count - 1] && left < least;
      least = select(better, left, least);
      for (int j = 0; j < count; ++j) y_[j] = select(better, y[j], y_[j]);
    }
    return taken;
  }
};

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
