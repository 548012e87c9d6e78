#include "kernels/pool/basis_factor.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstring>
#include <span>

#include "kernels/backend/clones.hpp"

namespace wattstein::kernels {

namespace {

// A pivot must be at least this share of the largest entry of its row; the smaller, the sparser.
constexpr double pivot_share = 0.05;
// An entry that an elimination leaves below this is rounding.
constexpr double dropped = 1e-14;

// Lists in one array; a list that outgrows its room moves to the end.
template <class Item>
class Lists {
 public:
  // Room for `counts` items and a few more each.
  void open(const std::vector<int>& counts) {
    start_.resize(counts.size());
    size_.assign(counts.size(), 0);
    room_.resize(counts.size());
    int total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      start_[i] = total;
      room_[i] = counts[i] + 4;
      total += room_[i];
    }
    items_.resize(static_cast<std::size_t>(total));
  }
  Item* begin(int i) { return items_.data() + start_[i]; }
  Item* end(int i) { return begin(i) + size_[i]; }
  std::span<Item> of(int i) { return {begin(i), static_cast<std::size_t>(size_[i])}; }
  int size(int i) const { return size_[i]; }
  void push(int i, Item item) {
    if (size_[i] == room_[i]) {
      const auto from = static_cast<std::size_t>(start_[i]), to = items_.size();
      room_[i] *= 2;
      items_.resize(to + static_cast<std::size_t>(room_[i]));
      std::copy_n(items_.begin() + static_cast<std::ptrdiff_t>(from), size_[i],
                  items_.begin() + static_cast<std::ptrdiff_t>(to));
      start_[i] = static_cast<int>(to);
    }
    items_[static_cast<std::size_t>(start_[i] + size_[i]++)] = item;
  }
  void erase(int i, Item* at) { *at = begin(i)[--size_[i]]; }
  void clear(int i) { size_[i] = 0; }

 private:
  std::vector<Item> items_;
  std::vector<int> start_, size_, room_;
};

// The part of the basis that is not yet eliminated: rows with values, columns with their rows.
struct Active {
  struct Item {
    int column;  // place in head
    double value;
  };
  static constexpr int closed = INT_MAX;
  Lists<Item> row;
  Lists<int> column;
  std::vector<int> row_count, column_count;  // entries; `closed` when eliminated, or without any
  // Columns and rows that had 1 .. short_most entries when they were put there.
  static constexpr int short_most = 6;
  std::array<std::vector<int>, short_most + 1> short_columns, short_rows;

  Active(const PoolMatrix& matrix, const std::vector<int>& head)
      : row_count(static_cast<std::size_t>(matrix.rows), 0), column_count(head.size(), 0) {
    each(matrix, head, [this](int r, int c, double) { ++row_count[r], ++column_count[c]; });
    row.open(row_count);
    column.open(column_count);
    each(matrix, head, [this](int r, int c, double value) { row.push(r, {c, value}), column.push(c, r); });
    for (std::size_t c = 0; c < head.size(); ++c) note(column_count[c], static_cast<int>(c), short_columns);
    for (std::size_t r = 0; r < row_count.size(); ++r) note(row_count[r], static_cast<int>(r), short_rows);
  }

  template <class Call>
  static void each(const PoolMatrix& matrix, const std::vector<int>& head, Call&& call) {
    for (std::size_t c = 0; c < head.size(); ++c)
      matrix.each_in_column(head[c], [&](int row, double value) {
        if (value != 0.0) call(row, static_cast<int>(c), value);
      });
  }

  static void note(int& count, int at, std::array<std::vector<int>, short_most + 1>& lists) {
    if (count == 0) count = closed;
    if (count <= short_most) lists[static_cast<std::size_t>(count)].push_back(at);
  }
  void recount_row(int r) {
    row_count[r] = row.size(r);
    note(row_count[r], r, short_rows);
  }
  void recount_column(int c) {
    if (column_count[c] == closed) return;
    column_count[c] = column.size(c);
    note(column_count[c], c, short_columns);
  }
  void leave_column(int c, int r) {
    column.erase(c, std::find(column.begin(c), column.end(c), r));
    recount_column(c);
  }

  double value(int r, int c) {
    for (const Item& item : row.of(r))
      if (item.column == c) return item.value;
    return 0.0;
  }
  double largest(int r) {
    double most = 0.0;
    for (const Item& item : row.of(r)) most = std::max(most, std::fabs(item.value));
    return most;
  }

