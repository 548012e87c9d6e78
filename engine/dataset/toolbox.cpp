#include "engine/dataset/toolbox.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>

#include "engine/dataset/findings.hpp"
#include "engine/dataset/metadata.hpp"
#include "engine/dataset/recourse_factory.hpp"
#include "engine/dataset/recourse_files.hpp"
#include "engine/dataset/row_reader.hpp"
#include "engine/dataset/split_writer.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/dso/dso_bound.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;
constexpr std::int64_t slice_rows = 4096;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

/// One solved row against itself. `tolerance` as in the checker of the data set page.
void check_row(const RowReader& reader, const DsoInputs& inputs, const DsoAnswers& answers, DsoAnswers& fresh,
               std::int64_t row, double tolerance, DsoScratch& scratch, Findings& findings) {
  const DsoData& data = reader.data();
  const auto s = at(row);
  const std::int64_t id = inputs.id[s];
  const auto note = [&](const char* check, double value, double allowed) {
    findings.note(reader.split(), id, check, value, allowed);
  };
  if (answers.status[s] != Status::solved) findings.fail(fmt::format("{}, id {}: is not solved", reader.split(), id));
  note("violation of a row, limit or cone, p.u.", dso_violation(data, inputs, answers, row, scratch), 10.0 * tolerance);
  dso_judge(data, inputs, fresh, row, scratch);
  dso_prices(data, fresh, row, scratch);
  const double scale = 1.0 + std::abs(fresh.objective[s]);
  note("objective stored against recomputed, relative", std::abs(fresh.objective[s] - answers.objective[s]) / scale,
       tolerance);
  note("gap to the recomputed certified bound, relative", std::abs(fresh.objective[s] - fresh.lower_bound[s]) / scale,
       10.0 * tolerance);
  note("bound stored above recomputed, relative", (answers.lower_bound[s] - fresh.lower_bound[s]) / scale, tolerance);
  note("cone gap stored against recomputed",
       std::abs(fresh.socp_gap[s] - answers.socp_gap[s]) / (1.0 + std::abs(fresh.socp_gap[s])), tolerance);
  note("fictitious loss stored against recomputed, MW", std::abs(fresh.fictitious_loss[s] - answers.fictitious_loss[s]),
       tolerance);
  double difference = 0.0, largest = 1.0;
  for (std::int64_t k = row * data.buses(); k < (row + 1) * data.buses(); ++k) {
    difference = std::max({difference, std::abs(fresh.price_p[at(k)] - answers.price_p[at(k)]),
                           std::abs(fresh.price_q[at(k)] - answers.price_q[at(k)])});
    largest = std::max({largest, std::abs(fresh.price_p[at(k)]), std::abs(fresh.price_q[at(k)])});
  }
  note("prices against multipliers, relative", difference / largest, std::max(tolerance, 1e-6));
  const double lost = fresh.fictitious_loss[s], limit = data.tight_loss_mw;
  if ((answers.tight[s] != 0) != (lost <= limit) && std::abs(lost - limit) > 0.01 * limit + 1e-7)
    findings.fail(fmt::format("{}, id {}: the flag tight is wrong", reader.split(), id));
  for (int m = 0; m < data.microgrid_count(); ++m) {
    const auto k = s * at(data.microgrid_count()) + at(m);
    const double edge = std::max(data.accept_relative * std::abs(inputs.net[k]), data.accept_absolute_mw);
    if (answers.accepted[k] != fresh.accepted[k] && std::abs(std::abs(answers.pm[k] - inputs.net[k]) - edge) > 1e-6)
      findings.fail(fmt::format("{}, id {}: the flag accepted of microgrid {} is wrong", reader.split(), id, m));
  }
}

}  // namespace

