#include "engine/dataset/metadata.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dataset/columns.hpp"
#include "engine/dataset/croissant.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// What a column holds, for the description.
std::string meaning(const std::string& name) {
  static const std::map<std::string, std::string> words = {
      {"id", "sample id"},
      {"load_scale", "factor on the case's loads"},
      {"power_factor", "power factor of all loads; NaN: the case's"},
      {"shed_cost", "price of squared shedding"},
      {"correction_cost", "price of squared corrections"},
      {"pd", "active load before shedding, per bus"},
      {"qd", "reactive load before shedding, per bus"},
      {"pv", "fixed photovoltaic injection, per bus"},
      {"net", "proposed injection, per microgrid; export positive"},
      {"split", "split the row would have gone to"},
      {"pg", "active power per unit, substation first"},
      {"qg", "reactive power per unit"},
      {"pm", "injection granted, per microgrid"},
      {"shed", "load shed, per bus"},
      {"pf", "active flow at the end nearer the root, per line"},
      {"qf", "reactive flow at the end nearer the root, per line"},
      {"l", "squared current, per line"},
      {"v", "squared voltage, per bus"},
      {"balance_p", "multiplier of the active balance, per bus"},
      {"balance_q", "multiplier of the reactive balance, per bus"},
      {"drop", "multiplier of the voltage drop, per line"},
      {"cone", "cone multipliers (w_l, w_v, w_P, w_Q), per line"},
      {"voltage_cap", "multiplier of the lossless upper voltage, per bus"},
      {"price_p", "nodal price of active power, per bus"},
      {"price_q", "nodal price of reactive power, per bus"},
      {"status", "how the row ended"},
      {"objective", "optimal cost"},
      {"lower_bound", "certified lower bound of the cost"},
      {"socp_gap", "largest cone slack"},
      {"fictitious_loss", "loss that no current explains"},
      {"seconds", "share of the solving time"},
      {"iterations", "iterations of the solver"},
      {"tight", "1: the relaxation is exact for this row"},
      {"accepted", "1: the correction of this microgrid stays within the tolerance"}};
  const auto found = words.find(name);
  return found == words.end() ? name : found->second;
}

bool is_infeasible(const std::string& split) {
  return split.rfind("infeasible", 0) == 0;
}

}  // namespace

ordered_json network_json(const DsoData& data) {
  const Feeder& feeder = data.feeder;
  ordered_json out;
  out["schema"] = "wattstein-dso-1";
  out["base_mva"] = feeder.base_mva;
  out["root_bus"] = feeder.bus_number[at(feeder.root)];
  out["root_voltage_pu"] = feeder.root_voltage_pu;
  out["upper_voltage"] = data.capped() ? "lossless" : "lossy";
  out["shed_max_fraction"] = data.shed_max_fraction;
  out["accept_relative"] = data.accept_relative;
  out["accept_absolute_mw"] = data.accept_absolute_mw;
  out["tight_loss_mw"] = data.tight_loss_mw;
  out["bus"] = ordered_json::array();
  for (int n = 0; n < data.buses(); ++n)
    out["bus"].push_back(
        {{"id", feeder.bus_number[at(n)]}, {"v_min_pu", feeder.v_min_pu[at(n)]}, {"v_max_pu", feeder.v_max_pu[at(n)]}});
  out["branch"] = ordered_json::array();
  for (const auto& line : feeder.lines)
    out["branch"].push_back({{"from", feeder.bus_number[at(line.from)]},
                             {"to", feeder.bus_number[at(line.to)]},
                             {"r_pu", line.r_pu},
                             {"x_pu", line.x_pu},
                             {"limit_mva", line.limit_mva}});
  out["generator"] = ordered_json::array();
  for (const auto& unit : data.units)
    out["generator"].push_back({{"name", unit.name},
                                {"bus", feeder.bus_number[at(unit.bus)]},
                                {"p_min_mw", unit.p_min_mw},
                                {"p_max_mw", unit.p_max_mw},
                                {"q_min_mvar", unit.q_min_mvar},
                                {"q_max_mvar", unit.q_max_mvar},
                                {"cost_a_per_mw2h", unit.cost_a_per_mw2h},
                                {"cost_b_per_mwh", unit.cost_b_per_mwh}});
  return out;
}

DsoData read_network_json(const std::filesystem::path& file) {
  return parse_network_json(files::read_whole(file), file);
}

