#include "engine/dataset/table_file.hpp"

#include <algorithm>
#include <cstring>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_handle.hpp"

namespace wattstein::engine {
namespace {

using files::Hdf5Handle;

/// What a value has in memory and on disk.
Hdf5Handle type_of(ColumnType type) {
  switch (type) {
    case ColumnType::real64:
      return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case ColumnType::real32:
      return {H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
    case ColumnType::integer:
      return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
    case ColumnType::flag:
      return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
    default:
      break;
  }
  Hdf5Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(text.get(), text_bytes);
  H5Tset_strpad(text.get(), H5T_STR_NULLPAD);
  H5Tset_cset(text.get(), H5T_CSET_UTF8);
  return text;
}

/// Chunks of about a megabyte, not longer than the rows to come.
std::int64_t chunk_rows(std::int64_t row_bytes, std::int64_t expected_rows) {
  constexpr std::int64_t target = std::int64_t{1} << 20;
  const std::int64_t rows = std::clamp<std::int64_t>(target / std::max<std::int64_t>(row_bytes, 1), 16, 8192);
  return std::max<std::int64_t>(1, std::min(rows, expected_rows));
}

bool set_text_attribute(hid_t object, const char* name, const std::string& text) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(1, text.size()));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  Hdf5Handle attribute(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute && H5Awrite(attribute.get(), type.get(), text.c_str()) >= 0;
}

}  // namespace

std::string why_not_written(const std::filesystem::path& file) {
  std::error_code problem;
  const auto space = std::filesystem::space(file.parent_path(), problem);
  if (!problem && space.available < (std::uintmax_t{1} << 21)) return "no space left on the disk";
  return "cannot be written";
}

struct TableFile::Dataset {
  std::string name;
  ColumnType type;
  std::int64_t width = 1, row_bytes = 8, chunk = 1;
  std::int64_t rows = 0, written = 0;  // appended; already in the file
  std::vector<hsize_t> shape;          // (rows, trailing...)
  Hdf5Handle handle{-1, H5Dclose};
  std::vector<char> gathered;  // (chunk × row_bytes)
};

TableFile::TableFile(std::filesystem::path file, std::span<const Column> columns, std::int64_t expected_rows)
    : file_(std::move(file)) {
  files::silence_hdf5();
  handle_ = H5Fcreate(file_.string().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (handle_ < 0) throw Error("{}: {}", file_.string(), why_not_written(file_));
  for (const Column& column : columns) {
    auto made = std::make_unique<Dataset>();
    Dataset& dataset = *made;
    dataset.name = column.name;
    dataset.type = column.type;
    dataset.width = column.width();
    dataset.row_bytes = dataset.width * entry_bytes(column.type);
    dataset.chunk = chunk_rows(dataset.row_bytes, expected_rows);
    dataset.shape.assign(1, 0);
    std::vector<hsize_t> most{H5S_UNLIMITED}, chunk{static_cast<hsize_t>(dataset.chunk)};
    for (const auto size : column.shape) {
      dataset.shape.push_back(static_cast<hsize_t>(size));
      most.push_back(static_cast<hsize_t>(size));
      chunk.push_back(static_cast<hsize_t>(std::max<std::int64_t>(size, 1)));
    }
    const int rank = static_cast<int>(dataset.shape.size());
    Hdf5Handle space(H5Screate_simple(rank, dataset.shape.data(), most.data()), H5Sclose);
    Hdf5Handle settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(settings.get(), rank, chunk.data());
    H5Pset_fill_time(settings.get(), H5D_FILL_TIME_NEVER);
    const Hdf5Handle type = type_of(column.type);
    const hid_t id =
        H5Dcreate2(handle_, column.name.c_str(), type.get(), space.get(), H5P_DEFAULT, settings.get(), H5P_DEFAULT);
    if (id < 0) fail(column.name);
    std::destroy_at(&dataset.handle);
    std::construct_at(&dataset.handle, id, H5Dclose);
    if (!column.units.empty() && !set_text_attribute(id, "units", column.units)) fail(column.name);
    dataset.gathered.resize(static_cast<std::size_t>(dataset.chunk * dataset.row_bytes));
    datasets_.push_back(std::move(made));
  }
}

TableFile::~TableFile() {
  datasets_.clear();
  if (handle_ >= 0) H5Fclose(handle_);
}

void TableFile::fail(const std::string& dataset) const {
  throw Error("{}, dataset {}: {}", file_.string(), dataset, why_not_written(file_));
}

void TableFile::append(std::size_t index, const void* entries) {
  Dataset& dataset = *datasets_[index];
  std::memcpy(dataset.gathered.data() + (dataset.rows - dataset.written) * dataset.row_bytes, entries,
              static_cast<std::size_t>(dataset.row_bytes));
  if (++dataset.rows - dataset.written == dataset.chunk) write_full_chunk(dataset);
}

void TableFile::append_text(std::size_t index, std::string_view text) {
  char padded[text_bytes] = {};
  std::memcpy(padded, text.data(), std::min<std::size_t>(text.size(), text_bytes));
  append(index, padded);
}

void TableFile::append_reals(std::size_t index, const double* entries) {
  Dataset& dataset = *datasets_[index];
  if (dataset.type != ColumnType::real32) return append(index, entries);
  auto* to = reinterpret_cast<float*>(dataset.gathered.data() + (dataset.rows - dataset.written) * dataset.row_bytes);
  for (std::int64_t k = 0; k < dataset.width; ++k) to[k] = static_cast<float>(entries[k]);
  if (++dataset.rows - dataset.written == dataset.chunk) write_full_chunk(dataset);
}

void TableFile::write_full_chunk(Dataset& dataset) {
  if (dataset.row_bytes > 0) {
    dataset.shape[0] = static_cast<hsize_t>(dataset.rows);
    std::vector<hsize_t> start(dataset.shape.size(), 0);
    start[0] = static_cast<hsize_t>(dataset.written);
    if (H5Dset_extent(dataset.handle.get(), dataset.shape.data()) < 0 ||
        H5Dwrite_chunk(dataset.handle.get(), H5P_DEFAULT, 0, start.data(), dataset.gathered.size(),
                       dataset.gathered.data()) < 0)
      fail(dataset.name);
  }
  dataset.written = dataset.rows;
}

void TableFile::side_dataset(const std::string& path, std::span<const std::int64_t> values) {
  const hsize_t size = values.size();
  Hdf5Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  Hdf5Handle made(H5Dcreate2(handle_, path.c_str(), H5T_STD_I64LE, space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Dclose);
  if (!made || H5Dwrite(made.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) fail(path);
}

void TableFile::side_dataset(const std::string& path, std::span<const double> values, const std::string& units) {
  const hsize_t size = values.size();
  Hdf5Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  Hdf5Handle made(H5Dcreate2(handle_, path.c_str(), H5T_IEEE_F64LE, space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Dclose);
  if (!made || H5Dwrite(made.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0 ||
      !set_text_attribute(made.get(), "units", units))
    fail(path);
}

std::int64_t TableFile::rows() const {
  return datasets_.empty() ? 0 : datasets_.front()->rows;
}

void TableFile::close() {
  for (auto& item : datasets_) {
    Dataset& dataset = *item;
    const std::int64_t left = dataset.rows - dataset.written;
    if (left > 0 || dataset.row_bytes == 0) {
      dataset.shape[0] = static_cast<hsize_t>(dataset.rows);
      if (H5Dset_extent(dataset.handle.get(), dataset.shape.data()) < 0) fail(dataset.name);
    }
    if (left > 0 && dataset.row_bytes > 0) {
      std::vector<hsize_t> start(dataset.shape.size(), 0), count = dataset.shape;
      start[0] = static_cast<hsize_t>(dataset.written);
      count[0] = static_cast<hsize_t>(left);
      const Hdf5Handle type = type_of(dataset.type);
      Hdf5Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
      Hdf5Handle space(H5Dget_space(dataset.handle.get()), H5Sclose);
      if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
          H5Dwrite(dataset.handle.get(), type.get(), memory.get(), space.get(), H5P_DEFAULT, dataset.gathered.data()) <
              0)
        fail(dataset.name);
    }
    dataset.written = dataset.rows;
  }
  if (H5Fflush(handle_, H5F_SCOPE_LOCAL) < 0) throw Error("{}: {}", file_.string(), why_not_written(file_));
  datasets_.clear();
  if (H5Fclose(std::exchange(handle_, -1)) < 0) throw Error("{}: {}", file_.string(), why_not_written(file_));
}

}  // namespace wattstein::engine
