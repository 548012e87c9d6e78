#include <algorithm>
#include <functional>
#include <limits>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/hdf5_handle.hpp"

namespace wattstein::files {
namespace {

Hdf5Type type_class(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return Hdf5Type::floating;
    case H5T_INTEGER:
      return Hdf5Type::integer;
    case H5T_STRING:
      return Hdf5Type::text;
    default:
      return Hdf5Type::other;
  }
}

const char* type_word(Hdf5Type type) {
  switch (type) {
    case Hdf5Type::floating:
      return "floating point";
    case Hdf5Type::integer:
      return "integer";
    case Hdf5Type::text:
      return "text";
    default:
      return "another type";
  }
}

// H5Lexists wants every link on the way to exist.
bool link_exists(hid_t file, const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (slash == std::string::npos) break;
  }
  return H5Oexists_by_name(file, path.c_str(), H5P_DEFAULT) > 0;
}

H5I_type_t object_kind(hid_t file, const std::string& path) {
  if (path != "/" && !link_exists(file, path)) return H5I_BADID;
  const Hdf5Handle object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  return object ? H5Iget_type(object.get()) : H5I_BADID;
}

std::vector<std::string> read_texts(hid_t type, std::int64_t count, const std::function<herr_t(hid_t, void*)>& read) {
  std::vector<std::string> values;
  const auto size = static_cast<std::size_t>(count);
  if (size == 0) return values;
  const Hdf5Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_cset(memory.get(), H5Tget_cset(type));
  if (H5Tis_variable_str(type) > 0) {
    H5Tset_size(memory.get(), H5T_VARIABLE);
    std::vector<char*> pointers(size, nullptr);
    if (read(memory.get(), pointers.data()) >= 0)
      for (const char* pointer : pointers) values.emplace_back(pointer == nullptr ? "" : pointer);
    for (char* pointer : pointers)
      if (pointer != nullptr) H5free_memory(pointer);
    return values;
  }
  const std::size_t width = H5Tget_size(type) + 1;
  H5Tset_size(memory.get(), width);
  std::vector<char> characters(size * width, '\0');
  if (read(memory.get(), characters.data()) >= 0)
    for (std::size_t i = 0; i < size; ++i) values.emplace_back(characters.data() + i * width);
  return values;
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + ")";
}

Hdf5Reader::Hdf5Reader(std::filesystem::path file) : file_(std::move(file)) {
  silence_hdf5();
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) throw Error("{}: no such file", file_.string());
  if (std::filesystem::is_directory(file_, ignored))
    throw Error("{}: is a folder, expected an HDF5 file", file_.string());
  handle_ = H5Fopen(file_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (handle_ < 0) throw Error("{}: is no HDF5 file, or it is damaged or not readable", file_.string());
}

Hdf5Reader::~Hdf5Reader() {
  if (handle_ >= 0) H5Fclose(handle_);
}

void Hdf5Reader::refuse(const std::string& dataset, std::string_view what) const {
  throw Error("{}, dataset {}: {}", file_.string(), dataset, what);
}

bool Hdf5Reader::has_group(const std::string& path) const {
  return object_kind(handle_, path) == H5I_GROUP;
}
bool Hdf5Reader::has_dataset(const std::string& path) const {
  return object_kind(handle_, path) == H5I_DATASET;
}

std::vector<std::string> Hdf5Reader::members(const std::string& group) const {
  const Hdf5Handle opened(H5Gopen2(handle_, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!opened) throw Error("{}: has no group {}", file_.string(), group);
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* target) -> herr_t {
    static_cast<std::vector<std::string>*>(target)->emplace_back(name);
    return 0;
  };
  if (H5Literate(opened.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names) < 0)
    throw Error("{}: group {} cannot be listed (the file is damaged)", file_.string(), group);
  std::sort(names.begin(), names.end());
  return names;
}

namespace {
struct Dataset {
  Hdf5Handle dataset, space, type;
};
Dataset open_dataset(const Hdf5Reader& reader, hid_t file, const std::string& name) {
  Hdf5Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) reader.refuse(name, "is missing");
  Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  Hdf5Handle type(H5Dget_type(dataset.get()), H5Tclose);
  if (!space || !type) reader.refuse(name, "is damaged");
  return {std::move(dataset), std::move(space), std::move(type)};
}
Shape shape_of(const Dataset& opened) {
  const int rank = H5Sget_simple_extent_ndims(opened.space.get());
  std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(opened.space.get(), sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}
std::int64_t count_of(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto size : shape) {
    if (size != 0 && count > std::numeric_limits<std::int64_t>::max() / 16 / size) return -1;
    count *= size;
  }
  return count;
}
}  // namespace

Shape Hdf5Reader::shape(const std::string& dataset) const {
  return shape_of(open_dataset(*this, handle_, dataset));
}

