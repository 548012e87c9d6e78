#pragma once
// Symbolic LDLᵀ of a symmetric quasidefinite pattern, done once; the numbers follow in ldl_body.hpp, many matrices at
// a time.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/math/ldl_view.hpp"
#include "kernels/math/ordering.hpp"

namespace wattstein::kernels {

/// Pattern of L (unit lower triangular, diagonal not stored) of the permuted matrix.
struct LdlSymbolic {
  int rows = 0;
  std::vector<int> order;               // (rows) order[p]: original row at place p
  std::vector<int> place;               // (rows) inverse of `order`
  std::vector<std::int64_t> column;     // (rows + 1) start of each column of L
  std::vector<int> index;               // (nnz L) rows, ascending within a column
  std::vector<std::int64_t> row;        // (rows + 1) start of each row of L in the next two
  std::vector<int> row_column;          // (nnz L) columns k < j with L_jk ≠ 0, ascending
  std::vector<std::int64_t> row_entry;  // (nnz L) where L_jk stands in `index`
  std::vector<int> parent;              // (rows) elimination tree, -1 at roots
  std::vector<signed char> block;       // (rows) 1: first of ldl_block columns of one structure, by column and by row
  bool blocked = false;                 // any block
  // Supernodes: longest runs of columns, each the one before without its own row; and what reaches into each.
  std::vector<int> supernode;        // (supernodes + 1) first column of each
  int widest = 0;                    // columns of the widest one
  std::vector<std::int64_t> update;  // (supernodes + 1) start of each one's updates
  std::vector<LdlUpdate> updates;    // columns ascending
  std::vector<signed char>
      plain;                    // (supernodes) 1: one column that only narrow ones reach: nothing to gain by registers
  std::int64_t wide_flops = 0;  // of `flops`, in supernodes of eight columns or more
  std::int64_t flops = 0;       // multiply-adds of one numeric factorisation
};

/// Symbolic factorisation of `pattern` in the given order (a permutation of its rows).
LdlSymbolic ldl_symbolic(const SymmetricPattern& pattern, std::vector<int> order);

/// Sorts entries of the matrix for a view (its start, row and source): each by the column that comes first in the
/// order of the factor, as given within one. each(take) calls take(row, column, source) for every entry, in either
/// triangle, the same ones every time.
template <class Each>
void ldl_sort_entries(const LdlSymbolic& symbolic, const Each& each, std::vector<std::int64_t>& start,
                      std::vector<int>& row, std::vector<int>& source) {
  const auto place = [&symbolic](int i) { return symbolic.place[static_cast<std::size_t>(i)]; };
  start.assign(static_cast<std::size_t>(symbolic.rows) + 1, 0);
  each([&](int i, int j, int) { ++start[static_cast<std::size_t>(std::min(place(i), place(j))) + 1]; });
  for (std::size_t j = 1; j < start.size(); ++j) start[j] += start[j - 1];
  row.resize(static_cast<std::size_t>(start.back()));
  source.resize(row.size());
  auto next = start;
  each([&](int i, int j, int from) {
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(std::min(place(i), place(j)))]++);
    row[at] = std::max(place(i), place(j));
    source[at] = from;
  });
}

/// The pattern's share of a view: signs, least pivots and entries are the caller's.
LdlView ldl_view(const LdlSymbolic& symbolic);

}  // namespace wattstein::kernels
