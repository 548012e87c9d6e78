// Study kind `power_flow`: one network, many scenarios of injections; voltages, losses and what the reference units
// make.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>
#include <memory>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/table.hpp"
#include "engine/grid/matpower.hpp"
#include "engine/powerflow/ac_power_flow.hpp"
#include "engine/studies/power_flow_drawing.hpp"
#include "engine/studies/power_flow_scenarios.hpp"
#include "engine/studies/study.hpp"
#include "kernels/backend/device.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;
using options::Kind;
using options::Option;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<Option, 1> network_records = {{
    {.key = "file", .kind = Kind::path, .fallback = "", .unit = "-", .meaning = "MATPOWER case (.m)"},
}};

constexpr std::array<Option, 7> power_flow_records = {{
    {.key = "method",
     .kind = Kind::choice,
     .fallback = "\"auto\"",
     .unit = "-",
     .meaning = "auto: sweep where it applies (radial, one reference, no PV bus), else newton",
     .choices = "auto|sweep|newton"},
    {.key = "tolerance_pu",
     .kind = Kind::number,
     .fallback = "1e-8",
     .unit = "p.u. of baseMVA",
     .meaning = "largest mismatch of active and reactive power",
     .minimum = 1e-14,
     .maximum = 1.0},
    {.key = "max_iterations",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "per scenario; 0: 30 for newton, 500 for sweep",
     .minimum = 0,
     .maximum = 1e6},
    {.key = "scenarios",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "table scenario,load_scale,generation_scale"},
    {.key = "injections",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "MW, MVAr",
     .meaning = "table scenario,bus,p_mw,q_mvar: into the network, on top of the case"},
    {.key = "report_buses",
     .kind = Kind::numbers,
     .fallback = "[]",
     .unit = "-",
     .meaning = "buses whose voltages the summary lists"},
    {.key = "sensitivities",
     .kind = Kind::numbers,
     .fallback = "[]",
     .unit = "-",
     .meaning = "pairs [bus of the voltage, bus of the injection]"},
}};

struct Settings {
  AcSettings ac;
  std::vector<int> report;                         // bus indices
  std::vector<kernels::VoltageSensitivity> pairs;  // bus indices
};

int bus_index(const files::Table& table, std::string_view key, double number, const grid::Network& network) {
  if (number != std::floor(number) || !(std::fabs(number) < 2e9) || !network.has_bus(static_cast<int>(number))) {
    table.refuse(key, fmt::format("{} is not a bus of {}", number, network.data.file.filename().string()));
  }
  return network.index_of(static_cast<int>(number));
}

Settings read_settings(const files::Table& table, const SolverOptions& solver, const grid::Network& network) {
  Settings out;
  const std::string method = table.text("method");
  out.ac.method = method == "sweep" ? AcMethod::sweep : method == "newton" ? AcMethod::newton : AcMethod::automatic;
  out.ac.tolerance_pu = table.number("tolerance_pu");
  out.ac.max_iterations = static_cast<int>(table.integer("max_iterations"));
  out.ac.threads = solver.threads;
  if (solver.device == "cuda") {
    if (const std::string why = kernels::cuda_why_not(); !why.empty()) throw Error("solver.device = \"cuda\": {}", why);
    out.ac.device = kernels::Device::cuda;
    out.ac.devices = solver.devices;
  }
  for (double number : table.numbers("report_buses"))
    out.report.push_back(bus_index(table, "report_buses", number, network));
  for (const std::vector<double>& pair : table.number_rows("sensitivities")) {
    if (pair.size() != 2) table.refuse("sensitivities", fmt::format("a pair holds {} buses, expected 2", pair.size()));
    out.pairs.push_back(
        {bus_index(table, "sensitivities", pair[0], network), bus_index(table, "sensitivities", pair[1], network)});
  }
  return out;
}

std::filesystem::path required_file(const files::Table& table, std::string_view key) {
  std::filesystem::path file = table.path(key);
  if (!file.empty() && !std::filesystem::exists(file))
    table.refuse(key, fmt::format("there is no file {}", file.string()));
  return file;
}

