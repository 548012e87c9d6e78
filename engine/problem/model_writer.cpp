// One problem as MPS / QPS (names in full, free format) or CBF (names as comments).

#include <cmath>
#include <unordered_set>

#include "engine/error/error.hpp"
#include "engine/problem/model_file.hpp"
#include "engine/problem/quadratic_block.hpp"

namespace wattstein::engine {
namespace {

using kernels::Batch;
using kernels::infinity;

// Names as they can stand between blanks, each only once.
std::vector<std::string> file_names(const std::vector<std::string>& given, int count, char kind) {
  std::vector<std::string> names;
  std::unordered_set<std::string> used;
  for (int i = 0; i < count; ++i) {
    std::string name = given.empty() ? std::string{} : given[static_cast<std::size_t>(i)];
    for (char& c : name)
      if (static_cast<unsigned char>(c) <= ' ' || c == 127) c = '_';
    if (name.empty()) name = fmt::format("{}{}", kind, i);
    if (name[0] == '*' || name[0] == '$' || name == "RHS" || name == "OBJ") name.insert(0, 1, '_');
    if (used.contains(name)) name += fmt::format("#{}", i);
    while (!used.insert(name).second) name += '#';
    names.push_back(name);
  }
  return names;
}

std::vector<double> values_of(const kernels::Matrix& matrix) {
  std::vector<double> values(static_cast<std::size_t>(matrix.pattern.nonzeros()));
  matrix.values_of(0, values.data());
  return values;
}

void require_one(const Batch& batch, const char* format) {
  if (batch.problems != 1)
    throw Error("a {} file holds one problem, the batch '{}' has {}; write a .h5 file, or choose one problem", format,
                batch.name, batch.problems);
}

}  // namespace

std::string mps_text(const Batch& batch) {
  require_one(batch, "MPS");
  if (!batch.cones.empty()) throw Error("an MPS file cannot hold the cones of '{}'; write a .cbf file", batch.name);
  const auto columns = file_names(batch.variable_names, batch.variables, 'x'),
             rows = file_names(batch.row_names, batch.rows, 'r');
  const double *l = batch.l.of(0), *u = batch.u.of(0), *lb = batch.lb.of(0), *ub = batch.ub.of(0), *q = batch.q.of(0);
  const auto a = values_of(batch.A), p = values_of(batch.P);
  std::string text = fmt::format("NAME {}\nROWS\n N OBJ\n", batch.name.empty() ? "problem" : batch.name);
  const auto add = [&text]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
  };
  for (int i = 0; i < batch.rows; ++i) {
    const bool low = l[i] > -infinity, high = u[i] < infinity;
    add(" {} {}\n", l[i] == u[i] ? 'E' : low ? 'G' : high ? 'L' : 'N', rows[i]);
  }
  // Columns of A.
  std::vector<std::vector<std::pair<int, double>>> column(static_cast<std::size_t>(batch.variables));
  for (int i = 0; i < batch.rows; ++i)
    for (int k = batch.A.pattern.indptr[i]; k < batch.A.pattern.indptr[i + 1]; ++k)
      column[batch.A.pattern.indices[k]].push_back({i, a[k]});
  text += "COLUMNS\n";
  for (int j = 0; j < batch.variables; ++j) {
    if (q[j] != 0.0 || column[j].empty()) add(" {} OBJ {}\n", columns[j], q[j]);
    for (const auto& [i, value] : column[j]) add(" {} {} {}\n", columns[j], rows[i], value);
  }
  text += "RHS\n";
  if (*batch.r.of(0) != 0.0) add(" RHS OBJ {}\n", -*batch.r.of(0));
  for (int i = 0; i < batch.rows; ++i) {
    const double side = l[i] > -infinity ? l[i] : u[i];
    if (side != 0.0 && side < infinity) add(" RHS {} {}\n", rows[i], side);
  }
  text += "RANGES\n";
  for (int i = 0; i < batch.rows; ++i)
    if (l[i] > -infinity && u[i] < infinity && l[i] != u[i]) add(" RNG {} {}\n", rows[i], u[i] - l[i]);
  text += "BOUNDS\n";
  for (int j = 0; j < batch.variables; ++j) {
    const bool low = lb[j] > -infinity, high = ub[j] < infinity;
    if (lb[j] == ub[j]) {
      add(" FX BND {} {}\n", columns[j], lb[j]);
      continue;
    }
    if (!low && !high) add(" FR BND {}\n", columns[j]);
    if (!low && high) add(" MI BND {}\n", columns[j]);
    if (low && lb[j] != 0.0) add(" LO BND {} {}\n", columns[j], lb[j]);
    if (high) add(" UP BND {} {}\n", columns[j], ub[j]);
  }
  if (batch.P.pattern.nonzeros() > 0) {
    text += "QUADOBJ\n";
    for (int i = 0; i < batch.variables; ++i)
      for (int k = batch.P.pattern.indptr[i]; k < batch.P.pattern.indptr[i + 1]; ++k)
        add(" {} {} {}\n", columns[i], columns[batch.P.pattern.indices[k]], p[k]);
  }
  return text + "ENDATA\n";
}

