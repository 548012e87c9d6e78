#include "engine/coordination/agent_layout.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wattstein::engine {

EntryMap compress(const std::vector<std::pair<int, int>>& entries, int rows, int columns) {
  EntryMap map;
  map.pattern.rows = rows;
  map.pattern.columns = columns;
  map.pattern.indptr.assign(static_cast<std::size_t>(rows) + 1, 0);
  map.place.resize(entries.size());
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return entries[a] < entries[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& entry = entries[order[i]];
    if (i == 0 || entry != entries[order[i - 1]]) {
      map.pattern.indices.push_back(entry.second);
      ++map.pattern.indptr[static_cast<std::size_t>(entry.first) + 1];
    }
    map.place[order[i]] = static_cast<std::int64_t>(map.pattern.indices.size()) - 1;
  }
  std::partial_sum(map.pattern.indptr.begin(), map.pattern.indptr.end(), map.pattern.indptr.begin());
  return map;
}

namespace {

/// Entries of a matrix in row order, shifted.
void list_entries(const kernels::Matrix& matrix, int row, std::vector<std::pair<int, int>>& out) {
  for (int i = 0; i < matrix.pattern.rows; ++i)
    for (int k = matrix.pattern.indptr[static_cast<std::size_t>(i)];
         k < matrix.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++k)
      out.emplace_back(row + i, matrix.pattern.indices[static_cast<std::size_t>(k)]);
}

}  // namespace