ordered_json numbers_or_null(const std::vector<double>& values) {
  ordered_json list = ordered_json::array();
  for (double value : values) list.push_back(std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr));
  return list;
}

/// Everything the summary lists, by scenario; NaN where a scenario did not converge.
struct Figures {
  std::vector<char> converged;
  std::vector<int> iterations, v_min_bus, v_max_bus;
  std::vector<double> mismatch, loss_p, loss_q, v_min, v_max, slack_p, slack_q;
  std::vector<std::vector<double>> vm, va;      // by reported bus
  std::vector<std::vector<double>> by_p, by_q;  // by pair
  std::int64_t converged_count = 0;

  explicit Figures(const Settings& settings)
      : vm(settings.report.size()),
        va(settings.report.size()),
        by_p(settings.pairs.size()),
        by_q(settings.pairs.size()) {}
  void add(const AcPowerFlow& flow, const Settings& settings, const AcInjections& injections,
           const AcSolution& solution);
  void summarise(ordered_json& summary, const Settings& settings, const grid::Network& network) const;
  files::CsvWriter table() const;
};

void Figures::add(const AcPowerFlow& flow, const Settings& settings, const AcInjections& injections,
                  const AcSolution& solution) {
  const std::size_t n = static_cast<std::size_t>(flow.buses());
  std::vector<double> derivatives;
  if (!settings.pairs.empty()) derivatives = flow.sensitivities(solution, settings.pairs, settings.ac.threads);
  for (std::int64_t s = 0; s < solution.scenarios(); ++s) {
    const std::size_t row = static_cast<std::size_t>(s);
    const bool good = solution.raw.converged[row] != 0;
    AcFigures figures{nan, nan, nan, nan, 0, 0, nan, nan};
    if (good) {
      figures = flow.figures(solution, s, std::span(injections.p_mw).subspan(row * n, n),
                             std::span(injections.q_mvar).subspan(row * n, n));
    }
    converged.push_back(good);
    converged_count += good;
    iterations.push_back(solution.raw.iterations[row]);
    mismatch.push_back(good ? solution.raw.mismatch[row] : nan);
    loss_p.push_back(figures.loss_mw), loss_q.push_back(figures.loss_mvar);
    v_min.push_back(figures.v_min_pu), v_max.push_back(figures.v_max_pu);
    v_min_bus.push_back(figures.v_min_bus), v_max_bus.push_back(figures.v_max_bus);
    slack_p.push_back(figures.slack_p_mw), slack_q.push_back(figures.slack_q_mvar);
    for (std::size_t b = 0; b < settings.report.size(); ++b) {
      vm[b].push_back(flow.vm_pu(solution, s, settings.report[b]));
      va[b].push_back(flow.va_deg(solution, s, settings.report[b]));
    }
    for (std::size_t k = 0; k < settings.pairs.size(); ++k) {
      by_p[k].push_back(derivatives[row * 2 * settings.pairs.size() + 2 * k]);
      by_q[k].push_back(derivatives[row * 2 * settings.pairs.size() + 2 * k + 1]);
    }
  }
}

