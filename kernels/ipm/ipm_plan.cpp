#include "kernels/ipm/ipm_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "kernels/backend/clones.hpp"
#include "kernels/ipm/ipm_numbers.hpp"

namespace wattstein::kernels {

namespace {

// Entries of the factor up to which first iterations are made in single precision.
constexpr std::int64_t rough_most = 20000;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Rows 0 and 1 of a rotated cone both get the union of their patterns.
void map_cone_rows(IpmPlan& plan) {
  const CsrPattern& g = plan.g_original;
  plan.g.rows = g.rows;
  plan.g.columns = g.columns;
  plan.g.indptr.assign(1, 0);
  auto push = [&plan](int column, int first, int second, int kind) {
    plan.g.indices.push_back(column);
    plan.g_first.push_back(first);
    plan.g_second.push_back(second);
    plan.g_kind.push_back(static_cast<signed char>(kind));
  };
  int row = 0;
  for (const Cone& cone : plan.cones) {
    for (int i = 0; i < cone.size; ++i) {
      if (cone.kind == ConeKind::rotated && i < 2) {
        int e = g.indptr[at(row)], e_end = g.indptr[at(row) + 1], h = e_end;
        const int h_end = g.indptr[at(row) + 2];
        while (e < e_end || h < h_end) {
          const int je = e < e_end ? g.indices[at(e)] : g.columns, jh = h < h_end ? g.indices[at(h)] : g.columns;
          push(std::min(je, jh), je <= jh ? e : -1, jh <= je ? h : -1, i == 0 ? 1 : -1);
          if (je <= jh) ++e;
          if (jh <= je) ++h;
        }
      } else {
        for (int e = g.indptr[at(row) + at(i)]; e < g.indptr[at(row) + at(i) + 1]; ++e)
          push(g.indices[at(e)], e, -1, 0);
      }
      plan.g.indptr.push_back(static_cast<int>(plan.g.indices.size()));
    }
    row += cone.size;
  }
}

// One entry (i, j) of the KKT matrix and the value it takes.
struct Entry {
  int row, column, source;
  bool constant;
};

std::vector<Entry> kkt_entries(IpmPlan& plan, bool careful, std::vector<signed char>& sign) {
  std::vector<Entry> entries;
  const int n = plan.n, m = plan.m;
  sign.assign(at(n), 1);
  sign.resize(at(n) + at(m), -1);
  const int p_base = static_cast<int>(plan.a.nonzeros()), g_base = p_base + static_cast<int>(plan.p.nonzeros());
  plan.p_diagonal.assign(at(n), -1);
  for (int j = 0; j < n; ++j)
    for (int e = plan.p.indptr[at(j)]; e < plan.p.indptr[at(j) + 1]; ++e) {
      const int i = plan.p.indices[at(e)];
      if (i == j) plan.p_diagonal[at(j)] = e;
      else {
        // Not constant: the cost scale differs from problem to problem.
        entries.push_back({i, j, static_cast<int>(plan.p_changing.size()), false});
        plan.p_changing.push_back(e);
      }
    }
  for (int i = 0; i < m; ++i)
    for (int e = plan.a.indptr[at(i)]; e < plan.a.indptr[at(i) + 1]; ++e)
      entries.push_back({n + i, plan.a.indices[at(e)], e, true});
  int value = static_cast<int>(plan.p_changing.size()), first = 0;
  plan.cone_start.assign(1, 0);
  plan.cone_changing.assign(1, value);
  plan.cone_variable_start.assign(1, 0);
  plan.g_local.assign(plan.g.indices.size(), 0);
  int expanded_rows = 0;
  for (const Cone& cone : plan.cones) {
    const int from = plan.g.indptr[at(first)], to = plan.g.indptr[at(first) + at(cone.size)];
    std::vector<int> variables(plan.g.indices.begin() + from, plan.g.indices.begin() + to);
    std::sort(variables.begin(), variables.end());
    variables.erase(std::unique(variables.begin(), variables.end()), variables.end());
    const int count = static_cast<int>(variables.size());
    plan.cone_gram.push_back(plan.gram_count);
    for (int e = from; e < to; ++e)
      plan.g_local[at(e)] = static_cast<int>(
          std::lower_bound(variables.begin(), variables.end(), plan.g.indices[at(e)]) - variables.begin());
    plan.cone_variable_most = std::max(plan.cone_variable_most, count);
    plan.cone_variable.insert(plan.cone_variable.end(), variables.begin(), variables.end());
    const bool framed = careful && cone.size <= ipm_framed_size;
    if (!careful && count <= ipm_dense_variables) {
      plan.cone_row.push_back(-1);
      for (int i = 0; i < count; ++i)
        for (int j = 0; j < i; ++j) entries.push_back({variables[at(i)], variables[at(j)], value++, false});
      plan.gram_count += count * (count + 1) / 2;
    } else {
      plan.cone_row.push_back(n + m + expanded_rows);
      if (framed)  // QᵀG: every row touches every variable of the cone
        for (int i = 0; i < cone.size; ++i)
          for (const int j : variables) entries.push_back({n + m + expanded_rows + i, j, value++, false});
      expanded_rows += cone.size;
    }
    plan.cone_extra.push_back(-1);
    plan.cone_variable_start.push_back(static_cast<int>(plan.cone_variable.size()));
    first += cone.size;
    plan.cone_start.push_back(first);
    plan.cone_changing.push_back(value);
  }
  sign.resize(sign.size() + at(expanded_rows), -1);
  for (std::size_t c = 0; c < plan.cones.size(); ++c) {
    const bool framed = careful && plan.cones[c].size <= ipm_framed_size;
    if (plan.cone_row[c] < 0 || framed) continue;
    plan.cone_changing[c] = value;
    const int row = plan.cone_row[c], extra = plan.cone_extra[c] = static_cast<int>(sign.size());
    const int size = plan.cones[c].size;
    for (int i = 0; i < size; ++i)
      for (int e = plan.g.indptr[at(plan.cone_start[c]) + at(i)]; e < plan.g.indptr[at(plan.cone_start[c]) + at(i) + 1];
           ++e)
        entries.push_back({row + i, plan.g.indices[at(e)], g_base + e, true});
    for (int i = 1; i < size; ++i) entries.push_back({extra, row + i, value++, false});
    for (int i = 0; i < size; ++i) entries.push_back({extra + 1, row + i, value++, false});
    sign.push_back(-1);
    sign.push_back(1);
  }
  plan.changing_count = value;
  return entries;
}

/// The power of two nearest to a positive normal number, by ratio.
double power_of_two(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  constexpr std::uint64_t fraction = (std::uint64_t{1} << 52) - 1;
  const bool up = (bits & fraction) > (std::bit_cast<std::uint64_t>(std::numbers::sqrt2) & fraction);
  return std::bit_cast<double>((bits & ~fraction) + (up ? fraction + 1 : 0));
}

}  // namespace

IpmPlan::IpmPlan(const Batch& batch, bool careful)
    : n(batch.variables),
      m(batch.rows),
      k(batch.cone_rows()),
      a(batch.A.pattern),
      p(batch.P.pattern),
      g_original(batch.G.pattern),
      cones(batch.cones) {
  if (p.indptr.size() != at(n) + 1) p.indptr.assign(at(n) + 1, 0);
  map_cone_rows(*this);
  std::vector<signed char> sign_by_row;
  const std::vector<Entry> entries = kkt_entries(*this, careful, sign_by_row);
  const int rows = static_cast<int>(sign_by_row.size());
  std::vector<std::pair<int, int>> pairs;
  pairs.reserve(entries.size());
  for (const Entry& e : entries) pairs.emplace_back(e.row, e.column);
  const SymmetricPattern pattern = symmetric_pattern(rows, std::move(pairs));
  ldl = ldl_symbolic(pattern, minimum_degree_order(pattern));
  sign.resize(at(rows));
  // Rows of an expanded cone may have any size; the others carry δ, so a tiny pivot is a cancelled one.
  least.resize(at(rows));
  for (int i = 0; i < rows; ++i) {
    sign[at(ldl.place[at(i)])] = sign_by_row[at(i)];
    least[at(ldl.place[at(i)])] = i < n + m ? 1e-14 : 1e-200;
  }
  const auto each = [&entries](bool which) {
    return [&entries, which](const auto& take) {
      for (const Entry& e : entries)
        if (e.constant == which) take(e.row, e.column, e.source);
    };
  };
  ldl_sort_entries(ldl, each(true), constant, constant_row, constant_source);
  ldl_sort_entries(ldl, each(false), changing, changing_row, changing_source);

  view.n = n, view.m = m, view.k = k;
  view.cones = static_cast<int>(cones.size());
  view.kkt_rows = rows;
  view.changing_count = changing_count;
  view.separate_steps = p.nonzeros() == 0 && cones.empty();
  view.a_start = a.indptr.data(), view.a_index = a.indices.data();
  view.p_start = p.indptr.data(), view.p_index = p.indices.data(), view.p_diagonal = p_diagonal.data();
  view.p_changing_count = static_cast<int>(p_changing.size()), view.p_changing = p_changing.data();
  view.g_start = g.indptr.data(), view.g_index = g.indices.data();
  view.p_base = static_cast<int>(a.nonzeros());
  view.g_base = view.p_base + static_cast<int>(p.nonzeros());
  view.column_base = view.g_base + static_cast<int>(g.nonzeros());
  view.row_base = view.column_base + n;
  view.cone_base = view.row_base + m;
  view.gram_base = view.cone_base + k;
  view.constant_count = view.gram_base + gram_count;
  view.cone_start = cone_start.data(), view.cone_changing = cone_changing.data(), view.cone_extra = cone_extra.data();
  view.cone_row = cone_row.data(), view.cone_variable_start = cone_variable_start.data();
  view.cone_variable = cone_variable.data(), view.g_local = g_local.data(), view.cone_gram = cone_gram.data();
  view.cone_variable_most = cone_variable_most;
  for (const int row : cone_row) view.expanded += row >= 0;
  // A corrector costs a solve and two passes over the vectors, and saves 5 to 10 % of the iterations of small batches
  // (no gain), up to a quarter where the factor is most of an iteration.
  view.correctors = cones.empty() && ldl.flops > 30 * ldl.column.back() ? 1 : 0;
  view.careful = careful;
  // The dual residuals of a linear program carry far bounds into its gap, and W² of an expanded cone spans more digits
  // than single precision has: both stop gaining after a few iterations there. A lone problem has no supernodes in
  // single precision, which costs more than it gains where the factor is large.
  view.rough = !careful && !view.separate_steps && view.expanded == 0 && ldl.column.back() <= rough_most;
  view.place = ldl.place.data();
  view.ldl = ldl_view(ldl);
  view.ldl.sign = sign.data(), view.ldl.least = least.data();
  view.ldl.constant = constant.data(), view.ldl.constant_row = constant_row.data();
  view.ldl.constant_source = constant_source.data();
  view.ldl.changing = changing.data(), view.ldl.changing_row = changing_row.data();
  view.ldl.changing_source = changing_source.data();
  list.make(ldl, view.ldl);
  view.ldl.list = list.view();
}

bool IpmPlan::fits(const Batch& batch) const {
  return batch.variables == n && batch.rows == m && batch.A.pattern.indices == a.indices &&
         batch.A.pattern.indptr == a.indptr && batch.P.pattern.indices == p.indices && batch.G.pattern == g_original &&
         batch.cones == cones;
}

void map_rotated(const std::vector<Cone>& cones, double* vector) {
  std::int64_t row = 0;
  for (const Cone& cone : cones) {
    if (cone.kind == ConeKind::rotated) {
      const double s = vector[row], t = vector[row + 1];
      vector[row] = (s + t) * std::sqrt(0.5);
      vector[row + 1] = (s - t) * std::sqrt(0.5);
    }
    row += cone.size;
  }
}

namespace {

/// Values of G as the plan reads it: rotated cones turned into second-order ones.
void turn_cones(const IpmPlan& plan, const double* g, double* out) {
  for (std::int64_t e = 0; e < plan.g.nonzeros(); ++e) {
    const double first = plan.g_first[at(e)] >= 0 ? g[plan.g_first[at(e)]] : 0.0;
    const double second = plan.g_second[at(e)] >= 0 ? g[plan.g_second[at(e)]] : 0.0;
    out[e] = plan.g_kind[at(e)] == 0 ? first : std::sqrt(0.5) * (first + plan.g_kind[at(e)] * second);
  }
}

}  // namespace

IpmScales find_scales(const IpmPlan& plan, const double* a, const double* g) {
  const IpmView& v = plan.view;
  std::vector<double> turned(at(plan.g.nonzeros()));
  turn_cones(plan, g, turned.data());
  const double *sa = a, *sg = turned.data();
  std::vector<double> column(at(v.n)), row(at(v.m)), cone(at(v.k)), D(at(v.n), 1.0), E(at(v.m), 1.0), Eg(at(v.k), 1.0);
  // Values of the scaled matrices: |a| D_j E_i and so on.
  for (int pass = 0; pass < 12; ++pass) {
    std::fill(column.begin(), column.end(), 0.0);
    std::fill(row.begin(), row.end(), 0.0);
    std::fill(cone.begin(), cone.end(), 0.0);
    auto raise = [](double& norm, double value) { norm = std::max(norm, value); };
    for (int i = 0; i < v.m; ++i)
      for (int e = v.a_start[i]; e < v.a_start[i + 1]; ++e) {
        const double value = std::fabs(sa[e]) * E[at(i)] * D[at(v.a_index[e])];
        raise(row[at(i)], value);
        raise(column[at(v.a_index[e])], value);
      }
    for (int i = 0; i < v.k; ++i)
      for (int e = v.g_start[i]; e < v.g_start[i + 1]; ++e) {
        const double value = std::fabs(sg[e]) * Eg[at(i)] * D[at(v.g_index[e])];
        raise(cone[at(i)], value);
        raise(column[at(v.g_index[e])], value);
      }
    for (int c = 0; c < v.cones; ++c) {
      double largest = 0.0;
      for (int i = v.cone_start[c]; i < v.cone_start[c + 1]; ++i) largest = std::max(largest, cone[at(i)]);
      for (int i = v.cone_start[c]; i < v.cone_start[c + 1]; ++i) cone[at(i)] = largest;
    }
    // A scale is divided by the root of its norm. How far the norms are from 1 tells how far the scales still move;
    // scales become powers of two, so a few percent are enough. No branch: these loops are to be vectorised.
    double largest = 1.0, least = 1.0;
    auto shrink = [&largest, &least](std::vector<double>& scale, const std::vector<double>& norm) {
      for (std::size_t i = 0; i < scale.size(); ++i) {
        const double n = norm[i] > 0.0 ? norm[i] : 1.0;
        largest = largest < n ? n : largest;
        least = n < least ? n : least;
        const double wanted = scale[i] * (1.0 / std::sqrt(n));
        scale[i] = wanted < 1e-5 ? 1e-5 : wanted > 1e5 ? 1e5 : wanted;
      }
    };
    shrink(D, column);
    shrink(E, row);
    shrink(Eg, cone);
    if (largest < 1.02 * 1.02 && least > 1.0 / (1.02 * 1.02)) break;
  }
  for (double& x : D) x = power_of_two(x);
  for (double& x : E) x = power_of_two(x);
  for (double& x : Eg) x = power_of_two(x);
  return {std::move(D), std::move(E), std::move(Eg)};
}

void scale_values(const IpmPlan& plan, const double* a, const double* p, const double* g, const IpmScales& scales,
                  double* out) {
  const IpmView& v = plan.view;
  const auto &D = scales.column, &E = scales.row, &Eg = scales.cone;
  double* sa = out;
  double* sp = out + v.p_base;
  double* sg = out + v.g_base;
  turn_cones(plan, g, sg);
  for (int i = 0; i < v.m; ++i)
    for (int e = v.a_start[i]; e < v.a_start[i + 1]; ++e) sa[e] = a[e] * (E[at(i)] * D[at(v.a_index[e])]);
  for (int i = 0; i < v.k; ++i)
    for (int e = v.g_start[i]; e < v.g_start[i + 1]; ++e) sg[e] *= Eg[at(i)] * D[at(v.g_index[e])];
  for (int j = 0; j < v.n; ++j)
    for (int e = v.p_start[j]; e < v.p_start[j + 1]; ++e) sp[e] = p[e] * (D[at(j)] * D[at(v.p_index[e])]);
  for (int j = 0; j < v.n; ++j) out[v.column_base + j] = 1.0 / D[at(j)];
  for (int i = 0; i < v.m; ++i) out[v.row_base + i] = 1.0 / E[at(i)];
  for (int i = 0; i < v.k; ++i) out[v.cone_base + i] = 1.0 / Eg[at(i)];
  // ĜᵀJĜ over the rows of each eliminated cone.
  std::fill_n(out + v.gram_base, plan.gram_count, 0.0);
  for (int c = 0; c < v.cones; ++c) {
    if (v.cone_row[c] >= 0) continue;
    double* gram = out + v.gram_base + v.cone_gram[c];
    for (int i = v.cone_start[c]; i < v.cone_start[c + 1]; ++i) {
      const double sign = i == v.cone_start[c] ? 1.0 : -1.0;
      for (int e = v.g_start[i]; e < v.g_start[i + 1]; ++e)
        for (int h = v.g_start[i]; h <= e; ++h) {
          const int row = v.g_local[e], column = v.g_local[h];
          gram[row * (row + 1) / 2 + column] += sign * sg[e] * sg[h];
        }
    }
  }
}

namespace {

// Largest |q/constant|. (Eight of them side by side: one chain of comparisons would take as long as all the divisions.)
WATTSTEIN_CLONES double largest_cost(const double* q, const double* constant, int count) {
  constexpr int width = 8;
  double largest[width] = {};
  int j = 0;
  for (; j + width <= count; j += width)
    for (int t = 0; t < width; ++t) {
      const double value = std::fabs(q[j + t] * inverse_power(constant[j + t]));
      largest[t] = largest[t] < value ? value : largest[t];
    }
  for (; j < count; ++j) largest[0] = std::max(largest[0], std::fabs(q[j] * inverse_power(constant[j])));
  return *std::max_element(largest, largest + width);
}

}  // namespace

double cost_scale(const IpmPlan& plan, const double* constant, const double* q) {
  const double largest = largest_cost(q, constant + plan.view.column_base, plan.n);
  if (!(largest > 0.0) || !(largest < 1e300)) return 1.0;
  return power_of_two(std::clamp(1.0 / largest, 1e-8, 1e8));
}

}  // namespace wattstein::kernels
