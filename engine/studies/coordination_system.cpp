#include "engine/studies/coordination_system.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/grid/samples.hpp"
#include "engine/models/devices/agent_samples.hpp"
#include "engine/models/hub/hub.hpp"
#include "engine/models/hub/hub_reader.hpp"
#include "engine/models/transmission/transmission.hpp"
#include "engine/models/transmission/transmission_reader.hpp"
#include "engine/studies/coordination_records.hpp"

namespace wattstein::engine {
namespace {

CoordinationSettings read_settings(const files::Table& table) {
  CoordinationSettings settings;
  settings.case_name = table.text("case");
  settings.method = table.text("method");
  settings.penalty = table.number("penalty");
  settings.adapt_penalty = table.boolean("adapt_penalty");
  settings.damping = table.number("damping");
  settings.tolerance_mw = table.number("tolerance_mw");
  settings.tolerance_price = table.number("tolerance_price");
  settings.max_iterations = static_cast<int>(table.integer("max_iterations"));
  settings.worst_case = table.text("worst_case");
  settings.recourse = table.text("recourse");
  settings.cut_clusters = static_cast<int>(table.integer("cut_clusters"));
  settings.hubs = static_cast<int>(table.integer("hubs"));
  settings.deploy_reserves = table.boolean("deploy_reserves");
  settings.deployment_markup = table.number("deployment_markup");
  settings.socp_gap_limit = table.number("socp_gap_limit");
  settings.loss_price_per_mwh = table.number("loss_price_per_mwh");
  settings.pressure_drop_price = table.number("pressure_drop_price");
  return settings;
}

// What an agent without keys of its own takes from [ambiguity].
struct CommonSamples {
  double radius_mw = -1.0;
  std::string support = "samples";
  std::filesystem::path support_file;
  double support_margin = 0.0;
};

double read_radius(const files::Table& table) {
  if (!table.is_text("radius_mw")) return table.number("radius_mw");
  if (table.texts("radius_mw").front() != "auto") table.refuse("radius_mw", "expected a number of MW or \"auto\"");
  return -1.0;
}

AmbiguitySettings read_ambiguity(const files::Table& table, CommonSamples& common) {
  AmbiguitySettings settings;
  settings.model = table.text("model");
  settings.confidence = table.number("confidence");
  if (!(settings.confidence > 0.0 && settings.confidence < 1.0))
    table.refuse("confidence", fmt::format("{} is outside (0, 1)", settings.confidence));
  settings.radius_factor = table.number("radius_factor");
  settings.scenarios = static_cast<int>(table.integer("scenarios"));
  common.radius_mw = read_radius(table);
  read_support(table, common.support, common.support_file);
  common.support_margin = table.number("support_margin");
  return settings;
}

// One [[hub]] table as it stands, copies not yet made.
struct HubEntry {
  files::Table table;
  HubFile file;
  std::vector<int> buses;          // indices, one a copy
  std::vector<std::string> names;  // (copies)
  std::size_t copies() const { return buses.size(); }
};

double factor(const HubEntry& hub, std::string_view key, std::size_t copy) {
  const auto values = hub.table.numbers(key);
  if (!hub.table.is_list(key)) return values.front();
  if (values.size() != hub.copies())
    hub.table.refuse(key, fmt::format("has {} entries, expected {} (as many as bus)", values.size(), hub.copies()));
  return values[copy];
}

std::filesystem::path sample_file(const HubEntry& hub, std::size_t copy) {
  if (!hub.table.has("samples")) return hub.file.samples.samples;
  const auto names = hub.table.texts("samples");
  if (hub.table.is_list("samples") && names.size() != hub.copies())
    hub.table.refuse("samples",
                     fmt::format("has {} entries, expected {} (as many as bus)", names.size(), hub.copies()));
  const std::string& name = hub.table.is_list("samples") ? names[copy] : names.front();
  return name.empty() ? std::filesystem::path{} : (hub.table.folder() / name).lexically_normal();
}

std::vector<HubEntry> read_hubs(const std::shared_ptr<files::TomlDocument>& document, const grid::Network& network,
                                int hours, bool electric_only, int first_so_many) {
  std::vector<HubEntry> hubs;
  std::vector<std::string> names;
  std::map<std::string, HubFile> read;  // a file named twice is read once
  int count = 0;
  for (const auto& table : files::Table::open_array(document, "hub", hub_table_records())) {
    HubEntry hub{table, {}, {}, {}};
    const std::string name = table.text("name");
    const auto file = table.path("file");
    auto known = read.find(file.string());
    if (known == read.end()) known = read.emplace(file.string(), read_hub(file, hours, electric_only)).first;
    hub.file = known->second;
    const auto buses = table.numbers("bus");
    if (buses.empty()) table.refuse("bus", "is an empty list");
    for (std::size_t k = 0; k < buses.size(); ++k) {
      const double bus = buses[k];
      if (bus != std::floor(bus) || std::abs(bus) > 1e9 || !network.has_bus(static_cast<int>(bus)))
        table.refuse("bus",
                     fmt::format("bus {} does not exist in {} (or is of type 4)", bus, network.data.file.string()));
      hub.buses.push_back(network.index_of(static_cast<int>(bus)));
      hub.names.push_back(table.is_list("bus") ? fmt::format("{}_{}", name, k + 1) : name);
    }
    for (const auto& copy : hub.names) {
      if (copy == "transmission") table.refuse("name", "a hub must not be named 'transmission'");
      if (copy.empty()) table.refuse("name", "is empty");
      if (std::find(names.begin(), names.end(), copy) != names.end())
        table.refuse("name", fmt::format("there are two hubs named '{}'", copy));
      names.push_back(copy);
    }
    const double import_max = table.number("import_max_mw"), export_max = table.number("export_max_mw");
    if (!(-export_max <= import_max))
      table.refuse("import_max_mw", fmt::format("{} is below -export_max_mw = {}", import_max, -export_max));
    // every list is checked, also where only the first copies are used
    for (const char* key :
         {"load_scale", "gas_load_scale", "heat_load_scale", "renewable_scale", "cost_scale", "gas_price_scale"})
      factor(hub, key, 0);
    sample_file(hub, 0);
    count += static_cast<int>(hub.copies());
    hubs.push_back(std::move(hub));
  }
  if (first_so_many > count)
    throw Error("{}: [coordination] hubs = {}, but the study has only {} hubs",
                files::Table::open(document, "coordination", coordination_records()).where("hubs"), first_so_many,
                count);
  return hubs;
}

std::vector<std::vector<double>> read_exchange(const std::filesystem::path& file, const std::vector<std::string>& hubs,
                                               int hours) {
  const auto csv = files::read_csv(file);
  const auto hour_column = csv.column("hour");
  if (csv.rows.size() != static_cast<std::size_t>(hours))
    throw Error("{}: has {} rows, expected {} (one per hour of the study)", file.string(), csv.rows.size(), hours);
  std::vector<std::vector<double>> exchange;
  for (const auto& hub : hubs) {
    const auto column = csv.column(hub);
    exchange.emplace_back(static_cast<std::size_t>(hours), std::nan(""));
    for (std::size_t i = 0; i < csv.rows.size(); ++i) {
      const long hour = csv.integer(i, hour_column);
      if (hour < 1 || hour > hours || !std::isnan(exchange.back()[static_cast<std::size_t>(hour - 1)]))
        throw Error("{}, line {}: hour {} is repeated or outside 1 .. {}", file.string(), csv.lines[i], hour, hours);
      exchange.back()[static_cast<std::size_t>(hour - 1)] = csv.number(i, column);
    }
  }
  return exchange;
}

// The renewables of each agent by name, for [evaluate.samples]: scaled like the agent's own samples.
struct AgentRenewables {
  std::string agent;
  std::vector<std::string> names;
  double scale = 1.0;
};

EvaluationSettings read_evaluation(const std::shared_ptr<files::TomlDocument>& document,
                                   const std::vector<AgentRenewables>& agents, int hours) {
  EvaluationSettings evaluation;
  const auto table = files::Table::open(document, "evaluate", evaluate_records(), {"samples"});
  if (!table.given()) return evaluation;
  evaluation.given = true;
  evaluation.schedule = table.path("schedule");
  if (!std::filesystem::exists(evaluation.schedule))
    table.refuse("schedule", fmt::format("the file {} does not exist", evaluation.schedule.string()));
  std::vector<options::Option> records;
  records.reserve(agents.size());
  for (const auto& agent : agents)
    records.push_back({.key = agent.agent,
                       .kind = options::Kind::path,
                       .fallback = "",
                       .unit = "-",
                       .meaning = "realisations to price",
                       .optional = true});
  const auto samples = files::Table::open(document, "evaluate.samples", records);
  for (const auto& agent : agents) {
    if (!samples.has(agent.agent)) continue;
    const auto read = grid::read_samples(samples.path(agent.agent), agent.names, hours);
    evaluation.samples.push_back({agent.agent, read.count, read.values});
    for (double& value : evaluation.samples.back().values) value *= agent.scale;
  }
  return evaluation;
}

// (n_r) the largest realisation of any kind that the agent may be asked about.
std::vector<double> largest_realisations(const AgentSamples& samples, const EvaluationSettings& evaluation,
                                         const std::string& agent) {
  std::vector<double> largest(samples.renewables.size(), 0.0);
  const auto take = [&](const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      largest[i % largest.size()] = std::max(largest[i % largest.size()], values[i]);
  };
  if (largest.empty()) return largest;
  take(samples.values);
  take(samples.test);
  take(samples.upper);
  for (const auto& given : evaluation.samples)
    if (given.agent == agent) take(given.values);
  return largest;
}

}  // namespace

std::span<const options::Section> coordination_sections() {
  static const std::vector<options::Section> all = [] {
    std::vector<options::Section> sections{
        {"coordination", "how the agents are coordinated", coordination_records()},
        {"disconnected", "read only when coordination.case = \"disconnected\"", disconnected_records()},
        {"ambiguity", "uncertainty model, radius and support", ambiguity_records()}};
    const auto transmission = transmission_sections();
    sections.insert(sections.end(), transmission.begin(), transmission.end());
    sections.push_back({"hub", "hubs (array of tables)", hub_table_records()});
    sections.push_back(
        {"evaluate", "price a given schedule; [evaluate.samples] names a samples CSV per agent", evaluate_records()});
    const auto hub = hub_sections();
    sections.insert(sections.end(), hub.begin(), hub.end());
    return sections;
  }();
  return all;
}

const std::vector<std::string>& coordination_tables() {
  static const std::vector<std::string> names{"coordination", "disconnected", "ambiguity",
                                              "transmission", "hub",          "evaluate"};
  return names;
}

CoordinationSystem read_coordination(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours,
                                     std::uint64_t seed) {
  return read_coordination(document, hours, step_hours, seed, {});
}

CoordinationSystem read_coordination(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours,
                                     std::uint64_t seed, const std::string& case_name) {
  CoordinationSystem system;
  system.hours = hours;
  system.step_hours = step_hours;
  system.seed = seed;
  system.coordination = read_settings(files::Table::open(document, "coordination", coordination_records()));
  if (!case_name.empty()) system.coordination.case_name = case_name;
  CommonSamples common;
  system.ambiguity = read_ambiguity(files::Table::open(document, "ambiguity", ambiguity_records()), common);
  const bool disconnected = system.coordination.case_name == "disconnected";
  const auto disconnected_table = files::Table::open(document, "disconnected", disconnected_records());
  if (disconnected) {
    system.disconnected.hubs = disconnected_table.text("hubs");
    system.disconnected.mismatch_cost_per_mwh = disconnected_table.number("mismatch_cost_per_mwh");
  }
  const bool electric_only =
      system.coordination.case_name == "electric_only" || (disconnected && system.disconnected.hubs == "electric_only");
  const StageSettings stage{hours,
                            step_hours,
                            system.coordination.deploy_reserves,
                            system.coordination.deployment_markup,
                            system.coordination.loss_price_per_mwh,
                            system.coordination.pressure_drop_price};

  // Transmission with its samples
  TransmissionData transmission = read_transmission(document, hours);
  const auto request_of = [&](const files::Table& table, SampleRequest request) {
    request.first = static_cast<int>(table.integer("sample_first"));
    request.count = static_cast<int>(table.integer("sample_count"));
    request.test_file = table.path("test_samples");
    if (table.has("radius_mw")) request.radius_mw = read_radius(table);
    request.where = table.where();
    return request;
  };
  grid::SampleCache cache;
  SampleRequest common_request;
  common_request.support = common.support;
  common_request.support_file = common.support_file;
  common_request.support_margin = common.support_margin;
  common_request.radius_mw = common.radius_mw;
  {
    const auto table = files::Table::open(document, "transmission", transmission_sections().front().options,
                                          {"unit", "renewable", "storage", "line_limit"});
    SampleRequest request = request_of(table, common_request);
    request.file = table.path("samples");
    if (table.has("support")) read_support(table, request.support, request.support_file);
    if (table.has("support_margin")) request.support_margin = table.number("support_margin");
    transmission.samples = make_samples(request, transmission.renewables, hours, cache);
  }

  // Hubs: every copy with its factors and samples
  const auto entries = read_hubs(document, transmission.network, hours, electric_only, system.coordination.hubs);
  std::vector<std::pair<const HubEntry*, HubCopy>> copies;
  std::vector<std::string> copy_names;
  std::vector<AgentRenewables> renewables{{"transmission", transmission.samples.renewables, 1.0}};
  for (const auto& entry : entries)
    for (std::size_t k = 0; k < entry.copies(); ++k) {
      if (system.coordination.hubs > 0 && static_cast<int>(copies.size()) >= system.coordination.hubs) break;
      HubCopy copy;
      copy.name = entry.names[k];
      copy.import_max_mw = entry.table.number("import_max_mw");
      copy.export_max_mw = entry.table.number("export_max_mw");
      copy.load_scale = factor(entry, "load_scale", k);
      copy.gas_load_scale = factor(entry, "gas_load_scale", k);
      copy.heat_load_scale = factor(entry, "heat_load_scale", k);
      copy.renewable_scale = factor(entry, "renewable_scale", k);
      copy.cost_scale = factor(entry, "cost_scale", k);
      copy.gas_price_scale = factor(entry, "gas_price_scale", k);
      SampleRequest request = request_of(entry.table, common_request);
      request.file = sample_file(entry, k);
      request.first += static_cast<int>(k) * request.count;
      request.scale = copy.renewable_scale;
      const auto& keys = entry.file.samples;
      if (keys.support) {
        request.support = *keys.support;
        request.support_file = keys.support_file;
      }
      if (keys.support_margin) request.support_margin = *keys.support_margin;
      auto scaled = entry.file.data.electric.renewables;
      for (auto& renewable : scaled) renewable.capacity_mw *= copy.renewable_scale;
      copy.samples = make_samples(request, scaled, hours, cache);
      transmission.hubs.push_back({copy.name, entry.buses[k], copy.import_max_mw, copy.export_max_mw});
      renewables.push_back({copy.name, copy.samples.renewables, copy.renewable_scale});
      copy_names.push_back(copy.name);
      copies.emplace_back(&entry, std::move(copy));
    }
  if (disconnected) {
    if (!disconnected_table.has("exchange"))
      disconnected_table.refuse("exchange", "is required when coordination.case = \"disconnected\"");
    const std::string exchange = disconnected_table.text("exchange");
    system.disconnected.exchange_of_electric_only = exchange == "electric_only";
    if (exchange != "electric_only") {
      const auto file = (disconnected_table.folder() / exchange).lexically_normal();
      if (!std::filesystem::exists(file))
        disconnected_table.refuse("exchange", fmt::format("'{}' is neither electric_only nor a file that exists ({})",
                                                          exchange, file.string()));
      system.disconnected.exchange = read_exchange(file, copy_names, hours);
    }
  }
  system.evaluation = read_evaluation(document, renewables, hours);

  system.transmission = make_transmission(
      transmission, stage, largest_realisations(transmission.samples, system.evaluation, "transmission"));
  for (const auto& [entry, copy] : copies)
    system.hubs.push_back(
        make_hub(entry->file.data, copy, stage, largest_realisations(copy.samples, system.evaluation, copy.name)));
  return system;
}

}  // namespace wattstein::engine