void Figures::summarise(ordered_json& summary, const Settings& settings, const grid::Network& network) const {
  summary["status"] = "solved";
  summary["objective"] = summary["lower_bound"] = summary["relative_gap"] = nullptr;
  summary["scenarios"] = converged.size();
  ordered_json flags = ordered_json::array(), steps = ordered_json::array();
  ordered_json low_bus = ordered_json::array(), high_bus = ordered_json::array();
  double lowest = nan, highest = nan;
  for (std::size_t s = 0; s < converged.size(); ++s) {
    const bool good = converged[s] != 0;
    flags.push_back(good);
    steps.push_back(good ? ordered_json(iterations[s]) : ordered_json(nullptr));
    low_bus.push_back(good ? ordered_json(v_min_bus[s]) : ordered_json(nullptr));
    high_bus.push_back(good ? ordered_json(v_max_bus[s]) : ordered_json(nullptr));
    if (good) {
      lowest = std::isnan(lowest) ? v_min[s] : std::min(lowest, v_min[s]);
      highest = std::isnan(highest) ? v_max[s] : std::max(highest, v_max[s]);
    }
  }
  summary["converged"] = std::move(flags);
  summary["converged_count"] = converged_count;
  summary["iterations"] = std::move(steps);
  summary["max_mismatch_pu"] = numbers_or_null(mismatch);
  summary["loss_mw"] = numbers_or_null(loss_p);
  summary["loss_mvar"] = numbers_or_null(loss_q);
  summary["v_min_pu"] = numbers_or_null(v_min);
  summary["v_min_bus"] = std::move(low_bus);
  summary["v_max_pu"] = numbers_or_null(v_max);
  summary["v_max_bus"] = std::move(high_bus);
  summary["slack_p_mw"] = numbers_or_null(slack_p);
  summary["slack_q_mvar"] = numbers_or_null(slack_q);
  ordered_json magnitudes = ordered_json::object(), angles = ordered_json::object();
  for (std::size_t b = 0; b < settings.report.size(); ++b) {
    const std::string bus = std::to_string(network.number(settings.report[b]));
    magnitudes[bus] = numbers_or_null(vm[b]);
    angles[bus] = numbers_or_null(va[b]);
  }
  summary["vm_pu"] = std::move(magnitudes);
  summary["va_deg"] = std::move(angles);
  summary["worst"]["v_min_pu"] = json_number(lowest);
  summary["worst"]["v_max_pu"] = json_number(highest);
  ordered_json list = ordered_json::array();
  for (std::size_t k = 0; k < settings.pairs.size(); ++k) {
    list.push_back({{"voltage_bus", network.number(settings.pairs[k].voltage)},
                    {"injection_bus", network.number(settings.pairs[k].injection)},
                    {"dvm_dp_pu_per_mw", numbers_or_null(by_p[k])},
                    {"dvm_dq_pu_per_mvar", numbers_or_null(by_q[k])}});
  }
  summary["sensitivities"] = std::move(list);
}

files::CsvWriter Figures::table() const {
  files::CsvWriter csv({"scenario", "converged", "iterations", "max_mismatch_pu", "loss_mw", "loss_mvar", "v_min_pu",
                        "v_min_bus", "v_max_pu", "v_max_bus", "slack_p_mw", "slack_q_mvar"});
  for (std::size_t s = 0; s < converged.size(); ++s) {
    csv.row().cell(static_cast<long>(s + 1)).cell(converged[s] ? 1 : 0).cell(iterations[s]);
    if (!converged[s]) {
      for (int k = 0; k < 9; ++k) csv.cell("");
      continue;
    }
    csv.cell(mismatch[s]).cell(loss_p[s]).cell(loss_q[s]).cell(v_min[s]).cell(v_min_bus[s]);
    csv.cell(v_max[s]).cell(v_max_bus[s]).cell(slack_p[s]).cell(slack_q[s]);
  }
  return csv;
}

/// Voltages of all scenarios and buses: voltages.h5.
class VoltageFile {
 public:
  VoltageFile(const std::filesystem::path& file, std::int64_t scenarios, const grid::Network& network)
      : writer_(file), buses_(network.buses()) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(static_cast<std::size_t>(buses_));
    for (int i = 0; i < network.buses(); ++i) numbers.push_back(network.number(i));
    writer_.integers64("bus", numbers, {buses_});
    for (const auto& [name, unit] : {std::pair{"vm_pu", "p.u."}, std::pair{"va_deg", "degree"}}) {
      writer_.declare(name, {scenarios, buses_});
      writer_.attribute(name, "unit", std::string_view(unit));
      writer_.attribute(name, "axes", std::string_view("scenario, bus"));
    }
  }
  void rows(std::int64_t first, const AcPowerFlow& flow, const AcSolution& solution) {
    std::vector<double> magnitudes, angles;
    for (std::int64_t s = 0; s < solution.scenarios(); ++s) {
      for (int i = 0; i < flow.buses(); ++i) {
        magnitudes.push_back(flow.vm_pu(solution, s, i));
        angles.push_back(flow.va_deg(solution, s, i));
      }
    }
    writer_.rows("vm_pu", first, magnitudes);
    writer_.rows("va_deg", first, angles);
  }
  void close(const std::vector<char>& converged) {
    std::vector<std::int8_t> flags(converged.begin(), converged.end());
    writer_.bytes("converged", flags, {static_cast<std::int64_t>(flags.size())});
    writer_.commit();
  }

 private:
  files::Hdf5Writer writer_;
  std::int64_t buses_;
};

