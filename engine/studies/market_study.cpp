// Study kind `market`: reads the study, runs its cases, sets them beside each other.

#include "engine/studies/market_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/dataset/proposals.hpp"
#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/dso/read_dso.hpp"
#include "engine/report/market_report.hpp"
#include "engine/studies/dso_drawing.hpp"
#include "engine/studies/market_checkpoint.hpp"
#include "engine/studies/market_results.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;
using options::Kind;
using options::Option;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr std::array<Option, 4> root_options = {{
    {.key = "case",
     .kind = Kind::integer,
     .fallback = "2",
     .unit = "-",
     .meaning = "1: no network, 2: the operator corrects, 3: corrections are predicted",
     .minimum = 1,
     .maximum = 3},
    {.key = "compare",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "run the other two cases as well and set all three beside each other"},
    {.key = "surrogate",
     .kind = Kind::path,
     .fallback = "\"exact\"",
     .unit = "-",
     .meaning = "\"exact\" or a model file (case 3)"},
    {.key = "tight_loss_mw",
     .fallback = "0.001",
     .unit = "MW",
     .meaning = "fictitious loss up to which a response counts as tight",
     .minimum = 0.0},
}};

constexpr std::array<Option, 3> dso_options = {{
    {.key = "shed_cost_per_mw2h", .fallback = "", .unit = "$/MW²h", .meaning = "price of shedding", .minimum = 1e-9},
    {.key = "correction_cost_per_mw2h",
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "price of corrections",
     .minimum = 1e-9},
    {.key = "power_factor",
     .fallback = "",
     .unit = "-",
     .meaning = "of all loads; absent: the case's",
     .minimum = 1e-3,
     .maximum = 1.0,
     .optional = true},
}};

/// Loads and prices of every hour; proposals are filled round by round.
DsoInputs hourly_inputs(const std::shared_ptr<files::TomlDocument>& document, const DsoData& data, int hours) {
  const auto network = files::Table::open(document, "network", dso_network_records(true));
  const auto load = network.profile("load_profile", hours);
  const auto dso = files::Table::open(document, "dso", dso_options);
  const double power_factor =
      dso.has("power_factor") ? dso.number("power_factor") : std::numeric_limits<double>::quiet_NaN();
  const int N = data.buses();
  DsoInputs inputs;
  inputs.resize(hours, data);
  for (int h = 0; h < hours; ++h) {
    inputs.id[at(h)] = h + 1;
    inputs.load_scale[at(h)] = load[at(h)];
    inputs.power_factor[at(h)] = power_factor;
    inputs.shed_cost[at(h)] = dso.number("shed_cost_per_mw2h");
    inputs.correction_cost[at(h)] = dso.number("correction_cost_per_mw2h");
    const auto start = static_cast<std::ptrdiff_t>(h) * N;
    double *p = inputs.pd.data() + start, *q = inputs.qd.data() + start;
    for (int n = 0; n < N; ++n) {
      p[n] = load[at(h)] * data.feeder.load_mw[at(n)];
      q[n] = load[at(h)] * data.feeder.load_mvar[at(n)];
    }
    apply_power_factor(data.feeder, power_factor, p, q);
  }
  return inputs;
}

struct MarketStudy {
  MarketSystem system;
  std::filesystem::path model;  // the trained surrogate's file; empty: none
  int number = 2;               // the case whose results stand at the top of the summary
  std::vector<int> cases;
};

MarketStudy read_study(StudyContext& context, const SurrogateLoader& loader) {
  std::vector<std::string> others = market_study().tables;
  others.emplace_back("solver");
  for (const auto& option : common_records()) others.emplace_back(option.key);
  const auto root = files::Table::open(context.document, "", root_options, others);
  MarketStudy study;
  MarketSystem& system = study.system;
  study.number = static_cast<int>(root.integer("case"));
  study.cases = root.boolean("compare") ? std::vector<int>{1, 2, 3} : std::vector<int>{study.number};
  system.surrogate = root.text("surrogate");
  system.market = read_market(context.document, context.hours, context.step_hours);
  system.data = read_dso(context.document, true);
  system.data.tight_loss_mw = root.number("tight_loss_mw");
  const auto rows = files::Table::open_array(context.document, "microgrid", market_microgrid_records());
  for (std::size_t m = 0; m < system.market.microgrids.size(); ++m) {
    const auto& item = system.market.microgrids[m];
    const int bus = system.data.feeder.find(item.bus_number);
    if (bus < 0) rows[m].refuse("bus", fmt::format("bus {} is not in the network", item.bus_number));
    if (!(item.p_min_mw <= item.p_max_mw)) rows[m].refuse("p_min_mw", "is above p_max_mw");
    system.data.microgrids.push_back({item.name, bus, item.p_min_mw, item.p_max_mw});
  }
  system.case_file = files::Table::open(context.document, "network", dso_network_records(true)).path("file");
  system.inputs = hourly_inputs(context.document, system.data, context.hours);
  const bool predicted = std::find(study.cases.begin(), study.cases.end(), 3) != study.cases.end();
  if (predicted && system.surrogate != "exact") {
    if (!loader)
      root.refuse("surrogate", "this build has no trained surrogates (LibTorch was not found); expected \"exact\"");
    study.model = root.path("surrogate");
    system.predict = loader(study.model, system.data);
  }
  return study;
}

