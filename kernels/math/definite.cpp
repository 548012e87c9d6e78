#include "kernels/math/definite.hpp"

#include <algorithm>

#include "kernels/backend/isa.hpp"
#include "kernels/math/ldl.hpp"

namespace wattstein::kernels {

#define WATTSTEIN_FACTOR_ENTRIES(isa)                                                                               \
  namespace isa {                                                                                                   \
  std::int64_t ldl_lone_work(const LdlView& view);                                                                  \
  void ldl_factor_lone(const LdlView& view, const double* constant, double* diagonal, double* lower, double* pivot, \
                       double* inverse, double* work, double replacement);                                          \
  }
#if defined(WATTSTEIN_X86_ISAS)
WATTSTEIN_FACTOR_ENTRIES(avx2)
WATTSTEIN_FACTOR_ENTRIES(avx512)
#endif
namespace portable {
std::int64_t ldl_lone_work(const LdlView& view);
void ldl_factor_lone(const LdlView& view, const double* constant, double* diagonal, double* lower, double* pivot,
                     double* inverse, double* work, double replacement);
}  // namespace portable

namespace {

struct Entry {
  decltype(&portable::ldl_lone_work) work;
  decltype(&portable::ldl_factor_lone) factor;
};

Entry entry_for(Isa isa) {
#if defined(WATTSTEIN_X86_ISAS)
  if (isa == Isa::avx512) return {avx512::ldl_lone_work, avx512::ldl_factor_lone};
  if (isa == Isa::avx2) return {avx2::ldl_lone_work, avx2::ldl_factor_lone};
#endif
  (void)isa;
  return {portable::ldl_lone_work, portable::ldl_factor_lone};
}

}  // namespace

bool positive_definite(const SymmetricPattern& pattern, const double* below, const double* diagonal) {
  const auto rows = static_cast<std::size_t>(pattern.rows);
  const LdlSymbolic symbolic = ldl_symbolic(pattern, minimum_degree_order(pattern));
  std::vector<std::int64_t> start;
  std::vector<int> row, source;
  const auto each = [&pattern](const auto& take) {
    for (int j = 0; j < pattern.rows; ++j)
      for (auto p = pattern.indptr[j]; p < pattern.indptr[j + 1]; ++p) take(pattern.indices[p], j, static_cast<int>(p));
  };
  ldl_sort_entries(symbolic, each, start, row, source);
  const std::vector<std::int64_t> none(rows + 1, 0);
  const std::vector<signed char> sign(rows, 1);
  const std::vector<double> least(rows, 0.0);
  LdlView view = ldl_view(symbolic);
  view.sign = sign.data(), view.least = least.data();
  view.constant = start.data(), view.constant_row = row.data(), view.constant_source = source.data();
  view.changing = none.data(), view.changing_row = nullptr, view.changing_source = nullptr;
  const Entry entry = entry_for(machine_isa());
  std::vector<double> permuted_diagonal(rows), lower(symbolic.index.size()), pivot(rows), inverse(rows),
      work(static_cast<std::size_t>(entry.work(view)));
  for (std::size_t j = 0; j < rows; ++j) permuted_diagonal[j] = diagonal[symbolic.order[j]];
  constexpr double wrong = -1.0;  // what stands for a pivot that is not positive
  entry.factor(view, below, permuted_diagonal.data(), lower.data(), pivot.data(), inverse.data(), work.data(), wrong);
  return std::all_of(pivot.begin(), pivot.end(), [](double value) { return value > 0.0; });
}

}  // namespace wattstein::kernels
