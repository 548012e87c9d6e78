#include <algorithm>
#include <array>
#include <limits>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/problem/batch_file.hpp"

namespace wattstein::engine {
namespace {

using files::Hdf5Reader;
using files::Shape;
using files::shape_text;
using kernels::Batch;
using kernels::Field;
using kernels::Matrix;

constexpr std::array<const char*, 7> known_root = {"q", "r", "l", "u", "lb", "ub", "g"};
struct KnownGroup {
  const char* name;
  std::vector<std::string> members;
};
const std::vector<KnownGroup>& known_groups() {
  static const std::vector<std::string> matrix = {"indptr",       "indices",        "data",
                                                  "delta_indptr", "delta_position", "delta_value"};
  static const std::vector<KnownGroup> groups = {{"A", matrix},
                                                 {"P", matrix},
                                                 {"G", matrix},
                                                 {"cones", {"kind", "size"}},
                                                 {"start", {"x", "y", "w"}},
                                                 {"names", {"variables", "rows"}},
                                                 {"reference", {"objective", "status", "bound"}}};
  return groups;
}

class Reading {
 public:
  Reading(const std::filesystem::path& file, std::int64_t first, std::int64_t count)
      : in_(file), first_(first), count_(count) {}

  BatchFile run() {
    attributes();
    refuse_unknown();
    Batch& batch = out_.batch;
    const auto n = batch.variables, m = batch.rows;
    if (!in_.has_group("A"))
      throw Error("{}: the group A (A/indptr, A/indices, A/data) is missing", in_.file().string());
    batch.A = matrix("A", m);
    if (in_.has_group("P")) {
      batch.P = matrix("P", n);
      upper_triangle(batch.P);
    }
    cones();
    batch.q = field("q", n, true);
    batch.r = scalar_field("r");
    batch.l = field("l", m, true);
    batch.u = field("u", m, true);
    batch.lb = field("lb", n, true);
    batch.ub = field("ub", n, true);
    if (in_.has_dataset("g")) batch.g = field("g", batch.cone_rows(), true);
    batch.start_x = field("start/x", n, false);
    batch.start_y = field("start/y", m, false);
    batch.start_w = field("start/w", batch.cone_rows(), false);
    batch.variable_names = names("names/variables", n);
    batch.row_names = names("names/rows", m);
    reference();
    return std::move(out_);
  }

 private:
  [[noreturn]] void wrong_attribute(const char* name, const std::string& found, const std::string& expected) const {
    throw Error("{}, attribute {}: found {}, expected {}", in_.file().string(), name, found, expected);
  }

  std::int64_t size_attribute(const char* name, std::int64_t least) const {
    const auto value = in_.integer_attribute("/", name);
    if (!value) wrong_attribute(name, "nothing (or no integer)", fmt::format("an integer >= {}", least));
    if (*value < least || *value > std::numeric_limits<std::int32_t>::max())
      wrong_attribute(name, std::to_string(*value), fmt::format("an integer >= {} and < 2^31", least));
    return *value;
  }

  void attributes() {
    const auto format = in_.text_attribute("/", "format");
    if (!format || *format != "wattstein-batch")
      wrong_attribute("format", format ? "'" + *format + "'" : "nothing", "'wattstein-batch'");
    const auto version = in_.integer_attribute("/", "version");
    if (!version || *version != 1) wrong_attribute("version", version ? std::to_string(*version) : "nothing", "1");
    const auto name = in_.text_attribute("/", "name");
    if (!name) wrong_attribute("name", "nothing (or no text)", "a text");
    total_ = size_attribute("problems", 1);
    const auto n = static_cast<int>(size_attribute("variables", 1));
    const auto m = static_cast<int>(size_attribute("rows", 0));
    if (first_ < 0 || first_ >= total_)
      throw Error("{}: first = {}, but the file holds problems 0 to {}", in_.file().string(), first_, total_ - 1);
    if (count_ == 0) count_ = total_ - first_;
    if (count_ < 0 || first_ + count_ > total_)
      throw Error("{}: first = {} and count = {}, but the file holds {} problems", in_.file().string(), first_, count_,
                  total_);
    out_.batch = kernels::make_batch(count_, n, m);
    out_.batch.name = *name;
    out_.batch.objective_unit = in_.text_attribute("/", "objective_unit").value_or("");
    out_.note = in_.text_attribute("/", "note").value_or("");
    out_.first = first_;
    out_.total = total_;
  }

  void refuse_unknown() const {
    for (const auto& name : in_.members("/")) {
      const auto group = std::find_if(known_groups().begin(), known_groups().end(),
                                      [&](const KnownGroup& known) { return name == known.name; });
      if (group == known_groups().end()) {
        const bool known = std::find(known_root.begin(), known_root.end(), name) != known_root.end();
        if (known && !in_.has_dataset(name)) in_.refuse(name, "is no dataset");
        if (!known && in_.has_dataset(name))
          in_.refuse(name, "is not known; expected at the root: q, r, l, u, lb, ub, g");
        continue;
      }
      if (!in_.has_group(name)) throw Error("{}: {} is no group", in_.file().string(), name);
      for (const auto& member : in_.members(name)) {
        const std::string dataset = fmt::format("{}/{}", name, member);
        std::string known;
        for (const auto& each : group->members) known += (known.empty() ? "" : ", ") + each;
        if (std::find(group->members.begin(), group->members.end(), member) == group->members.end())
          in_.refuse(dataset, fmt::format("is not known; expected in {}: {}", name, known));
        if (!in_.has_dataset(dataset)) in_.refuse(dataset, "is no dataset");
      }
    }
  }

