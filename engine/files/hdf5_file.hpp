#pragma once
// HDF5 through its C interface, behind two small classes. HDF5's own error printing is off; every failure is an Error
// that names file and dataset. The library is not thread safe: one thread reads or writes at a time.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::files {

using Shape = std::vector<std::int64_t>;  // {} is a scalar

/// "(480, 649)", "()" for a scalar: for messages.
std::string shape_text(const Shape& shape);

enum class Hdf5Type { floating, integer, text, other };

class Hdf5Reader {
 public:
  /// Error when the file is missing or no HDF5 file.
  explicit Hdf5Reader(std::filesystem::path file);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  const std::filesystem::path& file() const { return file_; }
  bool has_group(const std::string& path) const;
  bool has_dataset(const std::string& path) const;
  /// Names directly inside a group ("/" is the root), sorted.
  std::vector<std::string> members(const std::string& group) const;

  Shape shape(const std::string& dataset) const;
  Hdf5Type type(const std::string& dataset) const;
  /// All numbers, row by row. float32 and float64; Error for any other type.
  std::vector<double> numbers(const std::string& dataset) const;
  /// Rows first .. first+count-1 of axis 0.
  std::vector<double> number_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const;
  /// All integers of any width; Error for any other type.
  std::vector<std::int64_t> integers(const std::string& dataset) const;
  std::vector<std::string> texts(const std::string& dataset) const;

  /// Attributes of an object ("/" is the root); nothing when absent or of another type.
  std::optional<std::string> text_attribute(const std::string& object, const std::string& name) const;
  std::optional<std::int64_t> integer_attribute(const std::string& object, const std::string& name) const;
  std::optional<double> number_attribute(const std::string& object, const std::string& name) const;

  /// Throws Error("<file>, dataset <dataset>: <what>").
  [[noreturn]] void refuse(const std::string& dataset, std::string_view what) const;

 private:
  std::vector<double> read_numbers(const std::string& dataset, std::int64_t first, std::int64_t count) const;
  std::filesystem::path file_;
  std::int64_t handle_ = -1;
};

/// Writes `file.part`; commit() closes it and renames it to `file`. Without commit() nothing remains.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path file);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// Whole datasets; groups on the way are made. The span must hold as many entries as the shape.
  void numbers(const std::string& dataset, std::span<const double> values, const Shape& shape);
  void numbers32(const std::string& dataset, std::span<const float> values, const Shape& shape);
  void bytes(const std::string& dataset, std::span<const std::int8_t> values, const Shape& shape);
  void integers32(const std::string& dataset, std::span<const std::int32_t> values, const Shape& shape);
  void integers64(const std::string& dataset, std::span<const std::int64_t> values, const Shape& shape);
  void texts(const std::string& dataset, std::span<const std::string> values);

  /// A float64 dataset of the given shape (filled with NaN) whose rows come later, in any order.
  void declare(const std::string& dataset, const Shape& shape);
  void rows(const std::string& dataset, std::int64_t first, std::span<const double> values);

  /// Attributes of a dataset, a group or the root "/". An existing one is replaced.
  void attribute(const std::string& object, const std::string& name, std::string_view text);
  void attribute(const std::string& object, const std::string& name, std::int64_t value);
  void attribute(const std::string& object, const std::string& name, double value);
  void attribute(const std::string& object, const std::string& name, std::span<const std::string> texts);

  void commit();

 private:
  void write(const std::string& dataset, std::int64_t memory_type, std::int64_t file_type, const void* values,
             std::size_t count, const Shape& shape);
  void write_attribute(const std::string& object, const std::string& name, std::int64_t type, std::int64_t space,
                       const void* value);
  [[noreturn]] void fail(const std::string& object) const;
  std::filesystem::path file_, part_;
  std::int64_t handle_ = -1;
};

}  // namespace wattstein::files
