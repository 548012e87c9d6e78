#include "engine/dataset/split_writer.hpp"

#include <algorithm>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw Error("{}: the folder cannot be made: {}", folder.string(), problem.message());
}

}  // namespace

struct SplitWriter::Folder {
  std::string name;
  bool infeasible = false;
  std::vector<Column> columns;
  struct Place {
    TableFile* file;
    std::size_t index;  // column of that file
  };
  std::vector<Place> places;  // of each column
  std::vector<std::unique_ptr<TableFile>> files;
};

SplitWriter::SplitWriter(const std::filesystem::path& folder, WrittenFamily family, bool single) : family_(std::move(family)) {
  const DsoData& data = *family_.data;
  const auto make = [&](const std::string& name, bool infeasible, std::int64_t expected) {
    auto out = std::make_unique<Folder>();
    out->name = name;
    out->infeasible = infeasible;
    out->columns = dataset_columns(data, single, infeasible);
    out->places.resize(out->columns.size());
    make_folder(folder / name / "SOC");
    for (const DatasetFile kind : {DatasetFile::input, DatasetFile::primal, DatasetFile::dual, DatasetFile::meta, DatasetFile::ray}) {
      std::vector<Column> mine;
      for (const auto& column : out->columns)
        if (column.file == kind) mine.push_back(column);
      if (mine.empty()) continue;
      out->files.push_back(std::make_unique<TableFile>(folder / name / dataset_file_path(kind), mine, expected));
      TableFile& file = *out->files.back();
      std::size_t index = 0;
      for (std::size_t c = 0; c < out->columns.size(); ++c)
        if (out->columns[c].file == kind) out->places[c] = {&file, index++};
      if (kind != DatasetFile::input) continue;
      std::vector<std::int64_t> bus, from, to, unit, microgrid;
      std::vector<double> low, high;
      const Feeder& feeder = data.feeder;
      const auto number = [&feeder](int position) -> std::int64_t { return feeder.bus_number[static_cast<std::size_t>(position)]; };
      for (int n = 0; n < data.buses(); ++n) bus.push_back(number(n));
      for (const auto& line : feeder.lines) from.push_back(number(line.from)), to.push_back(number(line.to));
      for (const auto& item : data.units) unit.push_back(number(item.bus));
      for (const auto& item : data.microgrids) microgrid.push_back(number(item.bus)), low.push_back(item.p_min_mw), high.push_back(item.p_max_mw);
      file.side_dataset("axis/bus", bus);
      file.side_dataset("axis/branch_from", from);
      file.side_dataset("axis/branch_to", to);
      file.side_dataset("axis/generator_bus", unit);
      file.side_dataset("axis/microgrid_bus", microgrid);
      file.side_dataset("axis/microgrid_p_min", low, "MW");
      file.side_dataset("axis/microgrid_p_max", high, "MW");
    }
    rows_[name] = 0;
    return out;
  };
  for (const auto& split : family_.splits) solved_.push_back(make(split, false, family_.expected_rows));
  infeasible_ = make(family_.name.empty() ? "infeasible" : "infeasible_" + family_.name, true, 64);
}

SplitWriter::~SplitWriter() = default;

void SplitWriter::append(const DsoInputs& inputs, const DsoAnswers& answers) {
  for (std::int64_t row = 0; row < inputs.count; ++row) append_row(inputs, answers, row);
}

void SplitWriter::append_row(const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t row) {
  const std::string split = family_.split(inputs.id[static_cast<std::size_t>(row)]);
  const bool solved = answers.status[static_cast<std::size_t>(row)] == Status::solved;
  Folder* folder = infeasible_.get();
  if (solved)
    for (const auto& candidate : solved_)
      if (candidate->name == split) folder = candidate.get();
  append_row(*folder, split, inputs, answers, row);
  ++rows_[folder->name];
}

void SplitWriter::append_row(Folder& folder, const std::string& split, const DsoInputs& inputs, const DsoAnswers& answers,
                             std::int64_t row) {
  const Status status = answers.status[static_cast<std::size_t>(row)];
  for (std::size_t c = 0; c < folder.columns.size(); ++c) {
    const Column& column = folder.columns[c];
    auto& [file, index] = folder.places[c];
    const std::int64_t width = column.width(), at = row * width;
    if (column.input != nullptr)
      file->append_reals(index, (inputs.*column.input).data() + at);
    else if (column.file == DatasetFile::ray && status != Status::primal_infeasible)
      file->append_reals(index, std::vector<double>(static_cast<std::size_t>(width), 0.0).data());
    else if (column.answer != nullptr)
      file->append_reals(index, (answers.*column.answer).data() + at);
    else if (column.input_integer != nullptr)
      file->append(index, (inputs.*column.input_integer).data() + at);
    else if (column.answer_integer != nullptr)
      file->append(index, (answers.*column.answer_integer).data() + at);
    else if (column.answer_flag != nullptr)
      file->append(index, (answers.*column.answer_flag).data() + at);
    else
      file->append_text(index, column.name == "split" ? split : kernels::status_word(status));
  }
}

void SplitWriter::close() {
  for (auto& folder : solved_)
    for (auto& file : folder->files) file->close();
  for (auto& file : infeasible_->files) file->close();
}

}  // namespace wattstein::engine