  void require(const std::string& dataset) const {
    if (!in_.has_dataset(dataset)) in_.refuse(dataset, "is missing; it is required");
  }

  void expect_shape(const std::string& dataset, const Shape& shape, const std::vector<Shape>& allowed) const {
    if (std::find(allowed.begin(), allowed.end(), shape) != allowed.end()) return;
    std::string words;
    for (const auto& each : allowed) words += (words.empty() ? "" : " or ") + shape_text(each);
    in_.refuse(dataset, fmt::format("has shape {}, expected {}", shape_text(shape), words));
  }

  // (width), or rows first .. first+count-1 of (B, width)
  Field field(const std::string& dataset, std::int64_t width, bool required) const {
    if (!in_.has_dataset(dataset)) {
      if (required) require(dataset);
      return {};
    }
    const Shape shape = in_.shape(dataset);
    expect_shape(dataset, shape, {{width}, {total_, width}});
    Field field;
    field.width = width;
    field.per_problem = shape.size() == 2;
    field.data = field.per_problem ? in_.number_rows(dataset, first_, count_) : in_.numbers(dataset);
    return field;
  }

  Field scalar_field(const std::string& dataset) const {
    if (!in_.has_dataset(dataset)) return Field::constant(1, 0.0);
    const Shape shape = in_.shape(dataset);
    expect_shape(dataset, shape, {{}, {total_}});
    Field field;
    field.width = 1;
    field.per_problem = !shape.empty();
    field.data = field.per_problem ? in_.number_rows(dataset, first_, count_) : in_.numbers(dataset);
    return field;
  }

  std::vector<std::int64_t> pointers(const std::string& dataset, std::int64_t length, std::int64_t last,
                                     const std::string& last_is) const {
    require(dataset);
    expect_shape(dataset, in_.shape(dataset), {{length}});
    auto values = in_.integers(dataset);
    if (values.front() != 0) in_.refuse(dataset, fmt::format("starts with {}, expected 0", values.front()));
    for (std::size_t i = 1; i < values.size(); ++i)
      if (values[i] < values[i - 1])
        in_.refuse(dataset, fmt::format("decreases from {} to {} at entry {}", values[i - 1], values[i], i));
    if (values.back() != last)
      in_.refuse(dataset, fmt::format("ends with {}, expected {} ({})", values.back(), last, last_is));
    return values;
  }

  Matrix matrix(const std::string& group, std::int64_t rows) const {
    const auto n = out_.batch.variables;
    Matrix matrix;
    const std::string indices_name = group + "/indices", data_name = group + "/data", indptr_name = group + "/indptr";
    for (const auto& name : {indptr_name, indices_name, data_name}) require(name);
    const Shape indices_shape = in_.shape(indices_name);
    if (indices_shape.size() != 1)
      in_.refuse(indices_name, fmt::format("has shape {}, expected (nnz)", shape_text(indices_shape)));
    const std::int64_t nnz = indices_shape[0];
    if (nnz > std::numeric_limits<std::int32_t>::max())
      in_.refuse(indices_name, fmt::format("has {} entries, expected fewer than 2^31", nnz));
    const auto indptr = pointers(indptr_name, rows + 1, nnz, "the entries of " + indices_name);
    const auto indices = in_.integers(indices_name);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t k = indptr[row]; k < indptr[row + 1]; ++k) {
        if (indices[k] < 0 || indices[k] >= n)
          in_.refuse(indices_name, fmt::format("entry {} is {}, expected 0 to {}", k, indices[k], n - 1));
        if (k > indptr[row] && indices[k] <= indices[k - 1])
          in_.refuse(indices_name,
                     fmt::format("entry {} of row {} is {} after {}, expected ascending columns without duplicates", k,
                                 row, indices[k], indices[k - 1]));
      }
    matrix.pattern.rows = static_cast<int>(rows);
    matrix.pattern.columns = n;
    matrix.pattern.indptr.assign(indptr.begin(), indptr.end());
    matrix.pattern.indices.assign(indices.begin(), indices.end());
    const Shape data_shape = in_.shape(data_name);
    expect_shape(data_name, data_shape, {{nnz}, {total_, nnz}});
    matrix.per_problem = data_shape.size() == 2;
    matrix.data = matrix.per_problem ? in_.number_rows(data_name, first_, count_) : in_.numbers(data_name);
    deltas(group, nnz, matrix);
    return matrix;
  }

