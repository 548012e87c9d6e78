#include "kernels/polish/polish_plan.hpp"

#include <algorithm>

namespace wattstein::kernels {

namespace {

// Multiply-adds of one factorisation, and entries of turned cones per entry of K, beyond which polishing is left alone.
constexpr std::int64_t most_flops = 200'000'000;
constexpr std::size_t most_growth = 50;

}  // namespace

PolishPlan::PolishPlan(const Batch& batch) : pattern(batch) {
  const int n = pattern.n, rows = pattern.rows;
  const PatternView view = pattern.view();
  std::vector<int> columns;
  row_start.push_back(0);
  place.resize(static_cast<std::size_t>(view.nnz));
  const auto add_row = [&](int i, const std::vector<int>& of_row) {
    const int first = row_start.back();
    column_index.insert(column_index.end(), of_row.begin(), of_row.end());
    row_start.push_back(static_cast<int>(column_index.size()));
    for (int e = view.row_start[i]; e < view.row_start[i + 1]; ++e)
      place[e] = first + static_cast<int>(std::lower_bound(of_row.begin(), of_row.end(), view.column_index[e]) -
                                          of_row.begin());
  };
  const std::size_t limit = most_growth * (static_cast<std::size_t>(view.nnz) + 100);
  for (int i = 0; i < pattern.m; ++i) {
    columns.assign(view.column_index + view.row_start[i], view.column_index + view.row_start[i + 1]);
    add_row(i, columns);
  }
  for (int c = 0; c < view.cones; ++c) {
    const int first = view.cone_start[c], end = view.cone_start[c + 1];
    columns.assign(view.column_index + view.row_start[first], view.column_index + view.row_start[end]);
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    if (column_index.size() + columns.size() * static_cast<std::size_t>(end - first) > limit) return;
    for (int i = first; i < end; ++i) add_row(i, columns);
  }
  if (!pattern.p_is_diagonal) return;

  std::vector<std::pair<int, int>> pairs;
  pairs.reserve(column_index.size());
  for (int i = 0; i < rows; ++i)
    for (int e = row_start[i]; e < row_start[i + 1]; ++e) pairs.emplace_back(n + i, column_index[e]);
  const SymmetricPattern symmetric = symmetric_pattern(n + rows, std::move(pairs));
  ldl = ldl_symbolic(symmetric, minimum_degree_order(symmetric));
  if (ldl.flops > most_flops) return;

  const auto size = static_cast<std::size_t>(n + rows);
  sign.resize(size);
  least.assign(size, 0.0);
  no_constant.assign(size + 1, 0);
  for (int v = 0; v < n + rows; ++v) sign[ldl.place[v]] = v < n ? 1 : -1;
  // Entry e of K̂ in row i, column j: below the diagonal of whichever comes first.
  std::vector<std::vector<std::pair<int, int>>> below(size);
  for (int i = 0; i < rows; ++i)
    for (int e = row_start[i]; e < row_start[i + 1]; ++e) {
      const int a = ldl.place[n + i], b = ldl.place[column_index[e]];
      below[std::min(a, b)].emplace_back(std::max(a, b), e);
    }
  changing.push_back(0);
  for (auto& column : below) {
    std::sort(column.begin(), column.end());
    for (const auto& [row, source] : column) {
      changing_row.push_back(row);
      changing_source.push_back(source);
    }
    changing.push_back(static_cast<std::int64_t>(changing_row.size()));
  }
  supported = true;
}

LdlView PolishPlan::view() const {
  LdlView v = ldl_view(ldl);
  v.sign = sign.data();
  v.least = least.data();
  v.constant = no_constant.data();
  v.constant_row = changing_row.data();  // never read
  v.constant_source = changing_source.data();
  v.changing = changing.data();
  v.changing_row = changing_row.data();
  v.changing_source = changing_source.data();
  return v;
}

}  // namespace wattstein::kernels
