#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/problem/batch_file.hpp"

namespace wattstein::engine {
namespace {

using files::Hdf5Writer;
using files::Shape;

void write_matrix(Hdf5Writer& out, const std::string& group, const kernels::Matrix& matrix, std::int64_t problems) {
  const auto length = [](const auto& values) { return Shape{static_cast<std::int64_t>(values.size())}; };
  out.integers32(group + "/indptr", matrix.pattern.indptr, length(matrix.pattern.indptr));
  out.integers32(group + "/indices", matrix.pattern.indices, length(matrix.pattern.indices));
  const std::int64_t nnz = matrix.pattern.nonzeros();
  out.numbers(group + "/data", matrix.data, matrix.per_problem ? Shape{problems, nnz} : Shape{nnz});
  if (matrix.delta_indptr.empty()) return;
  out.integers64(group + "/delta_indptr", matrix.delta_indptr, length(matrix.delta_indptr));
  out.integers64(group + "/delta_position", matrix.delta_position, length(matrix.delta_position));
  out.numbers(group + "/delta_value", matrix.delta_value, length(matrix.delta_value));
}

void write_field(Hdf5Writer& out, const std::string& name, const kernels::Field& field, std::int64_t problems) {
  out.numbers(name, field.data, field.per_problem ? Shape{problems, field.width} : Shape{field.width});
}

}  // namespace

void write_batch_file(const std::filesystem::path& file, const kernels::Batch& batch, const BatchReference& reference,
                      const std::string& note) {
  Hdf5Writer out(file);
  out.attribute("/", "format", "wattstein-batch");
  out.attribute("/", "version", std::int64_t{1});
  out.attribute("/", "name", batch.name);
  out.attribute("/", "problems", batch.problems);
  out.attribute("/", "variables", std::int64_t{batch.variables});
  out.attribute("/", "rows", std::int64_t{batch.rows});
  if (!batch.objective_unit.empty()) out.attribute("/", "objective_unit", batch.objective_unit);
  if (!note.empty()) out.attribute("/", "note", note);
  const auto problems = batch.problems;
  write_matrix(out, "A", batch.A, problems);
  if (batch.P.pattern.nonzeros() > 0) write_matrix(out, "P", batch.P, problems);
  if (!batch.cones.empty()) {
    write_matrix(out, "G", batch.G, problems);
    std::vector<std::int8_t> kinds;
    std::vector<std::int32_t> sizes;
    for (const auto& cone : batch.cones) {
      kinds.push_back(static_cast<std::int8_t>(cone.kind));
      sizes.push_back(cone.size);
    }
    const Shape count{static_cast<std::int64_t>(kinds.size())};
    out.bytes("cones/kind", kinds, count);
    out.integers32("cones/size", sizes, count);
    write_field(out, "g", batch.g, problems);
  }
  write_field(out, "q", batch.q, problems);
  out.numbers("r", batch.r.data, batch.r.per_problem ? Shape{problems} : Shape{});
  write_field(out, "l", batch.l, problems);
  write_field(out, "u", batch.u, problems);
  write_field(out, "lb", batch.lb, problems);
  write_field(out, "ub", batch.ub, problems);
  if (!batch.start_x.empty()) write_field(out, "start/x", batch.start_x, problems);
  if (!batch.start_y.empty()) write_field(out, "start/y", batch.start_y, problems);
  if (!batch.start_w.empty()) write_field(out, "start/w", batch.start_w, problems);
  if (!batch.variable_names.empty()) out.texts("names/variables", batch.variable_names);
  if (!batch.row_names.empty()) out.texts("names/rows", batch.row_names);
  if (!reference.objective.empty()) out.numbers("reference/objective", reference.objective, {problems});
  if (!reference.bound.empty()) out.numbers("reference/bound", reference.bound, {problems});
  if (!reference.status.empty()) {
    std::vector<std::int8_t> codes;
    for (const auto status : reference.status) codes.push_back(static_cast<std::int8_t>(status));
    out.bytes("reference/status", codes, {problems});
  }
  out.commit();
}

}  // namespace wattstein::engine
