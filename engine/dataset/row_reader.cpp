#include "engine/dataset/row_reader.hpp"

#include <algorithm>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_handle.hpp"

namespace wattstein::engine {
namespace {

/// Bytes of an entry on disk; 0 when the dataset cannot be opened.
std::size_t stored_bytes(const std::filesystem::path& file, const std::string& dataset) {
  files::silence_hdf5();
  files::Hdf5Handle opened(H5Fopen(file.string().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!opened) return 0;
  files::Hdf5Handle handle(H5Dopen2(opened.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!handle) return 0;
  files::Hdf5Handle type(H5Dget_type(handle.get()), H5Tclose);
  return H5Tget_size(type.get());
}

kernels::Status status_of(const std::string& word) {
  for (int code = 0; code < kernels::status_count; ++code)
    if (word == kernels::status_word(static_cast<kernels::Status>(code))) return static_cast<kernels::Status>(code);
  return kernels::Status::numerical_error;
}

}  // namespace

RowReader::RowReader(const std::filesystem::path& folder, const std::string& split, DsoData data)
    : folder_(folder / split), split_(split), infeasible_(split.rfind("infeasible", 0) == 0), data_(std::move(data)) {
  for (const DatasetFile kind :
       {DatasetFile::input, DatasetFile::primal, DatasetFile::dual, DatasetFile::meta, DatasetFile::ray}) {
    const bool wanted = kind == DatasetFile::ray
                            ? infeasible_
                            : (kind == DatasetFile::input || kind == DatasetFile::meta || !infeasible_);
    if (wanted) files_[kind] = std::make_unique<files::Hdf5Reader>(folder_ / dataset_file_path(kind));
  }
  read_axes();
  columns_ = dataset_columns(data_, false, infeasible_);
  ids_ = files_.at(DatasetFile::input)->integers("id");
  for (const auto& column : columns_) {
    const auto& file = *files_.at(column.file);
    if (!file.has_dataset(column.name)) throw Error("{}: dataset {} is missing", file.file().string(), column.name);
    files::Shape expected{rows()};
    expected.insert(expected.end(), column.shape.begin(), column.shape.end());
    const auto found = file.shape(column.name);
    if (found != expected)
      file.refuse(column.name,
                  fmt::format("has shape {}, expected {}", files::shape_text(found), files::shape_text(expected)));
    if (column.type == ColumnType::text) texts_[column.name] = file.texts(column.name);
  }
  const auto& meta = *files_.at(DatasetFile::meta);
  if (meta.integers("id") != ids_) meta.refuse("id", "differs from that of input.h5");
  iterations_ = meta.integers("iterations");
  for (const auto flag : meta.integers("tight")) tight_.push_back(static_cast<std::uint8_t>(flag));
  for (const auto flag : meta.integers("accepted")) accepted_.push_back(static_cast<std::uint8_t>(flag));
  if (!infeasible_) single_ = stored_bytes(folder_ / dataset_file_path(DatasetFile::primal), "pg") == 4;
}

void RowReader::read_axes() {
  const auto& file = *files_.at(DatasetFile::input);
  const Feeder& feeder = data_.feeder;
  const auto number = [&feeder](int position) -> std::int64_t {
    return feeder.bus_number[static_cast<std::size_t>(position)];
  };
  std::vector<std::int64_t> bus, from, to, unit;
  for (int n = 0; n < data_.buses(); ++n) bus.push_back(number(n));
  for (const auto& line : feeder.lines) from.push_back(number(line.from)), to.push_back(number(line.to));
  for (const auto& item : data_.units) unit.push_back(number(item.bus));
  const auto same = [&file](const std::string& name, const std::vector<std::int64_t>& expected) {
    if (file.integers(name) != expected) file.refuse(name, "differs from network.json");
  };
  same("axis/bus", bus);
  same("axis/branch_from", from);
  same("axis/branch_to", to);
  same("axis/generator_bus", unit);
  const auto place = file.integers("axis/microgrid_bus");
  const auto low = file.numbers("axis/microgrid_p_min"), high = file.numbers("axis/microgrid_p_max");
  if (low.size() != place.size() || high.size() != place.size())
    file.refuse("axis/microgrid_bus", "the microgrid axes differ in length");
  data_.microgrids.clear();
  for (std::size_t m = 0; m < place.size(); ++m) {
    const int position = feeder.find(static_cast<int>(place[m]));
    if (position < 0) file.refuse("axis/microgrid_bus", fmt::format("bus {} is not in network.json", place[m]));
    data_.microgrids.push_back({std::to_string(place[m]), position, low[m], high[m]});
  }
}

void RowReader::read(std::int64_t first, std::int64_t count, DsoInputs& inputs, DsoAnswers& answers) const {
  inputs.resize(count, data_);
  answers.resize(count, data_);
  const auto slice = [&](const auto& from, auto& to, std::int64_t width) {
    std::copy_n(from.begin() + first * width, count * width, to.begin());
  };
  for (const auto& column : columns_) {
    const auto& file = *files_.at(column.file);
    if (column.input != nullptr)
      inputs.*const_cast<std::vector<double> DsoInputs::*>(column.input) = file.number_rows(column.name, first, count);
    else if (column.answer != nullptr)
      answers.*const_cast<std::vector<double> DsoAnswers::*>(column.answer) =
          file.number_rows(column.name, first, count);
  }
  slice(ids_, inputs.id, 1);
  slice(iterations_, answers.iterations, 1);
  slice(tight_, answers.tight, 1);
  slice(accepted_, answers.accepted, data_.microgrid_count());
  const auto& words = texts_.at("status");
  for (std::int64_t row = 0; row < count; ++row)
    answers.status[static_cast<std::size_t>(row)] = status_of(words[static_cast<std::size_t>(first + row)]);
}

std::filesystem::path find_dataset(const std::filesystem::path& folder) {
  for (const auto& candidate : {folder, folder / "data"})
    if (std::filesystem::exists(candidate / "network.json")) return candidate;
  throw Error("{}: no data set here (network.json is missing)", folder.string());
}

std::vector<std::string> dataset_splits(const std::filesystem::path& folder) {
  std::vector<std::string> splits, infeasible;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    if (!item.is_directory()) continue;
    const std::string name = item.path().filename().string();
    (name.rfind("infeasible", 0) == 0 ? infeasible : splits).push_back(name);
  }
  std::sort(splits.begin(), splits.end());
  std::sort(infeasible.begin(), infeasible.end());
  splits.insert(splits.end(), infeasible.begin(), infeasible.end());
  if (splits.empty()) throw Error("{}: no split folder", folder.string());
  return splits;
}

}  // namespace wattstein::engine
