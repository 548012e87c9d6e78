#pragma once
// What Newton's body reads: the graph in elimination order, the admittances and the schedule of a sparse block LU
// without pivoting between blocks. Pointers only, so that a device copy is a copy of the arrays.
//
// Position i stands for node order[i]; positions 0 … free-1 are eliminated in this order, references come last.
// Unknowns of a position: (dθ) at held nodes, (dθ, d|V|/|V|) elsewhere; `size` is 1 or 2.
// Row i is assembled and eliminated in a small workspace `w` that holds its blocks one behind another, row by row.

#include <cstdint>

namespace wattstein::kernels {

struct NewtonView {
  int nodes = 0;  // n
  int free = 0;   // eliminated positions
  int unknowns = 0;
  int row_room = 0;              // most numbers that a row needs in w
  int factor_size = 0;           // numbers in U
  const int* size = nullptr;     // (free)
  const int* unknown = nullptr;  // (free) first unknown of the position

  // Y = diagonal + rows; entries of row i in [y_start[i], y_start[i+1])
  const double* y_diagonal = nullptr;  // (free, 2) re, im
  const int* y_start = nullptr;        // (free + 1)
  const int* y_column = nullptr;       // position of the other end
  const int* y_block = nullptr;        // its block in w; -1 when the other end is a reference
  const double* y_value = nullptr;     // (entries, 2)

  const int* diagonal_block = nullptr;  // (free) in w
  const int* fill_start = nullptr;      // (free + 1) numbers of w that no admittance writes
  const int* fill = nullptr;

  // Left part of row i: eliminated positions k, ascending
  const int* left_start = nullptr;  // (free + 1)
  const int* left = nullptr;        // k
  const int* left_block = nullptr;  // in w
  const int* target =
      nullptr;  // for each (i, k), each j right of k: block (i, j) in w, in the order of the right part of k

  // Right part of row k: blocks of U, those of size-1 columns first
  const int* right_start = nullptr;   // (free + 1)
  const int* right_single = nullptr;  // (free) how many of them have size 1
  const int* right = nullptr;         // j
  const int* right_block = nullptr;   // in w, while the row is worked on
  const int* right_value = nullptr;   // (free) first number of the row in U

  const double* start = nullptr;        // (n, 2) start voltages
  const double* start_power = nullptr;  // (free, 2) power at the start voltages
};

/// Where a scenario's numbers lie, counted in Reals.
struct NewtonWorkspace {
  int re, im, p, q, power, w, factor, z, total;
  explicit constexpr NewtonWorkspace(const NewtonView& v)
      : re(0),
        im(re + v.nodes),
        p(im + v.nodes),
        q(p + v.free),
        power(q + v.free),
        w(power + 2 * v.free),
        factor(w + v.row_room),
        z(factor + v.factor_size),
        total(z + v.unknowns) {}
};

}  // namespace wattstein::kernels