  void deltas(const std::string& group, std::int64_t nnz, Matrix& matrix) const {
    const std::string indptr = group + "/delta_indptr", position = group + "/delta_position",
                      value = group + "/delta_value";
    const int given = in_.has_dataset(indptr) + in_.has_dataset(position) + in_.has_dataset(value);
    if (given == 0) return;
    for (const auto& name : {indptr, position, value}) require(name);
    if (matrix.per_problem)
      in_.refuse(indptr,
                 fmt::format("stands beside {0}/data of shape (B, nnz); expected {0}/data of shape (nnz)", group));
    const Shape shape = in_.shape(position);
    if (shape.size() != 1) in_.refuse(position, fmt::format("has shape {}, expected (D)", shape_text(shape)));
    expect_shape(value, in_.shape(value), {shape});
    const auto starts = pointers(indptr, total_ + 1, shape[0], "the entries of " + position);
    const auto positions = in_.integers(position);
    for (std::size_t k = 0; k < positions.size(); ++k)
      if (positions[k] < 0 || positions[k] >= nnz)
        in_.refuse(position, fmt::format("entry {} is {}, expected 0 to {}", k, positions[k], nnz - 1));
    const std::int64_t from = starts[first_], to = starts[first_ + count_];
    for (std::int64_t b = first_; b <= first_ + count_; ++b) matrix.delta_indptr.push_back(starts[b] - from);
    matrix.delta_position.assign(positions.begin() + from, positions.begin() + to);
    matrix.delta_value = in_.number_rows(value, from, to - from);
  }

  void upper_triangle(const Matrix& matrix) const {
    for (int row = 0; row < matrix.pattern.rows; ++row) {
      const int begin = matrix.pattern.indptr[row];
      if (begin < matrix.pattern.indptr[row + 1] && matrix.pattern.indices[begin] < row)
        in_.refuse("P/indices", fmt::format("row {} has column {}, expected the upper triangle (column >= row)", row,
                                            matrix.pattern.indices[begin]));
    }
  }

  void cones() {
    Batch& batch = out_.batch;
    if (!in_.has_group("cones") && !in_.has_group("G")) return;
    for (const char* name : {"cones/kind", "cones/size"}) require(name);
    const Shape shape = in_.shape("cones/kind");
    if (shape.size() != 1) in_.refuse("cones/kind", fmt::format("has shape {}, expected (K)", shape_text(shape)));
    expect_shape("cones/size", in_.shape("cones/size"), {shape});
    const auto kinds = in_.integers("cones/kind"), sizes = in_.integers("cones/size");
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      if (kinds[k] != 0 && kinds[k] != 1)
        in_.refuse("cones/kind", fmt::format("entry {} is {}, expected 0 (second-order) or 1 (rotated)", k, kinds[k]));
      const std::int64_t least = kinds[k] == 0 ? 1 : 2;
      if (sizes[k] < least || sizes[k] > std::numeric_limits<std::int32_t>::max())
        in_.refuse("cones/size", fmt::format("entry {} is {}, expected at least {}", k, sizes[k], least));
      sum += sizes[k];
      batch.cones.push_back({static_cast<kernels::ConeKind>(kinds[k]), static_cast<int>(sizes[k])});
    }
    require("G/indptr");
    const Shape indptr = in_.shape("G/indptr");
    if (indptr.size() != 1 || indptr[0] != sum + 1)
      in_.refuse("G/indptr", fmt::format("has shape {}, expected ({}): the cone sizes add up to {} rows",
                                         shape_text(indptr), sum + 1, sum));
    batch.G = matrix("G", sum);
    batch.g = Field::constant(sum, 0.0);
  }

  std::vector<std::string> names(const std::string& dataset, std::int64_t length) const {
    if (!in_.has_dataset(dataset)) return {};
    expect_shape(dataset, in_.shape(dataset), {{length}});
    return in_.texts(dataset);
  }

  void reference() {
    const auto known = [&](const std::string& dataset) -> std::vector<double> {
      if (!in_.has_dataset(dataset)) return {};
      expect_shape(dataset, in_.shape(dataset), {{total_}});
      return in_.number_rows(dataset, first_, count_);
    };
    out_.reference.objective = known("reference/objective");
    out_.reference.bound = known("reference/bound");
    if (!in_.has_dataset("reference/status")) return;
    expect_shape("reference/status", in_.shape("reference/status"), {{total_}});
    const auto codes = in_.integers("reference/status");
    for (std::int64_t b = 0; b < total_; ++b) {
      if (codes[b] < 0 || codes[b] >= kernels::status_count)
        in_.refuse("reference/status",
                   fmt::format("entry {} is {}, expected 0 to {}", b, codes[b], kernels::status_count - 1));
      if (b >= first_ && b < first_ + count_) out_.reference.status.push_back(static_cast<kernels::Status>(codes[b]));
    }
  }

  Hdf5Reader in_;
  std::int64_t first_, count_, total_ = 0;
  BatchFile out_;
};

}  // namespace

BatchFile read_batch_file(const std::filesystem::path& file, std::int64_t first, std::int64_t count) {
  return Reading(file, first, count).run();
}

}  // namespace wattstein::engine
