#pragma once
// An LDLᵀ factorisation as lists, made once per pattern: for every entry of L where it comes from and which products
// it takes. Replayed (ldl_factor_listed), an entry is summed in a register and written once, where column by column it
// is read and written for every product; the sums have the same order and the same bits. The idea of such lists stands
// in sparse_factor.hpp as well (a factor by the members of a team).

#include <cstdint>
#include <vector>

#include "kernels/math/ldl.hpp"

namespace wattstein::kernels {

/// Multiply-adds up to which lists are made: each takes six bytes, and a lone problem factors some twenty times only.
inline constexpr std::int64_t ldl_list_most = 500000;

struct LdlList {
  std::vector<int> row, row_entry;   // of LdlSymbolic
  std::vector<int> column;           // of LdlSymbolic
  std::vector<int> source;           // (nnz L) constant value of an entry, or LdlListView::none, or ::ready
  std::vector<int> product;          // (nnz L + 1) start of each entry's products: L_ik · c_jk, columns k ascending
  std::vector<int> left;             // L_ik
  std::vector<std::uint16_t> right;  // place of c_jk in row j
  // Changing values, each with its entry: the first of an entry, and any others.
  std::vector<int> first_entry, first_source, more_entry, more_source;
  std::vector<int> first_constant;  // a constant value below the first, or none

  /// Of a view with its entries (constant, changing, …). Nothing where the factor is beyond ldl_list_most.
  void make(const LdlSymbolic& symbolic, const LdlView& entries);

  LdlListView view() const;
};

}  // namespace wattstein::kernels