void run_power_flow(StudyContext& context) {
  const auto network_table = files::Table::open(context.document, "network", network_records);
  const auto table = files::Table::open(context.document, "power_flow", power_flow_records);
  const AcPowerFlow flow(grid::make_network(grid::read_matpower(required_file(network_table, "file"))));
  const grid::Network& network = flow.network();
  const Settings settings = read_settings(table, context.solver, network);
  const PowerFlowScenarios scenarios =
      read_power_flow_scenarios(required_file(table, "scenarios"), required_file(table, "injections"), network);
  flow.solve({},
             settings.ac);  // no scenario yet, but a sweep on a meshed network is refused before anything is written

  ResultsFolder& results = context.results;
  results.open(*context.document);
  results.log(fmt::format("{}: {} buses, {} lines, {} scenarios", network.data.file.filename().string(),
                          network.buses(), network.lines.size(), scenarios.count));
  Figures figures(settings);
  VoltageFile voltages(results.file("voltages.h5"), scenarios.count, network);
  const auto drawing = std::make_shared<PowerFlowDrawing>(flow, scenarios.count);
  const std::int64_t slice =
      std::max<std::int64_t>(1, 8'000'000 / std::max(1, network.buses()));  // about 256 MB at work
  kernels::PowerFlowMethod method = kernels::PowerFlowMethod::newton;
  double seconds = 0.0, cpu_seconds = 0.0;  // of solving alone
  for (std::int64_t first = 0; first < scenarios.count; first += slice) {
    if (context.stopped()) throw Stopped("power flow: stopped after {} of {} scenarios", first, scenarios.count);
    const std::int64_t number = std::min(slice, scenarios.count - first);
    const AcInjections injections = scenarios.slice(flow, first, number);
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    const AcSolution solution = flow.solve(injections, settings.ac);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    cpu_seconds += static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
    method = solution.method;
    figures.add(flow, settings, injections, solution);
    voltages.rows(first, flow, solution);
    drawing->add(flow, first, solution);
    if (scenarios.count > slice) results.progress(fmt::format("{} of {} scenarios", first + number, scenarios.count));
  }
  voltages.close(figures.converged);
  results.write_csv("scenarios.csv", figures.table());
  figures.summarise(results.summary(), settings, network);
  results.summary()["method"] = method == kernels::PowerFlowMethod::sweep ? "sweep" : "newton";
  results.summary()["solve_seconds"] = seconds;
  results.summary()["solve_cpu_seconds"] = cpu_seconds;
  results.summary()["device"] = settings.ac.device == kernels::Device::cuda ? "cuda" : "cpu";
  results.log(fmt::format("{} of {} scenarios converged ({})", figures.converged_count, scenarios.count,
                          method == kernels::PowerFlowMethod::sweep ? "sweep" : "newton"));
  drawing->data().config_toml = files::to_toml_text(*context.document);
  context.make_report = [drawing, &context](const nlohmann::json& summary) {
    drawing->data().summary = summary;
    drawing->data().log_tail = context.results.log_text();
    return report::power_flow_report(drawing->data());
  };
}

}  // namespace

StudyKind power_flow_study() {
  return {.name = "power_flow",
          .meaning = "AC power flow of one network for many scenarios of injections",
          .tables = {"network", "power_flow"},
          .sections = {{"network", "The network.", network_records},
                       {"power_flow", "Method and scenarios.", power_flow_records}},
          .run = run_power_flow};
}

}  // namespace wattstein::engine
