#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/hdf5_handle.hpp"

namespace wattstein::files {
namespace {

Hdf5Handle make_space(const Shape& shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose};
}

Hdf5Handle make_links() {
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  return links;
}

Hdf5Handle text_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

Hdf5Writer::Hdf5Writer(std::filesystem::path file) : file_(std::move(file)), part_(file_.string() + ".part") {
  silence_hdf5();
  // HDF5 hides the reason of a failure: ask the system first.
  const int descriptor = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw Error("{}: cannot be written ({})", file_.string(), std::strerror(errno));
  ::close(descriptor);
  handle_ = H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (handle_ < 0) fail("/");
}

Hdf5Writer::~Hdf5Writer() {
  if (handle_ >= 0) {
    H5Fclose(handle_);
    ::unlink(part_.c_str());
  }
}

void Hdf5Writer::fail(const std::string& object) const {
  throw Error("{}, {}: cannot be written (is the disk full?)", file_.string(), object);
}

void Hdf5Writer::write(const std::string& name, std::int64_t memory_type, std::int64_t file_type, const void* values,
                       std::size_t count, const Shape& shape) {
  std::size_t expected = 1;
  for (const auto size : shape) expected *= static_cast<std::size_t>(size);
  if (count != expected)
    throw Error("{}, dataset {}: {} values for shape {}", file_.string(), name, count, shape_text(shape));
  const auto space = make_space(shape);
  const auto links = make_links();
  const Hdf5Handle dataset(
      H5Dcreate2(handle_, name.c_str(), file_type, space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  if (!dataset) fail(name);
  if (count > 0 && H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail(name);
}

void Hdf5Writer::numbers(const std::string& name, std::span<const double> values, const Shape& shape) {
  write(name, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, values.data(), values.size(), shape);
}
void Hdf5Writer::numbers32(const std::string& name, std::span<const float> values, const Shape& shape) {
  write(name, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE, values.data(), values.size(), shape);
}
void Hdf5Writer::bytes(const std::string& name, std::span<const std::int8_t> values, const Shape& shape) {
  write(name, H5T_NATIVE_INT8, H5T_STD_I8LE, values.data(), values.size(), shape);
}
void Hdf5Writer::integers32(const std::string& name, std::span<const std::int32_t> values, const Shape& shape) {
  write(name, H5T_NATIVE_INT32, H5T_STD_I32LE, values.data(), values.size(), shape);
}
void Hdf5Writer::integers64(const std::string& name, std::span<const std::int64_t> values, const Shape& shape) {
  write(name, H5T_NATIVE_INT64, H5T_STD_I64LE, values.data(), values.size(), shape);
}

void Hdf5Writer::texts(const std::string& name, std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const auto& value : values) pointers.push_back(value.c_str());
  const auto type = text_type();
  write(name, type.get(), type.get(), pointers.data(), pointers.size(), {static_cast<std::int64_t>(values.size())});
}

void Hdf5Writer::declare(const std::string& name, const Shape& shape) {
  const auto space = make_space(shape);
  const auto links = make_links();
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const double empty = std::numeric_limits<double>::quiet_NaN();
  H5Pset_fill_value(properties.get(), H5T_NATIVE_DOUBLE, &empty);
  const Hdf5Handle dataset(
      H5Dcreate2(handle_, name.c_str(), H5T_IEEE_F64LE, space.get(), links.get(), properties.get(), H5P_DEFAULT),
      H5Dclose);
  if (!dataset) fail(name);
}

void Hdf5Writer::rows(const std::string& name, std::int64_t first, std::span<const double> values) {
  if (values.empty()) return;
  const Hdf5Handle dataset(H5Dopen2(handle_, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) fail(name);
  const Hdf5Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  std::vector<hsize_t> size(static_cast<std::size_t>(rank)), start(static_cast<std::size_t>(rank), 0);
  H5Sget_simple_extent_dims(space.get(), size.data(), nullptr);
  std::size_t width = 1;
  for (std::size_t axis = 1; axis < size.size(); ++axis) width *= size[axis];
  size[0] = values.size() / width;
  start[0] = static_cast<hsize_t>(first);
  const Hdf5Handle memory(H5Screate_simple(rank, size.data(), nullptr), H5Sclose);
  if (values.size() % width != 0 ||
      H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) < 0 ||
      H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, values.data()) < 0)
    fail(name);
}

void Hdf5Writer::write_attribute(const std::string& object, const std::string& name, std::int64_t type,
                                 std::int64_t space, const void* value) {
  if (H5Aexists_by_name(handle_, object.c_str(), name.c_str(), H5P_DEFAULT) > 0)
    H5Adelete_by_name(handle_, object.c_str(), name.c_str(), H5P_DEFAULT);
  const Hdf5Handle attribute(
      H5Acreate_by_name(handle_, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!attribute || H5Awrite(attribute.get(), type, value) < 0) fail(object + " attribute " + name);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::string_view text) {
  const std::string copy(text);
  const char* pointer = copy.c_str();
  const auto space = make_space({});
  write_attribute(object, name, text_type().get(), space.get(), &pointer);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
  const auto space = make_space({});
  write_attribute(object, name, H5T_NATIVE_INT64, space.get(), &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, double value) {
  const auto space = make_space({});
  write_attribute(object, name, H5T_NATIVE_DOUBLE, space.get(), &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::span<const std::string> texts) {
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  const auto space = make_space({static_cast<std::int64_t>(texts.size())});
  write_attribute(object, name, text_type().get(), space.get(), pointers.data());
}

void Hdf5Writer::commit() {
  const herr_t flushed = H5Fflush(handle_, H5F_SCOPE_GLOBAL);
  const herr_t closed = H5Fclose(handle_);
  handle_ = -1;
  int failure = flushed < 0 || closed < 0 ? ENOSPC : 0;
  if (failure == 0) {
    const int descriptor = ::open(part_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || (::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS)) failure = errno;
    if (descriptor >= 0) ::close(descriptor);
  }
  if (failure == 0 && ::rename(part_.c_str(), file_.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(part_.c_str());
    throw Error("{}: cannot be written ({})", file_.string(), std::strerror(failure));
  }
}

}  // namespace wattstein::files