namespace {

// Rows f with P = Σ f fᵀ, so that ½ xᵀPx = ½ Σ (f·x)²; by LDLᵀ, a zero pivot gives no row.
std::vector<std::vector<std::pair<int, double>>> square_root(const Batch& batch) {
  const auto values = values_of(batch.P);
  const CoupledVariables coupled(batch.P.pattern);
  std::vector<std::vector<std::pair<int, double>>> rows;
  double largest = 0.0;
  for (int i = 0; i < batch.variables; ++i)
    for (int k = batch.P.pattern.indptr[i]; k < batch.P.pattern.indptr[i + 1]; ++k) {
      largest = std::max(largest, std::fabs(values[k]));
      if (coupled.place[i] >= 0) continue;
      if (values[k] < 0.0) throw Error("'{}': the quadratic cost is not convex", batch.name);
      if (values[k] > 0.0) rows.push_back({{i, std::sqrt(values[k])}});
    }
  if (coupled.size() == 0) return rows;
  // A shift far below the entries' rounding keeps singular leading blocks from dividing by zero.
  BlockFactor factor(coupled_block(batch.P.pattern, values.data(), coupled, 1e-13));
  if (factor.info() != Eigen::Success || factor.vectorD().minCoeff() < -1e-9 * largest)
    throw Error("'{}': the quadratic cost is not convex", batch.name);
  const SparseBlock l = factor.matrixL();
  const auto& order = factor.permutationPinv().indices();
  for (int c = 0; c < coupled.size(); ++c) {
    const double pivot = factor.vectorD()[c];
    if (pivot <= 1e-12 * largest) continue;
    std::vector<std::pair<int, double>> row;
    for (SparseBlock::InnerIterator it(l, c); it; ++it)
      row.push_back({coupled.variable[order[it.row()]], it.value() * std::sqrt(pivot)});
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string cbf_text(const Batch& batch) {
  require_one(batch, "CBF");
  const double *l = batch.l.of(0), *u = batch.u.of(0), *lb = batch.lb.of(0), *ub = batch.ub.of(0), *q = batch.q.of(0);
  const auto a = values_of(batch.A), g = values_of(batch.G);
  const auto root =
      batch.P.pattern.nonzeros() > 0 ? square_root(batch) : std::vector<std::vector<std::pair<int, double>>>{};
  const bool quadratic = !root.empty();
  const int n = batch.variables;

  struct Line {
    std::vector<std::pair<int, double>> entries;
    double offset;
  };
  std::vector<Line> equal, above, cones;  // = 0, ≥ 0, cone rows
  const auto row_of = [](const kernels::Matrix& matrix, const std::vector<double>& values, int i, double sign) {
    std::vector<std::pair<int, double>> entries;
    for (int k = matrix.pattern.indptr[i]; k < matrix.pattern.indptr[i + 1]; ++k)
      entries.push_back({matrix.pattern.indices[k], sign * values[k]});
    return entries;
  };
  for (int i = 0; i < batch.rows; ++i) {
    if (l[i] == u[i]) {
      equal.push_back({row_of(batch.A, a, i, 1.0), -l[i]});
      continue;
    }
    if (l[i] > -infinity) above.push_back({row_of(batch.A, a, i, 1.0), -l[i]});
    if (u[i] < infinity) above.push_back({row_of(batch.A, a, i, -1.0), u[i]});
  }
  for (int j = 0; j < n; ++j) {
    if (lb[j] == ub[j]) {
      equal.push_back({{{j, 1.0}}, -lb[j]});
      continue;
    }
    if (lb[j] > -infinity) above.push_back({{{j, 1.0}}, -lb[j]});
    if (ub[j] < infinity) above.push_back({{{j, -1.0}}, ub[j]});
  }
  for (int i = 0; i < batch.cone_rows(); ++i) cones.push_back({row_of(batch.G, g, i, 1.0), batch.g.of(0)[i]});

  std::string text = "VER\n3\n\nOBJSENSE\nMIN\n\n";
  const auto add = [&text]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
  };
  const auto names = file_names(batch.variable_names, n, 'x');
  for (int j = 0; j < n; ++j) add("# variable {} {}\n", j, names[j]);
  if (quadratic) add("# variable {}: the quadratic cost\n", n);
  const int total = n + (quadratic ? 1 : 0);
  add("VAR\n{} 1\nF {}\n\n", total, total);

  std::string blocks;
  std::vector<Line> lines;
  int count = 0;
  const auto block = [&](const char* kind, std::size_t size) {
    blocks += fmt::format("{} {}\n", kind, size);
    ++count;
  };
  if (!equal.empty()) block("L=", equal.size());
  if (!above.empty()) block("L+", above.size());
  for (const auto& cone : batch.cones)
    block(cone.kind == kernels::ConeKind::rotated ? "QR" : "Q", static_cast<std::size_t>(cone.size));
  for (auto* part : {&equal, &above, &cones}) lines.insert(lines.end(), part->begin(), part->end());
  if (quadratic) {  // ‖F x‖² ≤ 2 t · 1
    block("QR", root.size() + 2);
    lines.push_back({{{n, 1.0}}, 0.0});
    lines.push_back({{}, 1.0});
    for (const auto& row : root) lines.push_back({row, 0.0});
  }
  if (!lines.empty()) add("CON\n{} {}\n{}\n", lines.size(), count, blocks);

  std::string body;
  std::size_t entries = 0;
  for (int j = 0; j < n; ++j)
    if (q[j] != 0.0) {
      body += fmt::format("{} {}\n", j, q[j]);
      ++entries;
    }
  if (quadratic) {
    body += fmt::format("{} 1\n", n);
    ++entries;
  }
  if (entries > 0) add("OBJACOORD\n{}\n{}\n", entries, body);
  if (*batch.r.of(0) != 0.0) add("OBJBCOORD\n{}\n\n", *batch.r.of(0));
  body.clear();
  entries = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const auto& [j, value] : lines[i].entries) {
      if (value == 0.0) continue;
      body += fmt::format("{} {} {}\n", i, j, value);
      ++entries;
    }
  if (entries > 0) add("ACOORD\n{}\n{}\n", entries, body);
  body.clear();
  entries = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].offset != 0.0) {
      body += fmt::format("{} {}\n", i, lines[i].offset);
      ++entries;
    }
  if (entries > 0) add("BCOORD\n{}\n{}", entries, body);
  return text;
}

}  // namespace wattstein::engine