  // An entry of least (row count − 1)(column count − 1) in the shortest column or row; singletons cost nothing.
  bool choose(int& pivot_row, int& pivot_column) {
    for (int count = 1; count <= short_most; ++count) {
      auto& columns = short_columns[static_cast<std::size_t>(count)];
      while (!columns.empty()) {
        const int c = columns.back();
        if (column_count[c] == count && by_column(c, count == 1 ? 1e-3 : pivot_share, pivot_row, pivot_column))
          return true;
        columns.pop_back();  // changed since, or left to a better balanced choice
      }
      auto& rows = short_rows[static_cast<std::size_t>(count)];
      while (!rows.empty()) {
        const int r = rows.back();
        if (row_count[r] == count && by_row(r, pivot_row, pivot_column)) return true;
        rows.pop_back();
      }
    }
    const auto r = std::min_element(row_count.begin(), row_count.end());
    return r != row_count.end() && *r != closed &&
           by_row(static_cast<int>(r - row_count.begin()), pivot_row, pivot_column);
  }

  bool by_column(int c, double share, int& pivot_row, int& pivot_column) {
    int least = closed;
    for (const int r : column.of(c))
      if (row_count[r] < least && std::fabs(value(r, c)) >= share * largest(r)) least = row_count[r], pivot_row = r;
    pivot_column = c;
    return least != closed;
  }

  bool by_row(int r, int& pivot_row, int& pivot_column) {
    const double most = largest(r);
    int least = closed;
    for (const Item& item : row.of(r))
      if (column_count[item.column] < least && std::fabs(item.value) >= pivot_share * most)
        least = column_count[item.column], pivot_column = item.column;
    pivot_row = r;
    return least != closed;
  }
};

// W numbers side by side: x of one row.
template <int W>
struct Numbers {
  // GCC 12 drops the attribute from a `using` in a template.
  typedef double Type __attribute__((vector_size(W * sizeof(double))));  // NOLINT(modernize-use-using)
  static_assert(sizeof(Type) == W * sizeof(double));
};
template <>
struct Numbers<1> {
  using Type = double;
};

template <int W>
inline __attribute__((always_inline)) void load(typename Numbers<W>::Type& value, const double* x, int row) {
  std::memcpy(&value, x + std::size_t{W} * static_cast<std::size_t>(row), sizeof(value));
}
template <int W>
inline __attribute__((always_inline)) void store(const typename Numbers<W>::Type& value, double* x, int row) {
  std::memcpy(x + std::size_t{W} * static_cast<std::size_t>(row), &value, sizeof(value));
}

template <int W, class Steps, class Entries>
inline __attribute__((always_inline)) void solve_factor(const Steps& steps, const Entries& lower, const Entries& upper,
                                                        double* x) {
  typename Numbers<W>::Type own, other;
  const std::size_t count = steps.size() - 1;
  // L: x_i −= l_i x_pivot
  for (std::size_t k = 0; k < count; ++k) {
    if (steps[k].lower == steps[k + 1].lower) continue;
    load<W>(own, x, steps[k].row);
    if constexpr (W == 1)
      if (own == 0.0) continue;
    for (int e = steps[k].lower; e < steps[k + 1].lower; ++e) {
      load<W>(other, x, lower[e].row);
      other -= lower[e].value * own;
      store<W>(other, x, lower[e].row);
    }
  }
  // U: x_pivot ← (x_pivot − Σ u x) / pivot
  for (std::size_t k = count; k-- > 0;) {
    load<W>(own, x, steps[k].row);
    for (int e = steps[k].upper; e < steps[k + 1].upper; ++e) {
      load<W>(other, x, upper[e].row);
      own -= upper[e].value * other;
    }
    own *= steps[k].inverse;
    store<W>(own, x, steps[k].row);
  }
}

template <int W, class Entries>
inline __attribute__((always_inline)) void solve_update(int row, double pivot, const Entries& entries, double* x) {
  typename Numbers<W>::Type own, other;
  load<W>(own, x, row);
  own /= pivot;
  for (const auto& entry : entries) {
    load<W>(other, x, entry.row);
    other -= entry.value * own;
    store<W>(other, x, entry.row);
  }
  store<W>(own, x, row);
}

}  // namespace

