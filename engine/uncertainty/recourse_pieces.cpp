#include "engine/uncertainty/recourse_pieces.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace wattstein::engine {

namespace {

using kernels::Side;

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double feasible = 1e-9;         // relative to 1 + |bound|: what basic values may miss their bounds by
constexpr double tie = 1e-9;              // pieces whose planes are this close to the highest are tried as well
constexpr std::size_t many_pieces = 300;  // more: those without use at the last `idle_points` points are forgotten
constexpr int idle_points = 8;

}  // namespace

RecoursePieces::RecoursePieces(const Recourse& recourse, std::shared_ptr<const kernels::PoolMatrix> matrix, int hour,
                               std::span<const double> low, std::span<const double> high)
    : recourse_(&recourse),
      matrix_(std::move(matrix)),
      hour_(hour),
      low_(low),
      high_(high),
      simplex_(*matrix_, recourse.lp.q.of(0)),
      value_(static_cast<std::size_t>(matrix_->rows)),
      x_(static_cast<std::size_t>(matrix_->columns)) {
  const auto n = static_cast<std::size_t>(matrix_->columns), resources = low_.size();
  lower_slope_.assign((n + value_.size()) * resources, 0.0);
  upper_slope_ = lower_slope_;
  for (const auto& term : recourse.w_upper)
    upper_slope_[static_cast<std::size_t>(term.target) * resources + static_cast<std::size_t>(term.source)] +=
        term.coefficient;
  for (const auto& term : recourse.w_rows)
    for (auto* slopes : {&lower_slope_, &upper_slope_})
      (*slopes)[(n + static_cast<std::size_t>(term.target)) * resources + static_cast<std::size_t>(term.source)] +=
          term.coefficient;
}

void RecoursePieces::move_to(const DualPool& pool, std::span<const double> shift) {
  const RecourseHour& at = recourse_->hours[static_cast<std::size_t>(hour_)];
  const auto n = static_cast<std::size_t>(matrix_->columns), resources = low_.size();
  lower0_ = at.lb;
  upper0_ = at.ub;
  lower0_.insert(lower0_.end(), at.l.begin(), at.l.end());
  upper0_.insert(upper0_.end(), at.u.begin(), at.u.end());
  std::size_t from = 0;
  for (const int i : pool.row_targets()) {
    lower0_[n + static_cast<std::size_t>(i)] += shift[from];
    upper0_[n + static_cast<std::size_t>(i)] += shift[from++];
  }
  for (const int j : pool.upper_targets()) upper0_[static_cast<std::size_t>(j)] += shift[from++];
  // A first stage within tolerance can leave b↑ at −1e-9: an empty interval there is meant as a point.
  for (std::size_t j = 0; j < n; ++j) {
    const auto slope = std::span(upper_slope_).subspan(j * resources, resources);
    if (std::all_of(slope.begin(), slope.end(), [](double s) { return s == 0.0; }))
      upper0_[j] = std::max(upper0_[j], lower0_[j]);
  }
  lower_ = lower0_;
  upper_ = upper0_;
  ++point_;
  if (pieces_.size() > many_pieces)
    std::erase_if(pieces_, [&](const Piece& piece) { return piece.used + idle_points < point_; });
  planes_.resize(pieces_.size() * (1 + resources));
  for (std::size_t k = 0; k < pieces_.size(); ++k) place(pieces_[k], planes_.data() + k * (1 + resources));
}

void RecoursePieces::bounds_at(std::span<const double> omega) {
  const auto n = static_cast<std::size_t>(matrix_->columns);
  const auto set = [&](std::size_t v) {
    lower_[v] = lower0_[v], upper_[v] = upper0_[v];
    for (std::size_t r = 0; r < omega.size(); ++r) {
      lower_[v] += lower_slope_[v * omega.size() + r] * omega[r];
      upper_[v] += upper_slope_[v * omega.size() + r] * omega[r];
    }
  };
  for (const auto& term : recourse_->w_upper) set(static_cast<std::size_t>(term.target));
  for (const auto& term : recourse_->w_rows) set(n + static_cast<std::size_t>(term.target));
}

bool RecoursePieces::holds(Piece& piece, std::span<const double> omega) {
  if (piece.placed != point_) find_limits(piece);
  const std::size_t width = 1 + omega.size();
  for (const double* limit = piece.limits.data(); limit != piece.limits.data() + piece.limits.size(); limit += width) {
    double room = limit[0];
    for (std::size_t r = 0; r < omega.size(); ++r) room += limit[1 + r] * omega[r];
    if (room < 0.0) return false;
  }
  return true;
}