// The pattern; entries are listed here and valued in fill() in the same order.
void AgentGroup::build() {
  auto layout = std::make_unique<Layout>();
  const Agent& first = *agents_.front();
  const Recourse& recourse = first.recourse;
  const Atoms& atoms = worst_.front()->atoms();
  const int n = first.first_stage.variables, m = first.first_stage.rows;
  const int H = atoms.hours, rn = recourse.lp.variables, rm = recourse.lp.rows;
  const auto uppers = worst_.front()->pool().upper_targets();
  layout->zeta = n;
  layout->t = n + 1;
  layout->copies = layout->t + cells();
  const int copies = exact_ ? atoms.count() : form_.copies ? copy_first(H) : 0;
  const bool valued = form_.copies && !exact_;  // copies with a variable v for their value
  layout->v = layout->copies + copies * rn;
  layout->extension = layout->v + (valued ? copies : 0);
  const Extension* extension = extensions_.empty() ? nullptr : &extensions_.front();
  layout->columns = layout->extension + (extension ? static_cast<int>(extension->cost.size()) : 0);
  layout->copy_rows = m;
  layout->copy_height = rm + static_cast<int>(uppers.size()) + (valued ? 1 : 0);
  layout->cut_rows = m + copies * layout->copy_height;
  int row = layout->cut_rows;
  layout->slot_row.assign(static_cast<std::size_t>(cells()) + 1, row);
  for (int c = 0; c < cells(); ++c) {
    if (!exact_) row += slots_[static_cast<std::size_t>(c)];
    layout->slot_row[static_cast<std::size_t>(c) + 1] = row;
  }
  layout->extension_rows = row;
  layout->rows = row + (extension ? static_cast<int>(extension->row_lower.size()) : 0);

  std::vector<std::pair<int, int>> entries;
  list_entries(first.first_stage.A, 0, entries);
  for (int h = 0; h < H; ++h) {
    const RecourseHour& hour = recourse.hours[static_cast<std::size_t>(h)];
    const int begin = exact_   ? atoms.first[static_cast<std::size_t>(h)]
                      : valued ? copy_first(h)
                               : 0,
              end = exact_   ? atoms.first[static_cast<std::size_t>(h) + 1]
                    : valued ? copy_first(h + 1)
                             : 0;
    for (int a = begin; a < end; ++a) {
      const int base = layout->copy_rows + a * layout->copy_height, column = layout->copies + a * rn;
      for (int i = 0; i < rm; ++i)
        for (int k = recourse.lp.A.pattern.indptr[static_cast<std::size_t>(i)];
             k < recourse.lp.A.pattern.indptr[static_cast<std::size_t>(i) + 1]; ++k)
          entries.emplace_back(base + i, column + recourse.lp.A.pattern.indices[static_cast<std::size_t>(k)]);
      for (const auto& term : hour.x_rows) entries.emplace_back(base + term.target, term.source);
      for (std::size_t j = 0; j < uppers.size(); ++j)
        entries.emplace_back(base + rm + static_cast<int>(j), column + uppers[j]);
      for (const auto& term : hour.x_upper) {
        const auto place = std::lower_bound(uppers.begin(), uppers.end(), term.target) - uppers.begin();
        entries.emplace_back(base + rm + static_cast<int>(place), term.source);
      }
      if (!valued) continue;
      entries.emplace_back(base + layout->copy_height - 1, layout->v + a);
      for (int j = 0; j < rn; ++j)
        if (recourse.lp.q.of(0)[j] != 0.0) entries.emplace_back(base + layout->copy_height - 1, column + j);
    }
  }
  for (int c = 0; c < cells(); ++c) {
    const auto cc = static_cast<std::size_t>(c);
    for (int r = layout->slot_row[cc]; r < layout->slot_row[cc + 1]; ++r) {
      entries.emplace_back(r, layout->t + c);
      entries.emplace_back(r, layout->zeta);
      if (valued)
        for (int s = copy_first(hour_of(c)); s < copy_first(hour_of(c) + 1); ++s)
          entries.emplace_back(r, layout->v + s);
      else
        for (const int column : cut_columns_[cc]) entries.emplace_back(r, column);
    }
  }
  if (extension)
    for (const auto& e : extension->entries)
      entries.emplace_back(layout->extension_rows + e.row, e.column >= 0 ? e.column : layout->extension - 1 - e.column);
  layout->a = compress(entries, layout->rows, layout->columns);

  std::vector<std::pair<int, int>> squares;
  list_entries(first.first_stage.P, 0, squares);
  for (const int c : boundary_.front()) squares.emplace_back(c, c);
  layout->p = compress(squares, layout->columns, layout->columns);

  const auto B = static_cast<std::int64_t>(agents_.size());
  kernels::Batch& batch = layout->batch;
  batch = kernels::make_batch(B, layout->columns, layout->rows);
  batch.name = first.name;
  batch.A.pattern = layout->a.pattern;
  batch.P.pattern = layout->p.pattern;
  batch.A.per_problem = batch.P.per_problem = B > 1;
  batch.A.data.resize(static_cast<std::size_t>(B) * layout->a.pattern.indices.size());
  batch.P.data.resize(static_cast<std::size_t>(B) * layout->p.pattern.indices.size());
  batch.cones = first.first_stage.cones;
  batch.G.pattern = first.first_stage.G.pattern;
  batch.G.pattern.columns = layout->columns;
  batch.G.per_problem = B > 1;
  batch.G.data.clear();
  batch.g = kernels::Field::rows(B, first.first_stage.cone_rows());
  for (std::int64_t b = 0; b < B; ++b) {
    const kernels::Batch& own = agents_[static_cast<std::size_t>(b)]->first_stage;
    batch.G.data.insert(batch.G.data.end(), own.G.data.begin(), own.G.data.end());
    std::copy_n(own.g.of(0), own.cone_rows(), batch.g.of(b));
  }
  for (kernels::Field* field : {&batch.q, &batch.lb, &batch.ub}) *field = kernels::Field::rows(B, layout->columns);
  for (kernels::Field* field : {&batch.l, &batch.u}) *field = kernels::Field::rows(B, layout->rows);
  batch.r = kernels::Field::rows(B, 1);
  layout_ = std::move(layout);
}

