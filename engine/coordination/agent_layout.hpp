#pragma once
// Where everything stands in the problem of an agent group. Private to engine/coordination.
//
// Columns: x | ζ | t_1..t_H | (copies: z of every atom) | extension
// Rows:    first stage | (copies: rows and moved upper bounds of every atom) | cut slots | extension

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
  int zeta = -1, t = -1, copies = 0, extension = 0, columns = 0;  // first columns
  int copy_rows = 0, cut_rows = 0, extension_rows = 0, rows = 0;  // first rows
  std::vector<int> slot_row;                                      // (H) first slot of the hour
  EntryMap a, p;
  kernels::Batch batch;
  bool current = false;
};

}  // namespace wattstein::engine
