#include "engine/dataset/recourse_files.hpp"

#include <algorithm>

#include "engine/dataset/croissant.hpp"
#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

Status status_of(const std::string& word) {
  for (int code = 0; code < kernels::status_count; ++code)
    if (word == kernels::status_word(static_cast<Status>(code))) return static_cast<Status>(code);
  return Status::numerical_error;
}

void write_axes(TableFile& file, const RecourseSystem& system) {
  const auto number = [&system](int position) -> std::int64_t { return system.bus_number[at(position)]; };
  std::vector<std::int64_t> bus(system.bus_number.begin(), system.bus_number.end()), from, to, unit, renewable;
  for (const auto& line : system.lines) from.push_back(number(line.from)), to.push_back(number(line.to));
  for (const auto& item : system.units) unit.push_back(number(item.bus));
  for (const auto& item : system.renewables) renewable.push_back(number(item.bus));
  file.side_dataset("axis/bus", bus);
  file.side_dataset("axis/branch_from", from);
  file.side_dataset("axis/branch_to", to);
  file.side_dataset("axis/unit_bus", unit);
  file.side_dataset("axis/renewable_bus", renewable);
}

ordered_json network_json_of(const RecourseSystem& system) {
  ordered_json out;
  out["schema"] = recourse_schema;
  out["base_mva"] = system.base_mva;
  out["step_hours"] = system.step_hours;
  out["deployment_markup"] = system.markup;
  out["shedding_cost_per_mwh"] = system.shedding_cost_per_mwh;
  out["overgeneration_cost_per_mwh"] = system.overgeneration_cost_per_mwh;
  out["reference_bus"] = system.bus_number[at(system.reference)];
  out["bus"] = out["branch"] = out["unit"] = out["renewable"] = ordered_json::array();
  for (int n = 0; n < system.buses(); ++n)
    out["bus"].push_back({{"id", system.bus_number[at(n)]},
                          {"load_mw", system.load_mw[at(n)]},
                          {"angle_min_rad", system.angle_min_rad[at(n)]},
                          {"angle_max_rad", system.angle_max_rad[at(n)]}});
  for (const auto& line : system.lines)
    out["branch"].push_back({{"from", system.bus_number[at(line.from)]},
                             {"to", system.bus_number[at(line.to)]},
                             {"reactance_pu", line.reactance_pu},
                             {"shift_rad", line.shift_rad},
                             {"limit_mw", line.limit_mw}});
  for (const auto& unit : system.units)
    out["unit"].push_back({{"name", unit.name},
                           {"bus", system.bus_number[at(unit.bus)]},
                           {"p_min_mw", unit.p_min_mw},
                           {"p_max_mw", unit.p_max_mw},
                           {"reserve_up_mw", unit.reserve_up_mw},
                           {"reserve_down_mw", unit.reserve_down_mw},
                           {"cost_per_mwh", unit.cost_per_mwh},
                           {"up_cost_per_mwh", unit.up_cost_per_mwh},
                           {"down_cost_per_mwh", unit.down_cost_per_mwh}});
  for (const auto& r : system.renewables)
    out["renewable"].push_back({{"name", r.name},
                                {"bus", system.bus_number[at(r.bus)]},
                                {"capacity_mw", r.capacity_mw},
                                {"curtailment_cost_per_mwh", r.curtailment_cost_per_mwh}});
  return out;
}