RecoursePieces::Answer RecoursePieces::answer(std::size_t piece, double value) {
  Piece& own = pieces_[piece];
  own.used = point_;
  return {value, &own.y, &own.pooled};
}

RecoursePieces::Answer RecoursePieces::at(std::span<const double> omega) {
  const std::size_t width = 1 + omega.size();
  ++asked_;
  // Each plane is a lower bound, so that of the piece in which ω lies is the highest.
  const auto plane = [&](std::size_t k) {
    const double* p = planes_.data() + k * width;
    double value = p[0];
    for (std::size_t r = 0; r < omega.size(); ++r) value += p[1 + r] * omega[r];
    return value;
  };
  double highest = -infinite;
  std::size_t best = 0;
  for (std::size_t k = 0; k < pieces_.size(); ++k)
    if (const double value = plane(k); value > highest) highest = value, best = k;
  if (!pieces_.empty()) {
    if (holds(pieces_[best], omega)) return answer(best, highest);
    const double near = highest - tie * (1.0 + std::abs(highest));
    for (std::size_t k = 0; k < pieces_.size(); ++k)
      if (k != best && plane(k) >= near && holds(pieces_[k], omega)) return answer(k, highest);
  }
  ++solved_;
  bounds_at(omega);
  const int n = matrix_->columns, m = matrix_->rows;
  kernels::Basis basis;
  if (pieces_.empty()) {
    std::vector<double> room(lower_.size());
    for (std::size_t v = 0; v < room.size(); ++v) room[v] = upper_[v] - lower_[v];
    if (!simplex_.crash(room.data(), basis)) return {infinite, nullptr, nullptr};
  } else {
    basis = pieces_[best].basis;
  }
  const int most = pieces_.empty() ? 20 * (m + 10) : 50 + m / 4;
  const kernels::PoolBounds bounds{lower_.data(), upper_.data(), lower_.data() + n, upper_.data() + n};
  const int pivots = simplex_.run(bounds, feasible, most, basis, x_.data());
  if (pivots < 0) return {infinite, nullptr, nullptr};
  if (pivots == 0 && !pieces_.empty()) return answer(best, highest);  // the limits' last digits
  Piece piece;
  piece.basis = std::move(basis);
  if (!complete(piece)) return {infinite, nullptr, nullptr};
  planes_.resize(planes_.size() + width);
  place(piece, planes_.data() + planes_.size() - width);
  pieces_.push_back(std::move(piece));
  return answer(pieces_.size() - 1, plane(pieces_.size() - 1));
}

// Everything from the sides alone, so that a piece is the same whichever way it was found or read back.
bool RecoursePieces::complete(Piece& piece) const {
  const auto n = static_cast<std::size_t>(matrix_->columns);
  kernels::Basis& basis = piece.basis;
  basis.head.clear();
  for (std::size_t v = 0; v < basis.side.size(); ++v)
    if (basis.side[v] == Side::basic) basis.head.push_back(static_cast<int>(v));
  basis.factor = {};
  basis.d.assign(basis.side.size(), 0.0);
  if (basis.head.size() != value_.size() || !basis.factor.factor(*matrix_, basis.head)) return false;
  simplex_.price(basis);
  piece.y.assign(basis.d.begin() + static_cast<std::ptrdiff_t>(n), basis.d.end());
  find_slopes(piece);
  return true;
}

// By piece: when it was used, whether its multipliers are in the pool, the sides.
std::string RecoursePieces::save() const {
  std::string bytes = std::to_string(point_) + "\n";
  for (const Piece& piece : pieces_) {
    bytes += std::to_string(piece.used) + (piece.pooled ? " +" : " -");
    for (const Side side : piece.basis.side) bytes += side == Side::basic ? 'b' : side == Side::lower ? 'l' : 'u';
    bytes += '\n';
  }
  return bytes;
}

bool RecoursePieces::load(const std::string& bytes) {
  std::istringstream in(bytes);
  pieces_.clear();
  if (!(in >> point_)) return false;
  std::string sides;
  for (int used = 0; in >> used >> sides;) {
    Piece piece;
    piece.used = used;
    piece.pooled = sides.front() == '+';
    for (const char c : sides.substr(1))
      piece.basis.side.push_back(c == 'b' ? Side::basic : c == 'l' ? Side::lower : Side::upper);
    if (piece.basis.side.size() != static_cast<std::size_t>(matrix_->variables()) || !complete(piece)) return false;
    pieces_.push_back(std::move(piece));
  }
  return true;
}

