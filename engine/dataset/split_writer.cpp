#include "engine/dataset/split_writer.hpp"

#include <algorithm>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;

/// Bus numbers of the axes and the microgrids' limits.
void write_axes(TableFile& file, const DsoData& data) {
  const Feeder& feeder = data.feeder;
  std::vector<std::int64_t> bus, from, to, unit, microgrid;
  std::vector<double> low, high;
  const auto number = [&feeder](int position) -> std::int64_t {
    return feeder.bus_number[static_cast<std::size_t>(position)];
  };
  for (int n = 0; n < data.buses(); ++n) bus.push_back(number(n));
  for (const auto& line : feeder.lines) from.push_back(number(line.from)), to.push_back(number(line.to));
  for (const auto& item : data.units) unit.push_back(number(item.bus));
  for (const auto& item : data.microgrids)
    microgrid.push_back(number(item.bus)), low.push_back(item.p_min_mw), high.push_back(item.p_max_mw);
  file.side_dataset("axis/bus", bus);
  file.side_dataset("axis/branch_from", from);
  file.side_dataset("axis/branch_to", to);
  file.side_dataset("axis/generator_bus", unit);
  file.side_dataset("axis/microgrid_bus", microgrid);
  file.side_dataset("axis/microgrid_p_min", low, "MW");
  file.side_dataset("axis/microgrid_p_max", high, "MW");
}

}  // namespace

SplitFolderWriter::SplitFolderWriter(const std::filesystem::path& folder, std::string name, const DsoData& data,
                                     bool single, std::int64_t expected_rows)
    : name_(std::move(name)),
      columns_(dataset_columns(data, single, name_.rfind("infeasible", 0) == 0)),
      places_(columns_.size()) {
  std::error_code problem;
  std::filesystem::create_directories(folder / name_ / "SOC", problem);
  if (problem) throw Error("{}: the folder cannot be made: {}", (folder / name_).string(), problem.message());
  std::int64_t widest = 1;
  for (const DatasetFile kind :
       {DatasetFile::input, DatasetFile::primal, DatasetFile::dual, DatasetFile::meta, DatasetFile::ray}) {
    std::vector<Column> mine;
    for (const auto& column : columns_)
      if (column.file == kind) mine.push_back(column);
    if (mine.empty()) continue;
    files_.push_back(std::make_unique<TableFile>(folder / name_ / dataset_file_path(kind), mine, expected_rows));
    std::size_t index = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].file == kind) places_[c] = {files_.back().get(), index++};
    for (const auto& column : mine) widest = std::max(widest, column.width());
    if (kind == DatasetFile::input) write_axes(*files_.back(), data);
  }
  zeros_.assign(static_cast<std::size_t>(widest), 0.0);
}

SplitFolderWriter::~SplitFolderWriter() = default;

void SplitFolderWriter::append(const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row,
                               const std::string& split) {
  const Status status = answers.status[static_cast<std::size_t>(row)];
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    auto& [file, index] = places_[c];
    const std::int64_t at = row * column.width();
    if (column.input != nullptr) file->append_reals(index, (inputs.*column.input).data() + at);
    else if (column.answer != nullptr)
      // a row without a certificate has no ray
      file->append_reals(index, column.file == DatasetFile::ray && status != Status::primal_infeasible
                                    ? zeros_.data()
                                    : (answers.*column.answer).data() + at);
    else if (column.input_integer != nullptr) file->append(index, (inputs.*column.input_integer).data() + at);
    else if (column.answer_integer != nullptr) file->append(index, (answers.*column.answer_integer).data() + at);
    else if (column.answer_flag != nullptr) file->append(index, (answers.*column.answer_flag).data() + at);
    else file->append_text(index, column.name == "split" ? split : kernels::status_word(status));
  }
  ++rows_;
}

void SplitFolderWriter::close() {
  for (auto& file : files_) file->close();
}

SplitWriter::SplitWriter(const std::filesystem::path& folder, WrittenFamily family, bool single)
    : family_(std::move(family)) {
  for (const auto& split : family_.splits)
    solved_.emplace_back(folder, split, *family_.data, single, family_.expected_rows);
  infeasible_ = std::make_unique<SplitFolderWriter>(
      folder, family_.name.empty() ? "infeasible" : "infeasible_" + family_.name, *family_.data, single, 64);
}

SplitWriter::~SplitWriter() = default;

void SplitWriter::append(const DsoInputs& inputs, const DsoAnswers& answers) {
  for (std::int64_t row = 0; row < inputs.count; ++row) append_row(inputs, answers, row);
}

void SplitWriter::append_row(const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row) {
  const std::string split = family_.split(inputs.id[static_cast<std::size_t>(row)]);
  SplitFolderWriter* folder = infeasible_.get();
  if (answers.status[static_cast<std::size_t>(row)] == Status::solved)
    for (auto& candidate : solved_)
      if (candidate.name() == split) folder = &candidate;
  folder->append(inputs, answers, row, split);
}

void SplitWriter::close() {
  for (auto& folder : solved_) folder.close();
  infeasible_->close();
}

std::map<std::string, std::int64_t> SplitWriter::rows() const {
  std::map<std::string, std::int64_t> rows{{infeasible_->name(), infeasible_->rows()}};
  for (const auto& folder : solved_) rows[folder.name()] = folder.rows();
  return rows;
}

}  // namespace wattstein::engine