std::string card(const RecourseSystem& system, const std::string& name, const std::map<std::string, std::int64_t>& rows,
                 const std::string& config, const std::string& origin) {
  std::string text = fmt::format(
      "# {}\n\nSecond-stage (recourse) problems of a transmission system of {} buses, {} lines, {} units and {} "
      "renewables, {}. One row is one schedule, load and realisation; the DC power flow linear program is solved to "
      "optimality, with prices and a certified lower bound.\n\n| folder | rows |\n|---|---|\n",
      name, system.buses(), system.line_count(), system.unit_count(), system.renewable_count(), origin);
  for (const auto& [split, count] : rows) text += fmt::format("| `{}` | {} |\n", split, count);
  text +=
      "\nMW, rad, $ of one period. Rows are sorted by id; a row is a function of the seed and its id. `infeasible` "
      "holds rows without an answer.\n\n| file | dataset | units | shape of a row | meaning |\n|---|---|---|---|---|\n";
  for (const auto& column : recourse_columns(system, false)) {
    std::string shape;
    for (const auto size : column.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    text += fmt::format("| `{}` | `{}` | {} | ({}) | {} |\n", column.file, column.name,
                        column.units.empty() ? "-" : column.units, shape, column.meaning);
  }
  text +=
      "\nCheck a copy with `wattstein dataset validate DIR`; it recomputes balances, limits, objective and bound from "
      "the rows alone.\n";
  if (!config.empty()) text += "\n## How it was made\n\n```toml\n" + config + "\n```\n";
  return text;
}

}  // namespace

std::int64_t RecourseColumn::width() const {
  std::int64_t entries = 1;
  for (const auto size : shape) entries *= size;
  return entries;
}

std::vector<RecourseColumn> recourse_columns(const RecourseSystem& system, bool infeasible) {
  using Rows = RecourseRows;
  using Type = ColumnType;
  const std::int64_t N = system.buses(), L = system.line_count(), G = system.unit_count(), R = system.renewable_count();
  const std::string input = "input.h5", primal = "LP/primal.h5", dual = "LP/dual.h5", meta = "LP/meta.h5";
  std::vector<RecourseColumn> out{
      {input, "id", "", "sample id", Type::integer, {}},
      {input, "load_scale", "1", "factor on the case's loads", Type::real64, {}, &Rows::load_scale},
      {input, "pd", "MW", "load, per bus", Type::real64, {N}, &Rows::pd},
      {input, "pg", "MW", "schedule, per unit", Type::real64, {G}, &Rows::pg},
      {input, "reserve_up", "MW", "upward reserve booked, per unit", Type::real64, {G}, &Rows::reserve_up},
      {input, "reserve_down", "MW", "downward reserve booked, per unit", Type::real64, {G}, &Rows::reserve_down},
      {input, "available", "MW", "realisation, per renewable", Type::real64, {R}, &Rows::available}};
  if (infeasible) {
    out.push_back({input, "split", "", "split the row would have gone to", Type::text, {}});
  } else {
    const std::vector<RecourseColumn> solved{
        {primal, "up", "MW", "upward reserve deployed, per unit", Type::real64, {G}, &Rows::up},
        {primal, "down", "MW", "downward reserve deployed, per unit", Type::real64, {G}, &Rows::down},
        {primal, "used", "MW", "power taken, per renewable", Type::real64, {R}, &Rows::used},
        {primal, "shed", "MW", "load shed, per bus", Type::real64, {N}, &Rows::shed},
        {primal, "surplus", "MW", "surplus, per bus", Type::real64, {N}, &Rows::surplus},
        {primal, "angle", "rad", "voltage angle, per bus", Type::real64, {N}, &Rows::angle},
        {primal, "flow", "MW", "flow, per line", Type::real64, {L}, &Rows::flow},
        {dual, "balance", "$/MWh", "price of load, per bus", Type::real64, {N}, &Rows::balance},
        {dual,
         "limit",
         "$/MWh",
         "multiplier of a line's limits: positive at the lower one",
         Type::real64,
         {L},
         &Rows::limit}};
    out.insert(out.end(), solved.begin(), solved.end());
  }
  const std::vector<RecourseColumn> about{
      {meta, "id", "", "sample id", Type::integer, {}},
      {meta, "status", "", "how the row ended", Type::text, {}},
      {meta, "objective", "$", "optimal cost", Type::real64, {}, &Rows::objective},
      {meta, "lower_bound", "$", "certified lower bound of the cost", Type::real64, {}, &Rows::lower_bound},
      {meta, "seconds", "s", "share of the solving time", Type::real64, {}, &Rows::seconds},
      {meta, "iterations", "", "iterations of the solver", Type::integer, {}}};
  out.insert(out.end(), about.begin(), about.end());
  return out;
}

