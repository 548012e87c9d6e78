#include "learning/data/feeder.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/dataset/metadata.hpp"
#include "engine/dataset/row_reader.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::learning {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Names, acceptance and what counts as tight change no response.
std::string fingerprint_of(const engine::DsoData& data) {
  auto json = engine::network_json(data);
  for (const char* key : {"accept_relative", "accept_absolute_mw", "tight_loss_mw"}) json.erase(key);
  for (auto& unit : json["generator"]) unit.erase("name");
  return files::sha256(json.dump());
}

}  // namespace

Feeder make_feeder(const engine::DsoData& data) {
  Feeder feeder;
  feeder.data = data;
  feeder.fingerprint = fingerprint_of(data);
  const auto& net = data.feeder;
  const int n = data.buses();
  const auto parent = [&](int bus) { return net.lines[at(net.line_to[at(bus)])].from; };

  std::vector<double> depth(at(n), 0.0), path_r(at(n), 0.0), path_x(at(n), 0.0), limit(at(n), 0.0);
  double widest = 0.0;
  for (const int l : net.order) {
    const auto& line = net.lines[at(l)];
    depth[at(line.to)] = depth[at(line.from)] + 1.0;
    path_r[at(line.to)] = path_r[at(line.from)] + line.r_pu / net.base_mva;
    path_x[at(line.to)] = path_x[at(line.from)] + line.x_pu / net.base_mva;
    limit[at(line.to)] = line.limit_mva;
    widest = std::max(widest, line.limit_mva);
  }
  limit[at(net.root)] = widest;
  std::vector<double> unit_mw(at(n), 0.0), unit_mvar(at(n), 0.0), unit_price(at(n), 0.0);
  for (const auto& unit : data.units) {
    unit_mw[at(unit.bus)] += unit.p_max_mw;
    unit_mvar[at(unit.bus)] += unit.q_max_mvar;
    unit_price[at(unit.bus)] = unit.cost_b_per_mwh;
  }

  feeder.place = torch::zeros({n, Feeder::place_width});
  feeder.relation = torch::zeros({n, n, Feeder::relation_width});
  feeder.below = torch::zeros({n, n});
  feeder.drop_r = torch::zeros({n, n});
  feeder.drop_x = torch::zeros({n, n});
  feeder.line_limit = torch::zeros({n});
  auto place = feeder.place.accessor<float, 2>();
  auto relation = feeder.relation.accessor<float, 3>();
  auto below = feeder.below.accessor<float, 2>();
  auto drop_r = feeder.drop_r.accessor<float, 2>();
  auto drop_x = feeder.drop_x.accessor<float, 2>();
  auto line_limit = feeder.line_limit.accessor<float, 1>();
  for (int i = 0; i < n; ++i) {
    // scaled to numbers around one; the network is standardised once more with what it was trained on
    const double values[] = {depth[at(i)] / 10.0,      20.0 * path_r[at(i)],     20.0 * path_x[at(i)],
                             limit[at(i)] / 5.0,       unit_mw[at(i)],           unit_mvar[at(i)],
                             unit_price[at(i)] / 50.0, i == net.root ? 1.0 : 0.0};
    for (int c = 0; c < Feeder::place_width; ++c) place[i][c] = static_cast<float>(values[c]);
    line_limit[i] = static_cast<float>(limit[at(i)]);
    std::vector<char> above(at(n), 0);  // buses on the way from i to the root, i itself too
    for (int k = i;; k = parent(k)) {
      above[at(k)] = 1;
      below[k][i] = 1.0F;
      if (k == net.root) break;
    }
    for (int j = 0; j < n; ++j) {
      int meet = j;
      while (above[at(meet)] == 0) meet = parent(meet);
      drop_r[i][j] = static_cast<float>(2.0 * path_r[at(meet)]);
      drop_x[i][j] = static_cast<float>(2.0 * path_x[at(meet)]);
      relation[i][j][0] = static_cast<float>(20.0 * path_r[at(meet)]);
      relation[i][j][1] = static_cast<float>(20.0 * path_x[at(meet)]);
      relation[i][j][2] = static_cast<float>((depth[at(i)] + depth[at(j)] - 2.0 * depth[at(meet)]) / 10.0);
      relation[i][j][3] = meet == j ? 1.0F : 0.0F;
      relation[i][j][4] = meet == i ? 1.0F : 0.0F;
    }
  }
  return feeder;
}

Feeder read_feeder(const std::filesystem::path& folder) {
  return make_feeder(engine::read_network_json(engine::find_dataset(folder) / "network.json"));
}

}  // namespace wattstein::learning