/// rhs −= a_v · value
void RecoursePieces::subtract(double* rhs, int variable, double value) const {
  if (variable >= matrix_->columns) {
    rhs[variable - matrix_->columns] += value;
    return;
  }
  const auto v = static_cast<std::size_t>(variable);
  for (int e = matrix_->column_start[v]; e < matrix_->column_start[v + 1]; ++e)
    rhs[matrix_->column_row[static_cast<std::size_t>(e)]] -= matrix_->column_value[static_cast<std::size_t>(e)] * value;
}

// M = −B⁻¹ N ∂z_N/∂ω: variables off the basis stand at a side, and move as it does.
void RecoursePieces::find_slopes(Piece& piece) const {
  const int n = matrix_->columns;
  const std::size_t resources = low_.size(), m = value_.size();
  std::vector<double> columns(resources * m, 0.0);
  const auto move = [&](int variable, const AffineTerm& term) {
    const Side side = piece.basis.side[static_cast<std::size_t>(variable)];
    if (side == Side::upper || (side == Side::lower && variable >= n))
      subtract(columns.data() + static_cast<std::size_t>(term.source) * m, variable, term.coefficient);
  };
  for (const auto& term : recourse_->w_upper) move(term.target, term);
  for (const auto& term : recourse_->w_rows) move(n + term.target, term);
  piece.slopes.resize(m * resources);
  for (std::size_t r = 0; r < resources; ++r) {
    piece.basis.factor.solve(columns.data() + r * m);
    for (std::size_t row = 0; row < m; ++row) piece.slopes[row * resources + r] = columns[r * m + row];
  }
}

// The plane at the present point.
void RecoursePieces::place(const Piece& piece, double* plane) const {
  const int n = matrix_->columns;
  const kernels::Basis& basis = piece.basis;
  // β(ω) = r + w_costᵀω + Σ_v d_v · (lower_v(ω) where d_v > 0, else upper_v(ω))
  plane[0] = recourse_->hours[static_cast<std::size_t>(hour_)].r;
  std::copy(recourse_->w_cost.begin(), recourse_->w_cost.end(), plane + 1);
  for (std::size_t v = 0; v < basis.d.size(); ++v)
    if (const double d = basis.d[v]; d != 0.0) plane[0] += d * (d > 0.0 ? lower0_[v] : upper0_[v]);
  for (const auto& term : recourse_->w_upper)
    plane[1 + term.source] += term.coefficient * std::min(basis.d[static_cast<std::size_t>(term.target)], 0.0);
  for (const auto& term : recourse_->w_rows)
    plane[1 + term.source] += term.coefficient * basis.d[static_cast<std::size_t>(n + term.target)];
}

// Room of the basic variables to both bounds, where the support can use it up.
void RecoursePieces::find_limits(Piece& piece) {
  const std::size_t resources = low_.size(), m = value_.size();
  const kernels::Basis& basis = piece.basis;
  std::fill(value_.begin(), value_.end(), 0.0);
  for (std::size_t v = 0; v < basis.side.size(); ++v) {
    if (basis.side[v] == Side::basic) continue;
    const double at = basis.side[v] == Side::lower ? lower0_[v] : upper0_[v];
    if (at != 0.0) subtract(value_.data(), static_cast<int>(v), at);
  }
  basis.factor.solve(value_.data());
  piece.placed = point_;
  piece.limits.clear();
  std::vector<double> limit(1 + resources);
  const auto add = [&] {
    double least = limit[0];
    for (std::size_t r = 0; r < resources; ++r) least += std::min(limit[1 + r] * low_[r], limit[1 + r] * high_[r]);
    if (!(least >= 0.0)) piece.limits.insert(piece.limits.end(), limit.begin(), limit.end());
  };
  for (std::size_t row = 0; row < m; ++row) {
    const auto v = static_cast<std::size_t>(basis.head[row]);
    const double *slope = piece.slopes.data() + row * resources, *lower = lower_slope_.data() + v * resources,
                 *upper = upper_slope_.data() + v * resources;
    if (const double bound = lower0_[v]; std::isfinite(bound)) {
      limit[0] = value_[row] - bound + feasible * (1.0 + std::abs(bound));
      for (std::size_t r = 0; r < resources; ++r) limit[1 + r] = slope[r] - lower[r];
      add();
    }
    if (const double bound = upper0_[v]; std::isfinite(bound)) {
      limit[0] = bound - value_[row] + feasible * (1.0 + std::abs(bound));
      for (std::size_t r = 0; r < resources; ++r) limit[1 + r] = upper[r] - slope[r];
      add();
    }
  }
}

}  // namespace wattstein::engine