struct RecourseWriter::Folder {
  std::vector<RecourseColumn> columns;
  std::vector<std::pair<TableFile*, std::size_t>> places;
  std::vector<std::unique_ptr<TableFile>> files;

  Folder(const std::filesystem::path& folder, const RecourseSystem& system, bool infeasible, std::int64_t expected)
      : columns(recourse_columns(system, infeasible)), places(columns.size()) {
    std::error_code problem;
    std::filesystem::create_directories(folder / "LP", problem);
    if (problem) throw Error("{}: the folder cannot be made: {}", folder.string(), problem.message());
    for (const char* name : {"input.h5", "LP/primal.h5", "LP/dual.h5", "LP/meta.h5"}) {
      std::vector<Column> mine;
      std::vector<std::size_t> source;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].file != name) continue;
        Column column;
        column.name = columns[c].name;
        column.units = columns[c].units;
        column.type = columns[c].type;
        column.shape = columns[c].shape;
        mine.push_back(std::move(column));
        source.push_back(c);
      }
      if (mine.empty()) continue;
      files.push_back(std::make_unique<TableFile>(folder / name, mine, expected));
      for (std::size_t k = 0; k < source.size(); ++k) places[source[k]] = {files.back().get(), k};
      if (files.size() == 1) write_axes(*files.back(), system);
    }
  }
};

RecourseWriter::RecourseWriter(const std::filesystem::path& folder, const RecourseSystem& system,
                               std::int64_t expected_rows) {
  for (const char* name : {"train", "test", "infeasible"}) {
    const bool infeasible = std::string_view(name) == "infeasible";
    folders_[name] = std::make_unique<Folder>(folder / name, system, infeasible, infeasible ? 64 : expected_rows);
    rows_[name] = 0;
  }
}

RecourseWriter::~RecourseWriter() = default;

void RecourseWriter::append(const RecourseRows& rows, std::int64_t row, const std::string& split) {
  const Status status = rows.status[at(row)];
  const std::string name = status == Status::solved ? split : "infeasible";
  Folder& folder = *folders_.at(name);
  for (std::size_t c = 0; c < folder.columns.size(); ++c) {
    const RecourseColumn& column = folder.columns[c];
    auto& [file, index] = folder.places[c];
    if (column.values != nullptr) file->append_reals(index, (rows.*column.values).data() + row * column.width());
    else if (column.name == "id") file->append(index, &rows.id[at(row)]);
    else if (column.name == "iterations") file->append(index, &rows.iterations[at(row)]);
    else file->append_text(index, column.name == "split" ? split : kernels::status_word(status));
  }
  ++rows_[name];
}

void RecourseWriter::close() {
  for (auto& [name, folder] : folders_)
    for (auto& file : folder->files) file->close();
}

RecourseRows read_recourse_rows(const std::filesystem::path& folder, const std::string& split,
                                const RecourseSystem& system) {
  RecourseRows rows;
  std::map<std::string, std::unique_ptr<files::Hdf5Reader>> open;
  const auto columns = recourse_columns(system, split == "infeasible");
  for (const auto& column : columns)
    if (!open.contains(column.file))
      open[column.file] = std::make_unique<files::Hdf5Reader>(folder / split / column.file);
  const auto ids = open.at("input.h5")->integers("id");
  rows.resize(static_cast<std::int64_t>(ids.size()), system);
  rows.id = ids;
  for (const auto& column : columns) {
    const auto& file = *open.at(column.file);
    if (!file.has_dataset(column.name)) throw Error("{}: dataset {} is missing", file.file().string(), column.name);
    files::Shape expected{rows.count};
    expected.insert(expected.end(), column.shape.begin(), column.shape.end());
    if (const auto found = file.shape(column.name); found != expected)
      file.refuse(column.name,
                  fmt::format("has shape {}, expected {}", files::shape_text(found), files::shape_text(expected)));
    if (column.values != nullptr)
      rows.*const_cast<std::vector<double> RecourseRows::*>(column.values) = file.numbers(column.name);
    else if (column.name == "iterations") rows.iterations = file.integers(column.name);
    else if (column.name == "status") {
      const auto words = file.texts(column.name);
      for (std::size_t s = 0; s < words.size(); ++s) rows.status[s] = status_of(words[s]);
    } else if (column.name == "id" && file.integers("id") != ids) {
      file.refuse("id", "differs from that of input.h5");
    }
  }
  return rows;
}

