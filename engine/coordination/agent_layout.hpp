#pragma once
// Where everything stands in the problem of an agent group. Private to engine/coordination.
//
// Columns: x | ζ | t of every cell | (copies: z of every atom or copy slot) | (v of every copy slot) | extension
// Rows:    first stage | (copies: rows and moved upper bounds of each, and the row of its v) | cut slots | extension

#include <cstdint>
#include <vector>

#include "engine/coordination/agent_group.hpp"

namespace wattstein::engine {

/// Positions of entries that are listed in an order of their own.
struct EntryMap {
  kernels::CsrPattern pattern;
  std::vector<std::int64_t> place;  // entry -> index in the values
};
EntryMap compress(const std::vector<std::pair<int, int>>& entries, int rows, int columns);

struct AgentGroup::Layout {
  int zeta = -1, t = -1, copies = 0, v = 0, extension = 0, columns = 0;  // first columns
  int copy_rows = 0, cut_rows = 0, extension_rows = 0, rows = 0;         // first rows
  std::vector<int> slot_row;                                             // (cells + 1) first slot of the cell
  int copy_height = 0;                                                   // rows of one copy
  EntryMap a, p;
  kernels::Batch batch;
  bool current = false;
};

}  // namespace wattstein::engine
