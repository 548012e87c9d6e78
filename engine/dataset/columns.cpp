#include "engine/dataset/columns.hpp"

namespace wattstein::engine {

const char* dataset_file_path(DatasetFile file) {
  switch (file) {
    case DatasetFile::input:
      return "input.h5";
    case DatasetFile::primal:
      return "SOC/primal.h5";
    case DatasetFile::dual:
      return "SOC/dual.h5";
    case DatasetFile::meta:
      return "SOC/meta.h5";
    default:
      return "SOC/ray.h5";
  }
}

int entry_bytes(ColumnType type) {
  switch (type) {
    case ColumnType::real32:
      return 4;
    case ColumnType::flag:
      return 1;
    case ColumnType::text:
      return text_bytes;
    default:
      return 8;
  }
}

std::int64_t Column::width() const {
  std::int64_t entries = 1;
  for (const auto size : shape) entries *= size;
  return entries;
}

std::vector<Column> dataset_columns(const DsoData& data, bool single, bool infeasible) {
  using File = DatasetFile;
  using In = DsoInputs;
  using Out = DsoAnswers;
  const std::int64_t N = data.buses(), L = data.lines(), G = data.unit_count(), M = data.microgrid_count();
  const ColumnType real = single ? ColumnType::real32 : ColumnType::real64;
  std::vector<Column> columns;
  const auto in = [&](const char* name, const char* units, std::vector<std::int64_t> shape,
                      const std::vector<double> In::*from) {
    columns.push_back({.file = File::input, .name = name, .units = units, .shape = std::move(shape), .input = from});
  };
  const auto out = [&](File file, const char* name, const char* units, ColumnType type, std::vector<std::int64_t> shape,
                       const std::vector<double> Out::*from) {
    columns.push_back(
        {.file = file, .name = name, .units = units, .type = type, .shape = std::move(shape), .answer = from});
  };
  const auto bare = [](File file, const char* name, ColumnType type, std::vector<std::int64_t> shape = {}) {
    Column column;
    column.file = file;
    column.name = name;
    column.type = type;
    column.shape = std::move(shape);
    return column;
  };
  const auto id_column = [&](File file) {
    Column column = bare(file, "id", ColumnType::integer);
    column.input_integer = &In::id;
    return column;
  };
  columns.push_back(id_column(File::input));
  in("load_scale", "1", {}, &In::load_scale);
  in("power_factor", "1", {}, &In::power_factor);
  in("shed_cost", "$/MW^2h", {}, &In::shed_cost);
  in("correction_cost", "$/MW^2h", {}, &In::correction_cost);
  in("pd", "MW", {N}, &In::pd);
  in("qd", "MVAr", {N}, &In::qd);
  in("pv", "MW", {N}, &In::pv);
  in("net", "MW", {M}, &In::net);
  const auto multipliers = [&](File file, ColumnType type) {
    out(file, "balance_p", "$/MWh", type, {N}, &Out::balance_p);
    out(file, "balance_q", "$/MVArh", type, {N}, &Out::balance_q);
    out(file, "drop", "$/h", type, {L}, &Out::drop);
    out(file, "cone", "$/h", type, {L, 4}, &Out::cone);
    if (data.capped()) out(file, "voltage_cap", "$/h", type, {N}, &Out::voltage_cap);
  };
  if (infeasible) {
    columns.push_back(bare(File::input, "split", ColumnType::text));
    multipliers(File::ray, ColumnType::real64);
  } else {
    out(File::primal, "pg", "MW", real, {G}, &Out::pg);
    out(File::primal, "qg", "MVAr", real, {G}, &Out::qg);
    out(File::primal, "pm", "MW", real, {M}, &Out::pm);
    out(File::primal, "shed", "MW", real, {N}, &Out::shed);
    out(File::primal, "pf", "MW", real, {L}, &Out::pf);
    out(File::primal, "qf", "MVAr", real, {L}, &Out::qf);
    out(File::primal, "l", "1", real, {L}, &Out::l);
    out(File::primal, "v", "1", real, {N}, &Out::v);
    multipliers(File::dual, real);
    out(File::dual, "price_p", "$/MWh", real, {N}, &Out::price_p);
    out(File::dual, "price_q", "$/MVArh", real, {N}, &Out::price_q);
  }
  columns.push_back(id_column(File::meta));
  columns.push_back(bare(File::meta, "status", ColumnType::text));
  out(File::meta, "objective", "$/h", ColumnType::real64, {}, &Out::objective);
  out(File::meta, "lower_bound", "$/h", ColumnType::real64, {}, &Out::lower_bound);
  out(File::meta, "socp_gap", "1", ColumnType::real64, {}, &Out::socp_gap);
  out(File::meta, "fictitious_loss", "MW", ColumnType::real64, {}, &Out::fictitious_loss);
  out(File::meta, "seconds", "s", ColumnType::real64, {}, &Out::seconds);
  columns.push_back(bare(File::meta, "iterations", ColumnType::integer));
  columns.back().answer_integer = &Out::iterations;
  columns.push_back(bare(File::meta, "tight", ColumnType::flag));
  columns.back().answer_flag = &Out::tight;
  columns.push_back(bare(File::meta, "accepted", ColumnType::flag, {M}));
  columns.back().answer_flag = &Out::accepted;
  return columns;
}

void round_to_single(const DsoData& data, DsoAnswers& answers, std::int64_t row) {
  const std::int64_t N = data.buses(), L = data.lines(), G = data.unit_count(), M = data.microgrid_count();
  const auto round = [row](std::vector<double>& values, std::int64_t width) {
    for (std::int64_t k = row * width; k < (row + 1) * width; ++k)
      values[static_cast<std::size_t>(k)] =
          static_cast<double>(static_cast<float>(values[static_cast<std::size_t>(k)]));
  };
  for (auto* field : {&answers.pg, &answers.qg}) round(*field, G);
  round(answers.pm, M);
  for (auto* field : {&answers.pf, &answers.qf, &answers.l, &answers.drop}) round(*field, L);
  for (auto* field : {&answers.shed, &answers.v, &answers.balance_p, &answers.balance_q, &answers.voltage_cap})
    round(*field, N);
  round(answers.cone, 4 * L);
}

}  // namespace wattstein::engine
