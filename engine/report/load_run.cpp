#include "engine/report/load_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::report {

namespace fs = std::filesystem;

namespace {

nlohmann::json read_json(const fs::path& file) {
  nlohmann::json out = nlohmann::json::parse(files::read_whole(file), nullptr, false);
  if (out.is_discarded()) throw Error("{}: not a JSON file", file.string());
  return out;
}

/// A cell as a number; empty, "nan" and words give NaN (a figure that was not computed).
double loose_number(const files::CsvTable& table, std::size_t row, std::size_t column) {
  const std::string& cell = table.rows[row][column];
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  return cell.empty() || end != cell.c_str() + cell.size() ? std::numeric_limits<double>::quiet_NaN() : value;
}

/// First column whose name begins with `word`; Error naming file and columns when there is none.
std::size_t column_like(const files::CsvTable& table, std::string_view word) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].starts_with(word)) return c;
  return table.column(word);
}

std::vector<ConvergenceRow> read_convergence(const fs::path& file) {
  std::vector<ConvergenceRow> out;
  if (!fs::exists(file)) return out;
  const files::CsvTable t = files::read_csv(file);
  const std::size_t iteration = column_like(t, "iteration"), mismatch = column_like(t, "mismatch"),
                    change = column_like(t, "multiplier"), objective = column_like(t, "objective"),
                    bound = column_like(t, "lower"), seconds = column_like(t, "seconds");
  for (std::size_t r = 0; r < t.rows.size(); ++r)
    out.push_back({static_cast<int>(t.integer(r, iteration)), loose_number(t, r, mismatch), loose_number(t, r, change),
                   loose_number(t, r, objective), loose_number(t, r, bound), loose_number(t, r, seconds)});
  return out;
}

std::vector<BoundaryRow> read_boundary(const fs::path& file) {
  std::vector<BoundaryRow> out;
  if (!fs::exists(file)) return out;
  const files::CsvTable t = files::read_csv(file);
  const std::size_t iteration = column_like(t, "iteration"), hub = t.column("hub"), hour = column_like(t, "hour"),
                    transmission = column_like(t, "transmission"), own = column_like(t, "hub_"),
                    multiplier = column_like(t, "multiplier");
  for (std::size_t r = 0; r < t.rows.size(); ++r)
    out.push_back({static_cast<int>(t.integer(r, iteration)), t.rows[r][hub], static_cast<int>(t.integer(r, hour)),
                   loose_number(t, r, transmission), loose_number(t, r, own), loose_number(t, r, multiplier)});
  return out;
}

std::vector<ScheduleRow> read_schedule(const fs::path& file) {
  std::vector<ScheduleRow> out;
  if (!fs::exists(file)) return out;
  const files::CsvTable t = files::read_csv(file);
  const std::size_t agent = t.column("agent"), quantity = t.column("quantity"), name = t.column("name"),
                    hour = t.column("hour"), value = t.column("value");
  out.reserve(t.rows.size());
  for (std::size_t r = 0; r < t.rows.size(); ++r)
    out.push_back({t.rows[r][agent], t.rows[r][quantity], t.rows[r][name], static_cast<int>(t.integer(r, hour)),
                   loose_number(t, r, value)});
  return out;
}

std::string text_if_there(const fs::path& file) {
  return fs::exists(file) ? files::read_whole(file) : std::string{};
}

std::string last_lines(const std::string& text, std::size_t lines) {
  std::size_t at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  for (std::size_t n = 0; n < lines && at > 0; ++n) {
    const std::size_t found = text.rfind('\n', at - 1);
    if (found == std::string::npos) return text;
    at = found;
  }
  return at == 0 ? text : text.substr(at + 1);
}

}  // namespace

CoordinationReportData load_coordination_run(const fs::path& folder) {
  CoordinationReportData data;
  data.summary = read_json(folder / "summary.json");
  data.convergence = read_convergence(folder / "convergence.csv");
  data.boundary = read_boundary(folder / "boundary.csv");
  data.schedule = read_schedule(folder / "schedule.csv");
  if (fs::exists(folder / "system.json")) data.systems = systems_from_json(read_json(folder / "system.json"));
  data.config_toml = text_if_there(folder / "config.toml");
  data.log_tail = last_lines(text_if_there(folder / "log.txt"), 60);
  // The number of hours is what the tables show.
  int hours = 0;
  for (const ScheduleRow& r : data.schedule) hours = std::max(hours, r.hour);
  for (const BoundaryRow& r : data.boundary) hours = std::max(hours, r.hour);
  if (hours > 0) data.hours = hours;
  return data;
}

ComparedRun load_compared_run(const fs::path& folder) {
  ComparedRun run;
  run.name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  run.summary = read_json(folder / "summary.json");
  run.convergence = read_convergence(folder / "convergence.csv");
  run.boundary = read_boundary(folder / "boundary.csv");
  return run;
}

}  // namespace wattstein::report