Hdf5Type Hdf5Reader::type(const std::string& dataset) const {
  return type_class(open_dataset(*this, handle_, dataset).type.get());
}

std::vector<double> Hdf5Reader::numbers(const std::string& dataset) const {
  return read_numbers(dataset, 0, -1);
}

std::vector<double> Hdf5Reader::number_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const {
  return read_numbers(dataset, first, count);
}

std::vector<double> Hdf5Reader::read_numbers(const std::string& name, std::int64_t first, std::int64_t count) const {
  const Dataset opened = open_dataset(*this, handle_, name);
  const auto kind = type_class(opened.type.get());
  if (kind != Hdf5Type::floating)
    refuse(name, fmt::format("has type {}, expected floating point (float64 or float32)", type_word(kind)));
  Shape shape = shape_of(opened);
  hid_t memory_space = H5S_ALL, file_space = H5S_ALL;
  Hdf5Handle slab(-1, H5Sclose);
  if (count >= 0) {
    if (shape.empty() || first < 0 || first + count > shape[0])
      refuse(name, fmt::format("has shape {}, rows {} to {} asked for", shape_text(shape), first, first + count - 1));
    shape[0] = count;
  }
  const std::int64_t total = count_of(shape);
  if (total < 0) refuse(name, fmt::format("has shape {}, which is too large", shape_text(shape)));
  std::vector<double> values(static_cast<std::size_t>(total));
  if (values.empty()) return values;
  if (count >= 0) {
    std::vector<hsize_t> start(shape.size(), 0), size(shape.begin(), shape.end());
    start[0] = static_cast<hsize_t>(first);
    if (H5Sselect_hyperslab(opened.space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) < 0)
      refuse(name, "cannot be read");
    const Hdf5Handle memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    memory_space = memory.get();
    file_space = opened.space.get();
    if (H5Dread(opened.dataset.get(), H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, values.data()) < 0)
      refuse(name, "cannot be read (the file is damaged)");
    return values;
  }
  if (H5Dread(opened.dataset.get(), H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, values.data()) < 0)
    refuse(name, "cannot be read (the file is damaged)");
  return values;
}

std::vector<std::int64_t> Hdf5Reader::integers(const std::string& name) const {
  const Dataset opened = open_dataset(*this, handle_, name);
  const auto kind = type_class(opened.type.get());
  if (kind != Hdf5Type::integer) refuse(name, fmt::format("has type {}, expected integer", type_word(kind)));
  const std::int64_t total = count_of(shape_of(opened));
  if (total < 0) refuse(name, "is too large");
  std::vector<std::int64_t> values(static_cast<std::size_t>(total));
  if (!values.empty() &&
      H5Dread(opened.dataset.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    refuse(name, "cannot be read (the file is damaged)");
  return values;
}

std::vector<std::string> Hdf5Reader::texts(const std::string& name) const {
  const Dataset opened = open_dataset(*this, handle_, name);
  const auto kind = type_class(opened.type.get());
  if (kind != Hdf5Type::text) refuse(name, fmt::format("has type {}, expected text", type_word(kind)));
  const std::int64_t total = count_of(shape_of(opened));
  auto values = read_texts(opened.type.get(), total, [&](hid_t memory, void* target) {
    return H5Dread(opened.dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, target);
  });
  if (values.size() != static_cast<std::size_t>(total)) refuse(name, "cannot be read (the file is damaged)");
  return values;
}

namespace {
Hdf5Handle open_attribute(hid_t file, const std::string& object, const std::string& name) {
  if (H5Aexists_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT) <= 0) return {-1, H5Aclose};
  Hdf5Handle attribute(H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute) return attribute;
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (!space || H5Sget_simple_extent_npoints(space.get()) != 1) return {-1, H5Aclose};
  return attribute;
}
}  // namespace

std::optional<std::string> Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(handle_, object, name);
  if (!attribute) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (type_class(type.get()) != Hdf5Type::text) return std::nullopt;
  const auto values =
      read_texts(type.get(), 1, [&](hid_t memory, void* target) { return H5Aread(attribute.get(), memory, target); });
  if (values.empty()) return std::nullopt;
  return values[0];
}

std::optional<std::int64_t> Hdf5Reader::integer_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(handle_, object, name);
  if (!attribute) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  std::int64_t value = 0;
  if (type_class(type.get()) != Hdf5Type::integer || H5Aread(attribute.get(), H5T_NATIVE_INT64, &value) < 0)
    return std::nullopt;
  return value;
}

std::optional<double> Hdf5Reader::number_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(handle_, object, name);
  if (!attribute) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const auto kind = type_class(type.get());
  double value = 0.0;
  if ((kind != Hdf5Type::floating && kind != Hdf5Type::integer) ||
      H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value) < 0)
    return std::nullopt;
  return value;
}

}  // namespace wattstein::files