bool BasisFactor::factor(const PoolMatrix& matrix, std::vector<int>& head, std::vector<int>* missing) {
  Active active(matrix, head);
  auto made = std::make_shared<Factor>();
  made->steps.reserve(head.size() + 1);
  std::vector<int> column_row(head.size(), -1), place(head.size(), -1);
  std::vector<int> upper_column;  // columns of U's entries until all have their pivot row
  std::vector<int> below;
  int r = 0, c = 0;
  while (made->steps.size() < head.size() && active.choose(r, c)) {
    const double pivot = active.value(r, c);
    if (!(std::fabs(pivot) > 1e-9)) {  // as good as zero: the column depends on the others
      active.column_count[c] = Active::closed;
      for (const int i : active.column.of(c)) {
        for (auto* item = active.row.begin(i); item != active.row.end(i); ++item)
          if (item->column == c) {
            active.row.erase(i, item);
            break;
          }
        active.recount_row(i);
      }
      active.column.clear(c);
      continue;
    }
    made->steps.push_back(
        {r, static_cast<int>(made->lower.size()), static_cast<int>(made->upper.size()), pivot, 1.0 / pivot});
    column_row[c] = r;
    active.row_count[r] = active.column_count[c] = Active::closed;
    for (const auto& item : active.row.of(r)) {
      active.leave_column(item.column, r);
      if (item.column == c) continue;
      made->upper.push_back({-1, item.value});
      upper_column.push_back(item.column);
    }
    below.assign(active.column.begin(c), active.column.end(c));
    for (const int i : below) {
      const auto items = active.row.of(i);
      for (std::size_t e = 0; e < items.size(); ++e) place[items[e].column] = static_cast<int>(e);
      const int own = place[c];
      const double multiplier = items[own].value / pivot;
      made->lower.push_back({i, multiplier});
      for (std::size_t e = 0; e < static_cast<std::size_t>(active.row.size(r)); ++e) {
        const auto item = active.row.begin(r)[e];  // pushing may move the lists
        if (item.column == c) continue;
        if (place[item.column] >= 0) {
          active.row.begin(i)[place[item.column]].value -= multiplier * item.value;
          continue;
        }
        active.row.push(i, {item.column, -multiplier * item.value});
        active.column.push(item.column, i);
        active.recount_column(item.column);
      }
      for (const auto& item : active.row.of(i)) place[item.column] = -1;
      active.row.erase(i, active.row.begin(i) + own);
      for (int e = active.row.size(i); e-- > 0;)
        if (auto* item = active.row.begin(i) + e; std::fabs(item->value) < dropped) {
          active.leave_column(item->column, i);
          active.row.erase(i, item);
        }
      active.recount_row(i);
    }
    active.column.clear(c);
  }
  const bool complete = made->steps.size() == head.size();
  std::vector<int> ordered(head.size(), -1);
  for (std::size_t i = 0; i < head.size(); ++i)
    if (column_row[i] >= 0) ordered[column_row[i]] = head[i];
  head = ordered;
  if (!complete) {
    if (missing) {
      missing->clear();
      for (std::size_t i = 0; i < head.size(); ++i)
        if (head[i] < 0) missing->push_back(static_cast<int>(i));
    }
    return false;
  }
  for (std::size_t e = 0; e < made->upper.size(); ++e) made->upper[e].row = column_row[upper_column[e]];
  made->steps.push_back({-1, static_cast<int>(made->lower.size()), static_cast<int>(made->upper.size()), 1.0, 1.0});
  factor_ = std::move(made);
  updates_.clear();
  update_entries_ = 0;
  return true;
}

template <int W>
inline __attribute__((always_inline)) void BasisFactor::solve_vectors(double* x) const {
  solve_factor<W>(factor_->steps, factor_->lower, factor_->upper, x);
  for (const auto& update : updates_) solve_update<W>(update->row, update->pivot, update->entries, x);
}

WATTSTEIN_CLONES void BasisFactor::solve_block(double* x, int width) const {
  if (width == 8) solve_vectors<8>(x);
  else if (width == 4) solve_vectors<4>(x);
  else if (width == 2) solve_vectors<2>(x);
  else solve_vectors<1>(x);
}

WATTSTEIN_CLONES void BasisFactor::solve_transposed(double* y) const {
  for (std::size_t k = updates_.size(); k-- > 0;) {
    const Update& update = *updates_[k];
    double sum = y[update.row];
    for (const Entry& entry : update.entries) sum -= entry.value * y[entry.row];
    y[update.row] = sum / update.pivot;
  }
  const auto& steps = factor_->steps;
  const std::size_t count = steps.size() - 1;
  for (std::size_t k = 0; k < count; ++k) {
    double& own = y[steps[k].row];
    if (own == 0.0) continue;
    own /= steps[k].pivot;
    for (int e = steps[k].upper; e < steps[k + 1].upper; ++e) y[factor_->upper[e].row] -= factor_->upper[e].value * own;
  }
  for (std::size_t k = count; k-- > 0;) {
    double sum = y[steps[k].row];
    for (int e = steps[k].lower; e < steps[k + 1].lower; ++e) sum -= factor_->lower[e].value * y[factor_->lower[e].row];
    y[steps[k].row] = sum;
  }
}

void BasisFactor::replace(int row, const double* column) {
  auto update = std::make_shared<Update>();
  update->row = row;
  update->pivot = column[row];
  const int rows = static_cast<int>(factor_->steps.size()) - 1;
  for (int i = 0; i < rows; ++i)
    if (i != row && std::fabs(column[i]) > dropped) update->entries.push_back({i, column[i]});
  update_entries_ += static_cast<std::int64_t>(update->entries.size()) + 1;
  updates_.push_back(std::move(update));
}

std::int64_t BasisFactor::factor_entries() const {
  return static_cast<std::int64_t>(factor_->lower.size() + factor_->upper.size() + factor_->steps.size());
}

}  // namespace wattstein::kernels