DsoData parse_network_json(std::string_view text, const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Error("{}: is no JSON", file.string());
  try {
    if (json.at("schema") != "wattstein-dso-1")
      throw Error("{}: schema {}, expected \"wattstein-dso-1\"", file.string(), json.at("schema").dump());
    DsoData data;
    Feeder& feeder = data.feeder;
    feeder.base_mva = json.at("base_mva");
    feeder.root_voltage_pu = json.at("root_voltage_pu");
    data.upper_voltage = json.at("upper_voltage") == "lossless" ? UpperVoltage::lossless : UpperVoltage::lossy;
    data.shed_max_fraction = json.at("shed_max_fraction");
    data.accept_relative = json.at("accept_relative");
    data.accept_absolute_mw = json.at("accept_absolute_mw");
    data.tight_loss_mw = json.at("tight_loss_mw");
    for (const auto& bus : json.at("bus")) {
      feeder.bus_number.push_back(bus.at("id"));
      feeder.v_min_pu.push_back(bus.at("v_min_pu"));
      feeder.v_max_pu.push_back(bus.at("v_max_pu"));
    }
    feeder.load_mw.assign(feeder.bus_number.size(), 0.0);
    feeder.load_mvar.assign(feeder.bus_number.size(), 0.0);
    feeder.line_to.assign(feeder.bus_number.size(), -1);
    const auto position = [&](const nlohmann::json& number) {
      const int found = feeder.find(number);
      if (found < 0) throw Error("{}: bus {} is not in the list of buses", file.string(), number.dump());
      return found;
    };
    feeder.root = position(json.at("root_bus"));
    for (const auto& branch : json.at("branch")) {
      FeederLine line{position(branch.at("from")), position(branch.at("to")), branch.at("r_pu"), branch.at("x_pu"),
                      branch.at("limit_mva")};
      feeder.line_to[at(line.to)] = feeder.line_count();
      feeder.lines.push_back(line);
    }
    // parents before children
    std::vector<char> reached(feeder.bus_number.size(), 0);
    reached[at(feeder.root)] = 1;
    for (bool more = true; more;) {
      more = false;
      for (int l = 0; l < feeder.line_count(); ++l) {
        const auto& line = feeder.lines[at(l)];
        if (reached[at(line.from)] == 0 || reached[at(line.to)] != 0) continue;
        reached[at(line.to)] = 1;
        feeder.order.push_back(l);
        more = true;
      }
    }
    if (feeder.line_count() + 1 != feeder.buses() || static_cast<int>(feeder.order.size()) != feeder.line_count())
      throw Error("{}: the branches are no tree that leads away from bus {}", file.string(),
                  json.at("root_bus").dump());
    for (const auto& unit : json.at("generator"))
      data.units.push_back({unit.at("name"), position(unit.at("bus")), unit.at("p_min_mw"), unit.at("p_max_mw"),
                            unit.at("q_min_mvar"), unit.at("q_max_mvar"), unit.at("cost_a_per_mw2h"),
                            unit.at("cost_b_per_mwh")});
    if (data.units.empty()) throw Error("{}: no generator; the substation must be the first one", file.string());
    return data;
  } catch (const nlohmann::json::exception& problem) {
    throw Error("{}: {}", file.string(), problem.what());
  }
}

ordered_json croissant_json(const std::filesystem::path& folder, const DatasetFacts& facts, const DsoData& data) {
  std::vector<DescribedSplit> splits;
  for (const auto& [split, rows] : facts.rows) {
    DescribedSplit described{split, rows, {}};
    for (const DatasetFile kind :
         {DatasetFile::input, DatasetFile::primal, DatasetFile::dual, DatasetFile::meta, DatasetFile::ray}) {
      DescribedFile file{split + "/" + dataset_file_path(kind), {}};
      for (const auto& column : dataset_columns(data, false, is_infeasible(split)))
        if (column.file == kind)
          file.columns.push_back({column.name, column.units, meaning(column.name), column.type, column.shape});
      described.files.push_back(std::move(file));
    }
    splits.push_back(std::move(described));
  }
  return croissant(
      folder, facts.name,
      "Responses of a distribution system operator to proposed injections: inputs, optimal primal and dual "
      "points, certified bounds. " +
          facts.origin,
      splits);
}

std::string dataset_card(const DatasetFacts& facts, const DsoData& data) {
  const Feeder& feeder = data.feeder;
  std::string text = fmt::format(
      "# {}\n\nResponses of a distribution system operator to proposed injections on a radial feeder of {} buses and "
      "{} lines "
      "(base {} MVA, root bus {}), {}. One row is one proposal: the operator's branch-flow second-order cone program "
      "solved to "
      "optimality, with its multipliers and a certified lower bound.\n\n| folder | rows |\n|---|---|\n",
      facts.name, feeder.buses(), feeder.line_count(), feeder.base_mva, feeder.bus_number[at(feeder.root)],
      facts.origin);
  for (const auto& [split, rows] : facts.rows) text += fmt::format("| `{}` | {} |\n", split, rows);
  text +=
      "\nP^net, p_m are injections into the network (export positive); MW, MVAr, p.u. of the base, $/h. Rows are "
      "sorted by id; a row is a "
      "function of the seed and its id. `tight` = 0 marks rows whose relaxation is not exact: their voltages and flows "
      "mean nothing. "
      "`infeasible` holds every row that was not solved, with a ray that proves infeasibility where `status` says "
      "so.\n\n"
      "| file | dataset | units | shape of a row | meaning |\n|---|---|---|---|---|\n";
  for (const bool infeasible : {false, true})
    for (const auto& column : dataset_columns(data, false, infeasible)) {
      if (infeasible && column.file != DatasetFile::ray) continue;
      std::string shape;
      for (const auto size : column.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
      text += fmt::format("| `{}` | `{}` | {} | ({}) | {} |\n", dataset_file_path(column.file), column.name,
                          column.units.empty() ? "-" : column.units, shape, meaning(column.name));
    }
  text +=
      "\nCheck a copy with `wattstein dataset validate DIR`; it recomputes balances, limits, cones, objective and "
      "bound from the rows alone.\n";
  if (!facts.config.empty()) text += "\n## How it was made\n\n```toml\n" + facts.config + "\n```\n";
  return text;
}

void write_metadata(const std::filesystem::path& folder, const DatasetFacts& facts, const DsoData& data) {
  files::write_whole(folder / "network.json", network_json(data).dump(1) + "\n");
  files::write_whole(folder / "croissant.json", croissant_json(folder, facts, data).dump(1) + "\n");
  files::write_whole(folder / "README.md", dataset_card(facts, data));
}

}  // namespace wattstein::engine