/// Everything that the numbers depend on: the study, the feeder's case, the trained surrogate.
std::string fingerprint(const StudyContext& context, const MarketStudy& study) {
  std::string text = "wattstein-market-1\n" + version() + files::to_toml_text(*context.document) +
                     files::read_whole(study.system.case_file);
  if (!study.model.empty()) text += files::sha256_of_file(study.model);
  return files::sha256(text);
}

/// The chosen case at the top, all of them under `cases`.
void fill_summary(ordered_json& summary, const std::vector<ordered_json>& cases, int number) {
  for (const auto& one : cases)
    if (one.at("case") == number)
      for (const auto& [key, value] : one.items()) summary[key] = value;
  summary["device"] = "cpu";
  summary["cases"] = cases;
}

void log_comparison(StudyContext& context, const std::vector<ordered_json>& cases) {
  const auto number = [](const ordered_json& from, const char* key) {
    return from.contains(key) && from.at(key).is_number() ? from.at(key).get<double>()
                                                          : std::numeric_limits<double>::quiet_NaN();
  };
  for (const auto& one : cases) {
    const ordered_json ac = one.value("ac", ordered_json::object());
    context.results.log(fmt::format(
        "case {}: {}, welfare {:.2f} $, accepted {:.1f} % at first and {:.1f} % at the end, {} rounds, {} operator "
        "problems, {} messages, {:.3f} s, voltages {:.4f} to {:.4f} p.u. by AC power flow",
        one.at("case").get<int>(), one.at("status").get<std::string>(), number(one, "welfare"),
        100.0 * number(one, "acceptance_first"), 100.0 * number(one, "acceptance_ratio"), one.at("rounds").get<int>(),
        one.at("dso_calls").get<std::int64_t>(), one.at("messages").get<std::int64_t>(), number(one, "case_seconds"),
        number(ac, "voltage_min_pu"), number(ac, "voltage_max_pu")));
  }
}

void add_report(StudyContext& context, const MarketStudy& study) {
  auto data = std::make_shared<report::MarketReportData>();
  data->hours = context.hours;
  data->step_hours = context.step_hours;
  data->accept_relative = study.system.data.accept_relative;
  data->accept_absolute_mw = study.system.data.accept_absolute_mw;
  for (const auto& microgrid : study.system.market.microgrids) data->microgrids.push_back(microgrid.name);
  data->system = drawn_feeder(study.system.data);
  data->config_toml = files::to_toml_text(*context.document);
  context.make_report = [data, &context](const nlohmann::json& summary) {
    data->summary = summary;
    data->log_tail = context.results.log_text();
    return report::market_report(*data);
  };
}

void run_market(StudyContext& context, const SurrogateLoader& loader) {
  const MarketStudy study = read_study(context, loader);
  const MarketSystem& system = study.system;
  MarketCheckpoint checkpoint(context.results.file("checkpoint") / "market.json", fingerprint(context, study),
                              context.resume);
  context.results.open(*context.document);
  if (checkpoint.resumed()) context.results.log("going on from the checkpoint");
  std::vector<ordered_json> cases;
  for (const int number : study.cases) {
    if (const ordered_json* done = checkpoint.finished(number)) {
      cases.push_back(*done);
      continue;
    }
    MarketHooks hooks;
    hooks.log = [&context](const std::string& line) { context.results.log(line); };
    hooks.stopped = [&context] { return context.stopped(); };
    hooks.save = [&checkpoint, number](const MarketState& state) { checkpoint.save_round(number, state); };
    MarketState state;
    if (const MarketState* begun = checkpoint.begun(number)) state = *begun;
    else state.limits = first_limits(system.market);
    const MarketOutcome outcome = run_market_case(system, number, std::move(state), context.solver, hooks);
    cases.push_back(market_case_results(system, outcome, context.solver.threads));
    if (study.cases.size() > 1) checkpoint.save_case(number, cases.back());
  }
  fill_summary(context.results.summary(), cases, study.number);
  log_comparison(context, cases);
  for (const auto& one : cases) {
    const int number = one.at("case");
    const std::string name = number == study.number ? "schedule.csv" : fmt::format("schedule_case{}.csv", number);
    context.results.write_csv(name, market_schedule(system, one));
  }
  context.results.write_csv("cases.csv", market_comparison(cases));
  add_report(context, study);
  checkpoint.remove();
}

}  // namespace

StudyKind market_study_with(SurrogateLoader loader) {
  StudyKind kind = market_study();
  kind.run = [loader = std::move(loader)](StudyContext& context) { run_market(context, loader); };
  return kind;
}

StudyKind market_study() {
  auto sections = dso_sections(true);
  sections.push_back({"", "Keys at the top of a market study", root_options});
  sections.push_back({"market", "Trading and clearing", market_records()});
  sections.push_back({"dso", "Prices of the operator", dso_options});
  sections.push_back({"microgrid", "Microgrids of a market (array of tables)", market_microgrid_records()});
  return {.name = "market",
          .meaning = "microgrids that trade on a feeder, corrected by its operator",
          .tables = {"case", "compare", "surrogate", "tight_loss_mw", "market", "dso", "network", "substation",
                     "generator", "line_limit", "accept", "microgrid"},
          .sections = std::move(sections),
          .run = [](StudyContext& context) { run_market(context, {}); }};
}

}  // namespace wattstein::engine
