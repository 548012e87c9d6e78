#pragma once
// The pattern of a factor as plain arrays, for bodies that know no containers.

#include <cstdint>

namespace wattstein::kernels {

/// Columns of a block, and what a factorisation needs of `work` per row when there are blocks.
inline constexpr int ldl_block = 4;

/// A supernode that reaches into the columns of a later one.
struct LdlUpdate {
  std::int64_t entry;  // where its last column has its first row among those columns
  int last, width;     // its last column; its columns
  int targets;         // its rows among those columns
};

/// A factorisation by lists (see LdlList); row: null where there are none.
struct LdlListView {
  static constexpr int none = -1;   // an entry without a value: fill
  static constexpr int ready = -2;  // an entry with changing values, which stand in L beforehand
  const int* row;                   // (rows + 1)
  const int* row_entry;             // (nnz L)
  const int* column;                // (rows + 1)
  const int* source;                // (nnz L)
  const int* product;               // (nnz L + 1)
  const int* left;                  // (products)
  const std::uint16_t* right;       // (products)
  int firsts, mores;
  const int *first_entry, *first_source, *first_constant;  // (firsts)
  const int *more_entry, *more_source;                     // (mores)
};

/// Pattern of L as plain arrays (see LdlSymbolic) and where the entries of the matrix come from.
struct LdlView {
  int rows;
  const std::int64_t* column;     // (rows + 1)
  const int* index;               // (nnz L)
  const std::int64_t* row;        // (rows + 1)
  const int* row_column;          // (nnz L)
  const std::int64_t* row_entry;  // (nnz L)
  const signed char* block;       // (rows) 1: this column and the next ldl_block − 1 are factored together
  int blocked;                    // any block at all: work then holds ldl_block × rows
  // Supernodes and what reaches them (LdlSymbolic), for the factor of a lone matrix on the CPU; none where they hold
  // too little of the work.
  int supernodes, widest;
  const int* supernode;
  const std::int64_t* update;
  const LdlUpdate* updates;
  const signed char* plain;
  const signed char* sign;  // (rows) expected sign of each pivot
  const double* least;      // (rows) a pivot must be larger than this in its sign
  // Entries of the permuted matrix below the diagonal of column j: constant ones, then changing ones,
  // of which several may add up in one place.
  const std::int64_t* constant;  // (rows + 1)
  const int* constant_row;       // row of the entry
  const int* constant_source;    // index into the constant values
  const std::int64_t* changing;  // (rows + 1)
  const int* changing_row;
  const int* changing_source;
  LdlListView list;
};

}  // namespace wattstein::kernels
