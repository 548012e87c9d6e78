// validate, merge, stats of recourse data sets.

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/dataset/findings.hpp"
#include "engine/dataset/recourse_factory.hpp"
#include "engine/dataset/recourse_files.hpp"
#include "engine/dataset/row_reader.hpp"
#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/recourse/recourse_judge.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// One solved row against itself.
void check_row(const RecourseSystem& system, const std::string& split, const RecourseRows& rows, std::int64_t row,
               double tolerance, Findings& findings) {
  const auto s = at(row);
  const auto note = [&](const char* check, double value, double allowed) {
    findings.note(split, rows.id[s], check, value, allowed);
  };
  if (rows.status[s] != Status::solved) findings.fail(fmt::format("{}, id {}: is not solved", split, rows.id[s]));
  double largest = 1.0;
  for (int n = 0; n < system.buses(); ++n) largest = std::max(largest, std::abs(rows.pd[at(row * system.buses() + n)]));
  note("violation of a balance, limit or box, relative to the largest load",
       recourse_violation(system, rows, row) / largest, 10.0 * tolerance);
  const double objective = recourse_objective(system, rows, row), bound = recourse_bound(system, rows, row);
  const double scale = 1.0 + std::abs(objective);
  note("objective stored against recomputed, relative", std::abs(objective - rows.objective[s]) / scale, tolerance);
  note("gap to the recomputed certified bound, relative", std::abs(objective - bound) / scale, 10.0 * tolerance);
  note("bound stored above recomputed, relative", (rows.lower_bound[s] - bound) / scale, tolerance);
  for (int l = 0; l < system.line_count(); ++l) {
    const auto& line = system.lines[at(l)];
    const double* angle = rows.angle.data() + row * system.buses();
    const double flow = system.base_mva * (angle[line.from] - angle[line.to] - line.shift_rad) / line.reactance_pu;
    note("flow against angles, relative to the largest load",
         std::abs(flow - rows.flow[at(row * system.line_count() + l)]) / largest, tolerance);
  }
}

}  // namespace

ordered_json validate_recourse(const std::filesystem::path& folder, double tolerance) {
  const RecourseSystem system = read_recourse_system(folder / "network.json");
  Findings findings;
  ordered_json counts;
  std::vector<std::int64_t> ids;
  const auto splits = dataset_splits(folder);
  for (const auto& split : splits) {
    const RecourseRows rows = read_recourse_rows(folder, split, system);
    counts[split] = rows.count;
    ids.insert(ids.end(), rows.id.begin(), rows.id.end());
    if (!std::is_sorted(rows.id.begin(), rows.id.end())) findings.fail(split + ": ids are not increasing");
    for (std::int64_t row = 0; row < rows.count; ++row) {
      if (split != "infeasible") check_row(system, split, rows, row, tolerance, findings);
      else if (rows.status[at(row)] == Status::solved)
        findings.fail(fmt::format("{}, id {}: is solved", split, rows.id[at(row)]));
    }
  }
  if (std::find(splits.begin(), splits.end(), "infeasible") == splits.end())
    findings.fail("the folder infeasible is missing");
  check_ids(std::move(ids), true, findings);
  ordered_json out = findings.json();
  out["rows"] = std::move(counts);
  out["tolerance"] = tolerance;
  return out;
}

ordered_json merge_recourse(const std::vector<std::filesystem::path>& sources, const std::filesystem::path& out) {
  const auto target = out / "data", part = out / "data.part";
  const RecourseSystem system = read_recourse_system(sources.front() / "network.json");
  std::int64_t rows_in = 0, rows_out = 0;
  RecourseWriter writer(part, system, 1 << 20);
  for (const std::string split : {"train", "test", "infeasible"}) {
    // shards in the order of their first ids, one in memory at a time; a row that comes again is left out
    std::vector<std::pair<std::int64_t, std::filesystem::path>> order;
    for (const auto& source : sources) {
      if (!std::filesystem::is_directory(source / split)) continue;
      const auto ids = files::Hdf5Reader(source / split / "input.h5").integers("id");
      if (!ids.empty()) order.emplace_back(ids.front(), source);
    }
    std::sort(order.begin(), order.end());
    std::int64_t last = -1;
    for (const auto& [first, source] : order) {
      const RecourseRows rows = read_recourse_rows(source, split, system);
      std::vector<std::string> words;
      if (split == "infeasible") words = files::Hdf5Reader(source / split / "input.h5").texts("split");
      for (std::int64_t row = 0; row < rows.count; ++row) {
        ++rows_in;
        if (rows.id[at(row)] <= last) continue;
        last = rows.id[at(row)];
        ++rows_out;
        writer.append(rows, row, words.empty() ? split : words[at(row)]);
      }
    }
  }
  writer.close();
  const auto described = nlohmann::json::parse(files::read_whole(sources.front() / "croissant.json"), nullptr, false);
  const std::string name = described.is_object() ? described.value("name", "merged") : "merged";
  write_recourse_metadata(part, system, name, writer.rows(), "", fmt::format("merged from {} shards", sources.size()));
  std::error_code problem;
  std::filesystem::rename(part, target, problem);
  if (problem) throw Error("{}: cannot be renamed to {}: {}", part.string(), target.string(), problem.message());
  ordered_json report;
  report["folder"] = target.string();
  report["shards"] = sources.size();
  report["ids_found_twice"] = rows_in - rows_out;
  for (const auto& [split, count] : writer.rows()) report["rows"][split] = count;
  return report;
}

ordered_json recourse_statistics(const std::filesystem::path& folder) {
  const RecourseSystem system = read_recourse_system(folder / "network.json");
  ordered_json out;
  for (const auto& split : dataset_splits(folder)) {
    const RecourseRows rows = read_recourse_rows(folder, split, system);
    ordered_json& entry = out[split];
    entry["rows"] = rows.count;
    std::map<std::string, std::int64_t> words;
    for (const Status status : rows.status) ++words[kernels::status_word(status)];
    entry["status"] = words;
    for (const auto& column : recourse_columns(system, split == "infeasible")) {
      if (column.values == nullptr) continue;
      double least = std::numeric_limits<double>::infinity(), most = -least, total = 0.0;
      std::int64_t count = 0;
      for (const double value : rows.*column.values) {
        if (!std::isfinite(value)) continue;
        least = std::min(least, value), most = std::max(most, value), total += value;
        ++count;
      }
      if (count > 0)
        entry["values"][column.name] = {{"min", least}, {"mean", total / static_cast<double>(count)}, {"max", most}};
    }
  }
  return out;
}

}  // namespace wattstein::engine