void AgentGroup::fill(std::span<const BoundaryTerms> terms) {
  Layout& at = *layout_;
  kernels::Batch& batch = at.batch;
  const auto a_width = at.a.pattern.indices.size(), p_width = at.p.pattern.indices.size();
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const Agent& agent = *agents_[i];
    const kernels::Batch& own = agent.first_stage;
    const Recourse& recourse = agent.recourse;
    const Atoms& atoms = worst_[i]->atoms();
    const auto b = static_cast<std::int64_t>(i);
    const int n = own.variables, m = own.rows, H = atoms.hours, rn = recourse.lp.variables, rm = recourse.lp.rows;
    double* A = batch.A.data.data() + i * a_width;
    double* P = batch.P.data.data() + i * p_width;
    std::fill_n(A, a_width, 0.0);
    std::fill_n(P, p_width, 0.0);
    double *q = batch.q.of(b), *lb = batch.lb.of(b), *ub = batch.ub.of(b), *l = batch.l.of(b), *u = batch.u.of(b);
    double constant = own.r.empty() ? 0.0 : *own.r.of(0);
    std::size_t entry = 0;
    const auto put = [&](double value) { A[at.a.place[entry++]] += value; };

    // first stage
    for (const double value : own.A.data) put(value);
    std::copy_n(own.q.of(0), n, q);
    std::copy_n(own.lb.of(0), n, lb);
    std::copy_n(own.ub.of(0), n, ub);
    std::copy_n(own.l.of(0), m, l);
    std::copy_n(own.u.of(0), m, u);
    for (std::size_t k = 0; k < own.P.data.size(); ++k) P[at.p.place[k]] += own.P.data[k];

    // ζ and t
    q[at.zeta] = atoms.radius;
    lb[at.zeta] = 0.0;
    ub[at.zeta] = worst_[i]->zeta_limit();
    const bool valued = form_.copies && !exact_;
    for (int c = 0; c < cells(); ++c) {
      const bool used = !exact_ && cell_weight(i, c) > 0.0;
      q[at.t + c] = used ? 1.0 : 0.0;
      lb[at.t + c] = used ? t_lower_[i][static_cast<std::size_t>(c)] : 0.0;
      ub[at.t + c] = used ? kernels::infinity : 0.0;  // a far bound would put the interior start far out
    }
    const auto uppers = worst_[i]->pool().upper_targets();
    for (int h = 0; h < H; ++h) {
      const auto hh = static_cast<std::size_t>(h);
      const RecourseHour& hour = recourse.hours[hh];
      // copies: l + X x + W ω ≤ A z ≤ u + X x + W ω;  z ≤ ub + U x + V ω where x moves it
      const int begin = exact_   ? atoms.first[hh]
                        : valued ? copy_first(h)
                                 : 0,
                end = exact_   ? atoms.first[hh + 1]
                      : valued ? copy_first(h + 1)
                               : 0;
      for (int a = begin; a < end; ++a) {
        const int base = at.copy_rows + a * at.copy_height, column = at.copies + a * rn;
        const double weight = exact_ ? atoms.weight[static_cast<std::size_t>(a)] : 0.0;
        // A free slot repeats a realisation that is there: its value is asked for nowhere.
        const double* omega = agent.samples.mean.data() + hh * static_cast<std::size_t>(atoms.resources);
        if (exact_) omega = atoms.at(a);
        else if (const auto s = static_cast<std::size_t>(a - begin); s < copies_[i][hh].size())
          omega = copies_[i][hh][s].data();
        for (const double value : recourse.lp.A.data) put(value);
        for (const auto& term : hour.x_rows) put(-term.coefficient);
        for (std::size_t j = 0; j < uppers.size(); ++j) put(1.0);
        for (const auto& term : hour.x_upper) put(-term.coefficient);
        std::copy(hour.l.begin(), hour.l.end(), l + base);
        std::copy(hour.u.begin(), hour.u.end(), u + base);
        std::copy(hour.lb.begin(), hour.lb.end(), lb + column);
        std::copy(hour.ub.begin(), hour.ub.end(), ub + column);
        for (int j = 0; j < rn; ++j) q[column + j] = weight * recourse.lp.q.of(0)[j];
        constant += weight * hour.r;
        for (int r = 0; r < atoms.resources; ++r)
          constant += weight * recourse.w_cost[static_cast<std::size_t>(r)] * omega[r];
        for (const auto& term : recourse.w_rows) {
          l[base + term.target] += term.coefficient * omega[term.source];
          u[base + term.target] += term.coefficient * omega[term.source];
        }
        for (const auto& term : recourse.w_upper) ub[column + term.target] += term.coefficient * omega[term.source];
        for (std::size_t j = 0; j < uppers.size(); ++j) {
          l[base + rm + static_cast<int>(j)] = -kernels::infinity;
          u[base + rm + static_cast<int>(j)] = ub[column + uppers[j]];
        }
        for (const auto& term : hour.x_upper)
          ub[column + term.target] +=
              std::max(term.coefficient * own.lb.of(0)[term.source], term.coefficient * own.ub.of(0)[term.source]);
        if (!valued) continue;
        // v − qᵀz ≥ r_h + w_costᵀω
        const int row = base + at.copy_height - 1;
        put(1.0);
        for (int j = 0; j < rn; ++j)
          if (recourse.lp.q.of(0)[j] != 0.0) put(-recourse.lp.q.of(0)[j]);
        l[row] = hour.r;
        for (int r = 0; r < atoms.resources; ++r) l[row] += recourse.w_cost[static_cast<std::size_t>(r)] * omega[r];
        u[row] = kernels::infinity;
        lb[at.v + a] = v_lower_[i][hh];
        ub[at.v + a] = v_upper_[i][hh];
      }
    }
    for (int c = 0; c < cells(); ++c) {
      const auto cc = static_cast<std::size_t>(c);
      // cut slots; a free slot asks t for less than its lower bound
      std::vector<const Cut*> mine;
      for (const Cut& cut : cuts_[i])
        if (cut.cell == c) mine.push_back(&cut);
      std::vector<int> columns = cut_columns_[cc];
      if (valued) {
        columns.resize(static_cast<std::size_t>(copy_slots_[static_cast<std::size_t>(hour_of(c))]));
        std::iota(columns.begin(), columns.end(), 0);
      }
      for (int r = at.slot_row[cc]; r < at.slot_row[cc + 1]; ++r) {
        const auto s = static_cast<std::size_t>(r - at.slot_row[cc]);
        u[r] = kernels::infinity;
        put(1.0);
        if (s >= mine.size()) {
          l[r] = (cell_weight(i, c) > 0.0 ? t_lower_[i][cc] : 0.0) - 1.0;
          entry += 1 + columns.size();
          continue;
        }
        const Cut& cut = *mine[s];
        put(cut.distance);
        l[r] = cut.constant;
        std::size_t g = 0;
        for (const int column : columns) {
          const bool here = g < cut.gradient.size() && cut.gradient[g].first == column;
          put(here ? -cut.gradient[g++].second : 0.0);
        }
      }
    }
    if (!extensions_.empty()) {
      const Extension& extension = extensions_[i];
      for (const auto& e : extension.entries) put(e.value);
      std::copy(extension.cost.begin(), extension.cost.end(), q + at.extension);
      std::copy(extension.lower.begin(), extension.lower.end(), lb + at.extension);
      std::copy(extension.upper.begin(), extension.upper.end(), ub + at.extension);
      std::copy(extension.row_lower.begin(), extension.row_lower.end(), l + at.extension_rows);
      std::copy(extension.row_upper.begin(), extension.row_upper.end(), u + at.extension_rows);
    }
    // boundary: linear price, ½ penalty (p − target)², or p = target
    const BoundaryTerms& term = terms[i];
    for (std::size_t k = 0; k < boundary_[i].size(); ++k) {
      const int c = boundary_[i][k];
      if (!term.linear.empty()) q[c] += term.linear[k];
      if (term.fixed) {
        lb[c] = ub[c] = term.target[k];
      } else if (term.penalty > 0.0) {
        P[at.p.place[own.P.data.size() + k]] += term.penalty;
        q[c] -= term.penalty * term.target[k];
        constant += 0.5 * term.penalty * term.target[k] * term.target[k];
      }
    }
    *batch.r.of(b) = constant;
  }
}

}  // namespace wattstein::engine
