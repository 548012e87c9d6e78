#include <algorithm>
#include <map>

#include "kernels/admm/admm_plan.hpp"

namespace wattstein::kernels {

namespace {
constexpr std::size_t most_patterns = 16;
}

EqualityPatterns equality_patterns(const Batch& batch, std::span<const std::int64_t> problems, int rows) {
  EqualityPatterns out;
  const auto pattern_of = [&](std::int64_t b) {
    std::vector<signed char> pattern(static_cast<std::size_t>(rows), 0);
    const double* l = batch.l.of(b);
    const double* u = batch.u.of(b);
    for (int i = 0; i < batch.rows; ++i) pattern[i] = l[i] == u[i] ? 1 : 0;
    return pattern;
  };
  if (!batch.l.per_problem && !batch.u.per_problem) {
    out.pattern.push_back(pattern_of(0));
    return out;
  }
  out.key.assign(static_cast<std::size_t>(batch.problems), 0);
  std::map<std::vector<signed char>, int> known;
  for (const std::int64_t b : problems) {
    auto [at, fresh] = known.emplace(pattern_of(b), static_cast<int>(known.size()));
    if (fresh && known.size() > most_patterns) {
      out.too_many = true;
      return out;
    }
    if (fresh) out.pattern.push_back(at->first);
    out.key[b] = at->second;
  }
  return out;
}

SharedFactors::SharedFactors(const PatternView& pattern, const FactorView& factor, const BatchView& batch,
                             const AdmmEntries& entries, const EqualityPatterns& equalities)
    : pattern_(pattern), factor_(factor), entries_(entries), equalities_(equalities) {
  const auto size = [](int count) { return static_cast<std::size_t>(count); };
  row_form_.resize(size(pattern.nnz));
  row_scale_.resize(size(pattern.rows));
  column_scale_.resize(size(pattern.n));
  p_.resize(size(pattern.n));
  std::vector<double> work(size(pattern.rows + pattern.n + pattern.nnz_p));
  finite_ = entries.prepare(pattern, batch, row_form_.data(), row_scale_.data(), column_scale_.data(), p_.data(),
                            work.data());
  column_form_.resize(size(pattern.nnz));
  for (int k = 0; k < pattern.nnz; ++k) column_form_[k] = row_form_[pattern.to_row_form[k]];
  made_.resize(equalities.pattern.size() * RhoLadder::rungs);
}

SharedNumbers SharedFactors::numbers() const {
  return {row_form_.data(), column_form_.data(), row_scale_.data(), column_scale_.data(), 0.0};
}

FactorSource SharedFactors::source() {
  return {this, [](void* context, int key, int rung) { return static_cast<SharedFactors*>(context)->get(key, rung); }};
}

FactorNumbers SharedFactors::get(int key, int rung) {
  const std::lock_guard lock(mutex_);
  auto& place =
      made_[static_cast<std::size_t>(key) * RhoLadder::rungs + static_cast<std::size_t>(rung - RhoLadder::lowest)];
  if (!place) {
    place = std::make_unique<Numbers>();
    const auto entries = static_cast<std::size_t>(factor_.entries), size = static_cast<std::size_t>(factor_.size);
    place->by_column.resize(entries);
    place->by_row.resize(entries);
    place->inverse_pivot.resize(size);
    std::vector<double> scaled(entries), diagonal(size);
    entries_.factor(pattern_, factor_, row_form_.data(), p_.data(), equalities_.pattern[key].data(), rung,
                    place->by_column.data(), scaled.data(), place->inverse_pivot.data(), diagonal.data());
    for (std::size_t k = 0; k < entries; ++k) place->by_row[k] = place->by_column[factor_.row_entry[k]];
  }
  return {place->by_column.data(), place->by_row.data(), place->inverse_pivot.data()};
}

}  // namespace wattstein::kernels