ordered_json validate_dataset(const std::filesystem::path& folder, double tolerance) {
  const auto data_folder = find_dataset(folder);
  if (is_recourse_dataset(data_folder)) return validate_recourse(data_folder, tolerance);
  const DsoData network = read_network_json(data_folder / "network.json");
  Findings findings;
  ordered_json rows;
  std::vector<std::int64_t> ids;
  const auto splits = dataset_splits(data_folder);
  for (const auto& split : splits) {
    const RowReader reader(data_folder, split, network);
    rows[split] = reader.rows();
    ids.insert(ids.end(), reader.ids().begin(), reader.ids().end());
    if (!std::is_sorted(reader.ids().begin(), reader.ids().end())) findings.fail(split + ": ids are not increasing");
    DsoScratch scratch(reader.data());
    DsoInputs inputs;
    DsoAnswers answers;
    for (std::int64_t first = 0; first < reader.rows(); first += slice_rows) {
      const std::int64_t count = std::min(slice_rows, reader.rows() - first);
      reader.read(first, count, inputs, answers);
      DsoAnswers fresh = answers;
      for (std::int64_t row = 0; row < count; ++row) {
        if (!reader.infeasible()) {
          check_row(reader, inputs, answers, fresh, row, tolerance, scratch, findings);
          continue;
        }
        if (answers.status[at(row)] == Status::solved)
          findings.fail(fmt::format("{}, id {}: is solved", split, inputs.id[at(row)]));
        if (answers.status[at(row)] == Status::primal_infeasible &&
            !(dso_certified_bound(reader.data(), inputs, answers, row, true, scratch) > 0.0))
          findings.fail(fmt::format("{}, id {}: the ray proves nothing", split, inputs.id[at(row)]));
      }
    }
  }
  if (std::find(splits.begin(), splits.end(), "infeasible") == splits.end())
    findings.fail("the folder infeasible is missing");
  check_ids(std::move(ids), std::find(splits.begin(), splits.end(), "train") != splits.end(), findings);
  ordered_json out = findings.json();
  out["rows"] = std::move(rows);
  out["tolerance"] = tolerance;
  return out;
}

namespace {

ordered_json merge_into(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& out) {
  if (folders.empty()) throw Error("nothing to merge");
  const auto target = out / "data", part = out / "data.part";
  if (std::filesystem::exists(target / "network.json")) throw Error("{}: holds a data set already", target.string());
  std::vector<std::filesystem::path> sources;
  std::set<std::string> splits;
  for (const auto& folder : folders) {
    sources.push_back(find_dataset(folder));
    if (nlohmann::json::parse(files::read_whole(sources.back() / "network.json"), nullptr, false) !=
        nlohmann::json::parse(files::read_whole(sources.front() / "network.json"), nullptr, false))
      throw Error("{} and {}: network.json differs; only data sets of one network can be merged",
                  sources.front().string(), sources.back().string());
    for (const auto& split : dataset_splits(sources.back())) splits.insert(split);
  }
  std::error_code problem;
  std::filesystem::remove_all(part, problem);
  if (is_recourse_dataset(sources.front())) return merge_recourse(sources, out);
  const DsoData network = read_network_json(sources.front() / "network.json");
  const auto described_by = nlohmann::json::parse(std::filesystem::exists(sources.front() / "croissant.json")
                                                      ? files::read_whole(sources.front() / "croissant.json")
                                                      : "{}",
                                                  nullptr, false);
  const std::string name = described_by.is_object() ? described_by.value("name", "merged") : "merged";
  DatasetFacts facts{name, {}, "", fmt::format("merged from {} shards", sources.size())};
  std::int64_t twice = 0;
  DsoData described = network;
  for (const auto& split : splits) {
    std::vector<std::unique_ptr<RowReader>> readers;
    struct Place {
      std::int64_t id;
      std::size_t reader;
      std::int64_t row;
    };
    std::vector<Place> places;
    for (const auto& source : sources) {
      if (!std::filesystem::is_directory(source / split)) continue;
      readers.push_back(std::make_unique<RowReader>(source, split, network));
      const auto& reader = *readers.back();
      const auto same_microgrids = [](const DsoData& a, const DsoData& b) {
        return std::equal(a.microgrids.begin(), a.microgrids.end(), b.microgrids.begin(), b.microgrids.end(),
                          [](const auto& x, const auto& y) {
                            return x.bus == y.bus && x.p_min_mw == y.p_min_mw && x.p_max_mw == y.p_max_mw;
                          });
      };
      if (!same_microgrids(reader.data(), readers.front()->data()) || reader.single() != readers.front()->single())
        throw Error("{}: microgrids or precision of split {} differ between the shards", source.string(), split);
      for (std::int64_t row = 0; row < reader.rows(); ++row)
        places.push_back({reader.ids()[at(row)], readers.size() - 1, row});
    }
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.id < b.id; });
    const auto last =
        std::unique(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.id == b.id; });
    twice += places.end() - last;
    places.erase(last, places.end());
    const RowReader& first = *readers.front();
    SplitFolderWriter writer(part, split, first.data(), first.single(), static_cast<std::int64_t>(places.size()));
    DsoInputs inputs;
    DsoAnswers answers;
    for (std::size_t k = 0; k < places.size();) {
      // rows that stand one after the other in one shard are read together
      std::size_t end = k + 1;
      while (end < places.size() && end - k < at(slice_rows) && places[end].reader == places[k].reader &&
             places[end].row == places[k].row + static_cast<std::int64_t>(end - k))
        ++end;
      const RowReader& reader = *readers[places[k].reader];
      reader.read(places[k].row, static_cast<std::int64_t>(end - k), inputs, answers);
      for (std::size_t row = 0; row < end - k; ++row) {
        const auto source_row = at(places[k].row) + row;
        writer.append(inputs, answers, static_cast<std::int64_t>(row),
                      reader.infeasible() ? reader.words("split")[source_row] : split);
      }
      k = end;
    }
    writer.close();
    facts.rows[split] = static_cast<std::int64_t>(places.size());
    if (split == "train" || split == "test") described = first.data();
  }
  write_metadata(part, facts, described);
  std::filesystem::rename(part, target, problem);
  if (problem) throw Error("{}: cannot be renamed to {}: {}", part.string(), target.string(), problem.message());
  ordered_json report;
  report["folder"] = target.string();
  report["shards"] = sources.size();
  report["ids_found_twice"] = twice;
  for (const auto& [split, rows] : facts.rows) report["rows"][split] = rows;
  return report;
}

}  // namespace

