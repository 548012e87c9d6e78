#pragma once
// What the sweep's body reads: a tree in an order where parents stand before their children; position 0 is the
// reference.

#include <cstdint>

namespace wattstein::kernels {

struct SweepView {
  int nodes = 0;                          // n
  bool shunts = false, ratios = false;    // some node has a shunt, some β is not 1
  const int* order = nullptr;             // (n) node of each position
  const int* parent = nullptr;            // (n) position
  const double* beta = nullptr;           // (n, 2) voltage ratio of the edge to the parent
  const double* gamma = nullptr;          // (n, 2) impedance seen from the child
  const double* shunt = nullptr;          // (n, 2) admittance to ground, half of each edge's charging included
  const double* start = nullptr;          // (n, 2)
  const double* start_inverse = nullptr;  // (n) 1/|V|² at the start
};

/// Where a scenario's numbers lie, counted in Reals.
struct SweepWorkspace {
  int re, im, j_re, j_im, p, q, i_re, i_im, inverse, total;
  explicit constexpr SweepWorkspace(const SweepView& v)
      : re(0),
        im(v.nodes),
        j_re(2 * v.nodes),
        j_im(3 * v.nodes),
        p(4 * v.nodes),
        q(5 * v.nodes),
        i_re(6 * v.nodes),
        i_im(7 * v.nodes),
        inverse(8 * v.nodes),
        total(9 * v.nodes) {}
};

}  // namespace wattstein::kernels