void write_recourse_metadata(const std::filesystem::path& folder, const RecourseSystem& system, const std::string& name,
                             const std::map<std::string, std::int64_t>& rows, const std::string& config,
                             const std::string& origin) {
  files::write_whole(folder / "network.json", network_json_of(system).dump(1) + "\n");
  std::vector<DescribedSplit> splits;
  for (const auto& [split, count] : rows) {
    DescribedSplit described{split, count, {}};
    for (const char* path : {"input.h5", "LP/primal.h5", "LP/dual.h5", "LP/meta.h5"}) {
      DescribedFile file{split + "/" + path, {}};
      for (const auto& column : recourse_columns(system, split == "infeasible"))
        if (column.file == path)
          file.columns.push_back({column.name, column.units, column.meaning, column.type, column.shape});
      described.files.push_back(std::move(file));
    }
    splits.push_back(std::move(described));
  }
  const auto described =
      croissant(folder, name, "Second-stage problems of a transmission system with their solutions. " + origin, splits);
  files::write_whole(folder / "croissant.json", described.dump(1) + "\n");
  files::write_whole(folder / "README.md", card(system, name, rows, config, origin));
}

RecourseSystem read_recourse_system(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(files::read_whole(file), nullptr, false);
  if (json.is_discarded()) throw Error("{}: is no JSON", file.string());
  try {
    if (json.at("schema") != recourse_schema)
      throw Error("{}: schema {}, expected \"{}\"", file.string(), json.at("schema").dump(), recourse_schema);
    RecourseSystem out;
    out.base_mva = json.at("base_mva");
    out.step_hours = json.at("step_hours");
    out.markup = json.at("deployment_markup");
    out.shedding_cost_per_mwh = json.at("shedding_cost_per_mwh");
    out.overgeneration_cost_per_mwh = json.at("overgeneration_cost_per_mwh");
    for (const auto& bus : json.at("bus")) {
      out.bus_number.push_back(bus.at("id"));
      out.load_mw.push_back(bus.at("load_mw"));
      out.angle_min_rad.push_back(bus.at("angle_min_rad"));
      out.angle_max_rad.push_back(bus.at("angle_max_rad"));
    }
    const auto position = [&](const nlohmann::json& number) {
      const auto found = std::find(out.bus_number.begin(), out.bus_number.end(), number.get<int>());
      if (found == out.bus_number.end())
        throw Error("{}: bus {} is not in the list of buses", file.string(), number.dump());
      return static_cast<int>(found - out.bus_number.begin());
    };
    out.reference = position(json.at("reference_bus"));
    for (const auto& line : json.at("branch"))
      out.lines.push_back({position(line.at("from")), position(line.at("to")), line.at("reactance_pu"),
                           line.at("shift_rad"), line.at("limit_mw")});
    for (const auto& unit : json.at("unit"))
      out.units.push_back({unit.at("name"), position(unit.at("bus")), unit.at("p_min_mw"), unit.at("p_max_mw"),
                           unit.at("reserve_up_mw"), unit.at("reserve_down_mw"), unit.at("cost_per_mwh"),
                           unit.at("up_cost_per_mwh"), unit.at("down_cost_per_mwh")});
    for (const auto& r : json.at("renewable"))
      out.renewables.push_back(
          {r.at("name"), position(r.at("bus")), r.at("capacity_mw"), r.at("curtailment_cost_per_mwh")});
    return out;
  } catch (const nlohmann::json::exception& problem) {
    throw Error("{}: {}", file.string(), problem.what());
  }
}

bool is_recourse_dataset(const std::filesystem::path& folder) {
  const auto json = nlohmann::json::parse(files::read_whole(folder / "network.json"), nullptr, false);
  return json.is_object() && json.contains("schema") && json.at("schema") == recourse_schema;
}

}  // namespace wattstein::engine
