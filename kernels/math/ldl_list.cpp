#include "kernels/math/ldl_list.hpp"

#include <limits>

namespace wattstein::kernels {

namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

void LdlList::make(const LdlSymbolic& s, const LdlView& f) {
  *this = {};
  if (s.flops > ldl_list_most || s.rows > std::numeric_limits<std::uint16_t>::max()) return;
  row.assign(s.row.begin(), s.row.end());
  row_entry.assign(s.row_entry.begin(), s.row_entry.end());
  column.assign(s.column.begin(), s.column.end());
  source.assign(s.index.size(), LdlListView::none);
  product.reserve(s.index.size() + 1);
  product.push_back(0);
  std::vector<std::int64_t> entry(at(s.rows));  // of column j, by row
  // Products of each entry of column j: how many, then where the next one stands.
  std::vector<int> next(at(s.rows));
  for (int j = 0; j < s.rows; ++j) {
    for (auto p = s.column[at(j)]; p < s.column[at(j) + 1]; ++p) {
      entry[at(s.index[at(p)])] = p;
      next[at(s.index[at(p)])] = 0;
    }
    for (auto p = f.constant[j]; p < f.constant[j + 1]; ++p)
      source[at(entry[at(f.constant_row[p])])] = f.constant_source[p];
    for (auto p = f.changing[j]; p < f.changing[j + 1]; ++p) {
      const auto e = entry[at(f.changing_row[p])];
      if (source[at(e)] == LdlListView::ready) {
        more_entry.push_back(static_cast<int>(e));
        more_source.push_back(f.changing_source[p]);
        continue;
      }
      first_entry.push_back(static_cast<int>(e));
      first_source.push_back(f.changing_source[p]);
      first_constant.push_back(source[at(e)]);
      source[at(e)] = LdlListView::ready;
    }
    const auto each_product = [&](const auto& take) {
      for (auto r = s.row[at(j)]; r < s.row[at(j) + 1]; ++r)
        for (auto p = s.row_entry[at(r)] + 1; p < s.column[at(s.row_column[at(r)]) + 1]; ++p)
          take(s.index[at(p)], static_cast<int>(p), static_cast<std::uint16_t>(r - s.row[at(j)]));
    };
    each_product([&](int i, int, std::uint16_t) { ++next[at(i)]; });
    int end = product.back();
    for (auto p = s.column[at(j)]; p < s.column[at(j) + 1]; ++p) {
      const int count = next[at(s.index[at(p)])];
      next[at(s.index[at(p)])] = end;
      end += count;
      product.push_back(end);
    }
    left.resize(at(end));
    right.resize(at(end));
    each_product([&](int i, int p, std::uint16_t r) {
      left[at(next[at(i)])] = p;
      right[at(next[at(i)]++)] = r;
    });
  }
}

LdlListView LdlList::view() const {
  LdlListView v{};
  if (row.empty()) return v;
  v.row = row.data(), v.row_entry = row_entry.data(), v.column = column.data();
  v.source = source.data(), v.product = product.data(), v.left = left.data(), v.right = right.data();
  v.firsts = static_cast<int>(first_entry.size());
  v.first_entry = first_entry.data(), v.first_source = first_source.data();
  v.first_constant = first_constant.data();
  v.mores = static_cast<int>(more_entry.size());
  v.more_entry = more_entry.data(), v.more_source = more_source.data();
  return v;
}

}  // namespace wattstein::kernels