ordered_json merge_datasets(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& out) {
  try {
    return merge_into(folders, out);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(out / "data.part", ignored);
    throw;
  }
}

ordered_json dataset_statistics(const std::filesystem::path& folder) {
  const auto data_folder = find_dataset(folder);
  if (is_recourse_dataset(data_folder)) return recourse_statistics(data_folder);
  const DsoData network = read_network_json(data_folder / "network.json");
  ordered_json out;
  for (const auto& split : dataset_splits(data_folder)) {
    const RowReader reader(data_folder, split, network);
    ordered_json& entry = out[split];
    entry["rows"] = reader.rows();
    std::map<std::string, std::int64_t> words;
    for (const auto& word : reader.words("status")) ++words[word];
    entry["status"] = words;
    struct Sum {
      double least = std::numeric_limits<double>::infinity(), largest = -least, total = 0.0;
      std::int64_t count = 0;
    };
    std::map<std::string, Sum> sums;
    std::int64_t tight = 0, accepted = 0, pairs = 0;
    DsoInputs inputs;
    DsoAnswers answers;
    const auto columns = dataset_columns(reader.data(), false, reader.infeasible());
    for (std::int64_t first = 0; first < reader.rows(); first += slice_rows) {
      reader.read(first, std::min(slice_rows, reader.rows() - first), inputs, answers);
      for (const auto& column : columns) {
        const std::vector<double>* values = column.input != nullptr    ? &(inputs.*column.input)
                                            : column.answer != nullptr ? &(answers.*column.answer)
                                                                       : nullptr;
        if (values == nullptr) continue;
        Sum& sum = sums[column.name];
        for (const double value : *values) {
          if (!std::isfinite(value)) continue;
          sum.least = std::min(sum.least, value);
          sum.largest = std::max(sum.largest, value);
          sum.total += value;
          ++sum.count;
        }
      }
      for (const auto flag : answers.tight) tight += flag;
      for (const auto flag : answers.accepted) accepted += flag;
      pairs += static_cast<std::int64_t>(answers.accepted.size());
    }
    if (!reader.infeasible() && reader.rows() > 0) {
      entry["tight_share"] = static_cast<double>(tight) / static_cast<double>(reader.rows());
      entry["accepted_share"] = pairs > 0 ? static_cast<double>(accepted) / static_cast<double>(pairs) : 1.0;
    }
    for (const auto& [name, sum] : sums)
      if (sum.count > 0)
        entry["values"][name] = {
            {"min", sum.least}, {"mean", sum.total / static_cast<double>(sum.count)}, {"max", sum.largest}};
  }
  return out;
}

}  // namespace wattstein::engine
