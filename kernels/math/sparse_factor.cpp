#include "kernels/math/sparse_factor.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/math/ldl.hpp"

namespace wattstein::kernels {

FactorPlan::FactorPlan(const ConstraintPattern& pattern, bool by_level) : size(pattern.n + pattern.rows) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < pattern.rows; ++i)
    for (int k = pattern.row_start[i]; k < pattern.row_start[i + 1]; ++k)
      pairs.emplace_back(pattern.n + i, pattern.column_index[k]);
  const SymmetricPattern symmetric = symmetric_pattern(size, std::move(pairs));

  const LdlSymbolic symbolic = ldl_symbolic(symmetric, minimum_degree_order(symmetric));

  // By level: columns sorted by their height in the elimination tree. Children stay before parents, so the fill is the
  // same.
  std::vector<int> old_of(static_cast<std::size_t>(size)), new_of(static_cast<std::size_t>(size));
  std::iota(old_of.begin(), old_of.end(), 0);
  level_start.push_back(0);
  if (by_level) {
    std::vector<int> height(static_cast<std::size_t>(size), 0);
    for (int j = 0; j < size; ++j)
      if (symbolic.parent[j] >= 0) height[symbolic.parent[j]] = std::max(height[symbolic.parent[j]], height[j] + 1);
    std::stable_sort(old_of.begin(), old_of.end(), [&](int a, int b) { return height[a] < height[b]; });
    for (int p = 1; p < size; ++p)
      if (height[old_of[p]] != height[old_of[p - 1]]) level_start.push_back(p);
  }
  level_start.push_back(size);
  for (int p = 0; p < size; ++p) new_of[old_of[p]] = p;
  place.resize(static_cast<std::size_t>(size));
  for (int original = 0; original < size; ++original) place[original] = new_of[symbolic.place[original]];

  column_start.push_back(0);
  for (int p = 0; p < size; ++p) {
    for (auto e = symbolic.column[old_of[p]]; e < symbolic.column[old_of[p] + 1]; ++e)
      column_row.push_back(new_of[symbolic.index[e]]);
    std::sort(column_row.begin() + column_start.back(), column_row.end());
    column_start.push_back(static_cast<int>(column_row.size()));
  }
  row_start.assign(static_cast<std::size_t>(size) + 1, 0);
  for (const int i : column_row) ++row_start[i + 1];
  for (int i = 0; i < size; ++i) row_start[i + 1] += row_start[i];
  row_column.resize(column_row.size());
  row_entry.resize(column_row.size());
  std::vector<int> at(row_start.begin(), row_start.end());
  for (int j = 0; j < size; ++j)
    for (int e = column_start[j]; e < column_start[j + 1]; ++e) {
      const int k = at[column_row[e]]++;
      row_column[k] = j;
      row_entry[k] = e;
    }

  // Where K's numbers go.
  source.assign(column_row.size(), -1);
  for (int i = 0; i < pattern.rows; ++i)
    for (int k = pattern.row_start[i]; k < pattern.row_start[i + 1]; ++k) {
      const int a = place[pattern.n + i], b = place[pattern.column_index[k]];
      const auto begin = column_row.begin() + column_start[std::min(a, b)];
      const auto end = column_row.begin() + column_start[std::min(a, b) + 1];
      source[std::lower_bound(begin, end, std::max(a, b)) - column_row.begin()] = k;
    }

  // Updates of entry (i, j): the columns k < j in which both rows i and j stand.
  update_start.push_back(0);
  std::vector<int> entry_of(static_cast<std::size_t>(size), -1);  // entry of row j in column k
  for (int j = 0; j < size; ++j) {
    for (int k = row_start[j]; k < row_start[j + 1]; ++k) entry_of[row_column[k]] = row_entry[k];
    for (int e = column_start[j]; e < column_start[j + 1]; ++e) {
      const int i = column_row[e];
      for (int k = row_start[i]; k < row_start[i + 1] && row_column[k] < j; ++k)
        if (entry_of[row_column[k]] >= 0) {
          update_left.push_back(row_entry[k]);
          update_right.push_back(entry_of[row_column[k]]);
        }
      update_start.push_back(static_cast<int>(update_left.size()));
    }
    for (int k = row_start[j]; k < row_start[j + 1]; ++k) entry_of[row_column[k]] = -1;
  }
}

FactorView FactorPlan::view() const {
  FactorView v;
  v.size = size;
  v.levels = static_cast<int>(level_start.size()) - 1;
  v.entries = static_cast<int>(column_row.size());
  v.place = place.data();
  v.level_start = level_start.data();
  v.row_start = row_start.data();
  v.row_column = row_column.data();
  v.row_entry = row_entry.data();
  v.column_start = column_start.data();
  v.column_row = column_row.data();
  v.source = source.data();
  v.update_start = update_start.data();
  v.update_left = update_left.data();
  v.update_right = update_right.data();
  return v;
}

}  // namespace wattstein::kernels
