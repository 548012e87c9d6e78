#include "kernels/math/ldl.hpp"

#include <algorithm>

namespace wattstein::kernels {

namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Rows of the strictly upper triangle of the permuted matrix, by column: entry k of column j means K_kj, k < j.
SymmetricPattern permuted_upper(const SymmetricPattern& pattern, const std::vector<int>& place) {
  SymmetricPattern upper;
  upper.rows = pattern.rows;
  upper.indptr.assign(at(pattern.rows) + 1, 0);
  upper.indices.resize(pattern.indices.size());
  for (int j = 0; j < pattern.rows; ++j)
    for (auto p = pattern.indptr[at(j)]; p < pattern.indptr[at(j) + 1]; ++p)
      ++upper.indptr[at(std::max(place[at(j)], place[at(pattern.indices[at(p)])])) + 1];
  for (int j = 0; j < pattern.rows; ++j) upper.indptr[at(j) + 1] += upper.indptr[at(j)];
  auto next = upper.indptr;
  for (int j = 0; j < pattern.rows; ++j)
    for (auto p = pattern.indptr[at(j)]; p < pattern.indptr[at(j) + 1]; ++p) {
      const int a = place[at(j)], b = place[at(pattern.indices[at(p)])];
      upper.indices[at(next[at(std::max(a, b))]++)] = std::min(a, b);
    }
  return upper;
}

// Elimination tree (Liu), with path compression.
std::vector<int> elimination_tree(const SymmetricPattern& upper) {
  std::vector<int> parent(at(upper.rows), -1), ancestor(at(upper.rows), -1);
  for (int j = 0; j < upper.rows; ++j)
    for (auto p = upper.indptr[at(j)]; p < upper.indptr[at(j) + 1]; ++p) {
      int k = upper.indices[at(p)];
      while (k != -1 && k < j) {
        const int up = ancestor[at(k)];
        ancestor[at(k)] = j;
        if (up == -1) parent[at(k)] = j;
        k = up;
      }
    }
  return parent;
}

std::vector<int> postorder(const std::vector<int>& parent) {
  const int n = static_cast<int>(parent.size());
  std::vector<int> first(at(n), -1), sibling(at(n), -1), post, stack;
  post.reserve(at(n));
  for (int j = n - 1; j >= 0; --j)
    if (parent[at(j)] >= 0) {
      sibling[at(j)] = first[at(parent[at(j)])];
      first[at(parent[at(j)])] = j;
    }
  for (int root = 0; root < n; ++root) {
    if (parent[at(root)] >= 0) continue;
    stack.push_back(root);
    while (!stack.empty()) {
      const int j = stack.back();
      if (first[at(j)] >= 0) {
        stack.push_back(first[at(j)]);
        first[at(j)] = sibling[at(first[at(j)])];
      } else {
        post.push_back(j);
        stack.pop_back();
      }
    }
  }
  return post;
}

std::vector<int> inverse(const std::vector<int>& order) {
  std::vector<int> place(order.size());
  for (std::size_t p = 0; p < order.size(); ++p) place[at(order[p])] = static_cast<int>(p);
  return place;
}

// Columns j .. j + ldl_block − 1 of one structure: each the one before it without its own row (a supernode), and the
// same columns to the left of the block in all their rows.
bool is_block(const LdlSymbolic& s, int j) {
  if (j + ldl_block > s.rows) return false;
  const auto row_length = s.row[at(j) + 1] - s.row[at(j)];
  for (int t = 1; t < ldl_block; ++t) {
    const auto before = s.column[at(j + t)] - s.column[at(j + t - 1)],
               own = s.column[at(j + t) + 1] - s.column[at(j + t)];
    if (own + 1 != before || s.index[at(s.column[at(j + t - 1)])] != j + t) return false;
    const auto first = s.row[at(j + t)];
    if (s.row[at(j + t) + 1] - first != row_length + t) return false;
    for (std::int64_t i = 0; i < row_length; ++i)
      if (s.row_column[at(first + i)] != s.row_column[at(s.row[at(j)] + i)]) return false;
  }
  return true;
}

void find_supernodes(LdlSymbolic& s) {
  const auto length = [&s](int j) { return s.column[at(j) + 1] - s.column[at(j)]; };
  std::vector<int> node(at(s.rows));
  for (int j = 0; j < s.rows; ++j) {
    const bool joins = j > 0 && length(j) + 1 == length(j - 1) && s.index[at(s.column[at(j - 1)])] == j;
    if (!joins) s.supernode.push_back(j);
    node[at(j)] = static_cast<int>(s.supernode.size()) - 1;
    s.widest = std::max(s.widest, j - s.supernode.back() + 1);
  }
  s.supernode.push_back(s.rows);
  const int count = static_cast<int>(s.supernode.size()) - 1;
  s.update.assign(at(count) + 1, 0);
  std::vector<std::int64_t> next;
  for (int pass = 0; pass < 2; ++pass) {
    for (int from = 0; from < count; ++from) {
      const int last = s.supernode[at(from) + 1] - 1;
      const auto end = s.column[at(last) + 1];
      for (auto p = s.column[at(last)]; p < end;) {
        const int to = node[at(s.index[at(p)])];
        int targets = 1;
        while (p + targets < end && node[at(s.index[at(p + targets)])] == to) ++targets;
        if (pass == 0) ++s.update[at(to) + 1];
        else s.updates[at(next[at(to)]++)] = {p, last, last - s.supernode[at(from)] + 1, targets};
        p += targets;
      }
    }
    if (pass == 1) break;
    for (int n = 0; n < count; ++n) s.update[at(n) + 1] += s.update[at(n)];
    s.updates.resize(at(s.update.back()));
    next = s.update;
  }
  constexpr int narrow = 3, wide = 8;
  for (int n = 0; n < count; ++n)
    for (int j = s.supernode[at(n)]; j < s.supernode[at(n) + 1] && s.supernode[at(n) + 1] - s.supernode[at(n)] >= wide;
         ++j)
      s.wide_flops += length(j) * (length(j) + 3) / 2;
  s.plain.assign(at(count), 0);
  for (int n = 0; n < count; ++n)
    s.plain[at(n)] = s.supernode[at(n) + 1] - s.supernode[at(n)] == 1 &&
                     std::all_of(s.updates.begin() + s.update[at(n)], s.updates.begin() + s.update[at(n) + 1],
                                 [](const LdlUpdate& update) { return update.width <= narrow; });
}

}  // namespace

LdlSymbolic ldl_symbolic(const SymmetricPattern& pattern, std::vector<int> order) {
  LdlSymbolic s;
  const int n = s.rows = pattern.rows;
  // A postordered elimination tree gives the same fill and puts the columns of a supernode side by side.
  {
    const auto post = postorder(elimination_tree(permuted_upper(pattern, inverse(order))));
    std::vector<int> reordered(order.size());
    for (std::size_t p = 0; p < order.size(); ++p) reordered[p] = order[at(post[p])];
    order = std::move(reordered);
  }
  s.place = inverse(order);
  s.order = std::move(order);
  const SymmetricPattern upper = permuted_upper(pattern, s.place);
  s.parent = elimination_tree(upper);

  // Row j of L: the paths in the tree from each k with K_kj ≠ 0 up to j.
  std::vector<int> mark(at(n), -1);
  std::vector<std::int64_t> count(at(n), 0);
  s.row.assign(at(n) + 1, 0);
  for (int pass = 0; pass < 2; ++pass) {
    std::fill(mark.begin(), mark.end(), -1);
    for (int j = 0; j < n; ++j) {
      mark[at(j)] = j;
      std::int64_t q = s.row[at(j)];
      for (auto p = upper.indptr[at(j)]; p < upper.indptr[at(j) + 1]; ++p)
        for (int k = upper.indices[at(p)]; mark[at(k)] != j; k = s.parent[at(k)]) {
          mark[at(k)] = j;
          if (pass == 0) {
            ++count[at(k)];
            ++s.row[at(j) + 1];
          } else {
            s.row_column[at(q++)] = k;
          }
        }
      if (pass == 1) std::sort(s.row_column.begin() + s.row[at(j)], s.row_column.begin() + q);
    }
    if (pass == 0) {
      for (int j = 0; j < n; ++j) s.row[at(j) + 1] += s.row[at(j)];
      s.row_column.resize(at(s.row[at(n)]));
    }
  }
  s.column.assign(at(n) + 1, 0);
  for (int j = 0; j < n; ++j) {
    s.column[at(j) + 1] = s.column[at(j)] + count[at(j)];
    s.flops += count[at(j)] * (count[at(j)] + 3) / 2;
  }
  s.index.resize(s.row_column.size());
  s.row_entry.resize(s.row_column.size());
  auto next = s.column;
  for (int j = 0; j < n; ++j)
    for (auto p = s.row[at(j)]; p < s.row[at(j) + 1]; ++p) {
      const int k = s.row_column[at(p)];
      s.row_entry[at(p)] = next[at(k)];
      s.index[at(next[at(k)]++)] = j;
    }
  s.block.assign(at(n), 0);
  for (int j = 0; j < n;) {
    const bool block = is_block(s, j);
    s.block[at(j)] = block ? 1 : 0;
    s.blocked = s.blocked || block;
    j += block ? ldl_block : 1;
  }
  find_supernodes(s);
  return s;
}

LdlView ldl_view(const LdlSymbolic& s) {
  LdlView view{};
  view.rows = s.rows;
  view.column = s.column.data(), view.index = s.index.data();
  view.row = s.row.data(), view.row_column = s.row_column.data(), view.row_entry = s.row_entry.data();
  view.block = s.block.data(), view.blocked = s.blocked;
  // Measured against column by column: half slower where wide ones hold a fifth of the work, a quarter faster at 44 %,
  // two and a half times as fast at 90 %.
  view.supernodes = 5 * s.wide_flops > 2 * s.flops ? static_cast<int>(s.supernode.size()) - 1 : 0;
  view.widest = s.widest;
  view.supernode = s.supernode.data();
  view.update = s.update.data(), view.updates = s.updates.data(), view.plain = s.plain.data();
  return view;
}

}  // namespace wattstein::kernels
