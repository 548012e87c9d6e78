#include "small_study.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "engine/error/error.hpp"
#include "engine/files/table.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/problem/builder.hpp"

namespace wattstein::engine::testing_support {
namespace {

constexpr const char* study = R"([coordination]
[ambiguity]
model = "det"
[transmission]
network = "net.m"
load_profile = [1.0, 0.8]
samples = "wind.csv"
[[transmission.unit]]
name = "g"
bus = 1
p_max_mw = 100.0
cost_per_mwh = 20.0
reserve_up_max_mw = 10.0
[[transmission.renewable]]
name = "w"
bus = 7
capacity_mw = 30.0
[[transmission.storage]]
name = "e"
bus = 5
charge_max_mw = 5.0
discharge_max_mw = 5.0
soc_max_mwh = 10.0
soc_initial_mwh = 4.0
[[hub]]
name = "north"
file = "hub.toml"
bus = 5
import_max_mw = 8.0
export_max_mw = 3.0
)";

constexpr const char* hub = R"([electric]
network = "feeder.m"
q_exchange_max_mvar = 3.0
samples = "pv.csv"
[[electric.unit]]
name = "dg"
bus = 3
p_max_mw = 1.0
cost_per_mwh = 40.0
q_min_mvar = -0.5
q_max_mvar = 0.5
reserve_up_max_mw = 0.3
[[electric.gas_unit]]
name = "ag"
bus = 2
p_max_mw = 1.0
gas_node = "c"
gas_per_mwh = 6.0
cost_per_mwh = 1.0
fuel_price_per_mwh = 25.0
[[electric.chp]]
name = "chp"
bus = 3
corners = [[0.2, 0.0], [1.0, 0.0], [0.8, 0.9], [0.3, 0.6]]
cost_per_mwh = 30.0
heat_cost_per_mwh = 2.0
heat_node = "1"
mass_flow_kg_s = 5.0
[[electric.renewable]]
name = "pv"
bus = 2
capacity_mw = 1.0
[[electric.storage]]
name = "b"
bus = 3
charge_max_mw = 0.2
discharge_max_mw = 0.2
soc_max_mwh = 1.0
soc_initial_mwh = 0.5
[gas]
shedding_cost_per_unit = 100.0
[[gas.node]]
node = "a"
pressure_min_bar = 2.0
pressure_max_bar = 5.0
[[gas.node]]
node = "b"
pressure_min_bar = 2.0
pressure_max_bar = 5.0
demand_per_h = 4.0
[[gas.node]]
node = "c"
pressure_min_bar = 2.0
pressure_max_bar = 5.0
[[gas.pipe]]
from = "a"
to = "b"
weymouth = 20.0
flow_max_per_h = 50.0
[[gas.compressor]]
from = "b"
to = "c"
ratio_max = 1.3
loss = 0.02
flow_max_per_h = 40.0
[[gas.well]]
name = "well"
node = "a"
max_per_h = 30.0
price_per_unit = 3.0
[[gas.storage]]
name = "tank"
node = "b"
charge_max_per_h = 1.0
discharge_max_per_h = 1.0
soc_max = 5.0
soc_initial = 2.0
[heat]
[[heat.node]]
node = "1"
supply_min_c = 60.0
supply_max_c = 100.0
return_min_c = 30.0
return_max_c = 60.0
[[heat.node]]
node = "2"
supply_min_c = 60.0
supply_max_c = 100.0
return_min_c = 30.0
return_max_c = 60.0
[[heat.pipe]]
from = "1"
to = "2"
length_m = 500.0
loss_w_per_m_k = 0.4
mass_flow_kg_s = 5.0
[[heat.load]]
name = "l"
node = "2"
load_mw = 0.6
mass_flow_kg_s = 5.0
)";

constexpr const char* network = R"(function mpc = net
mpc.version = '2';
mpc.baseMVA = 50;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	110	1	1.1	0.9;
	5	1	20	0	0	0	1	1	0	110	1	1.1	0.9;
	7	1	30	0	0	0	1	1	0	110	1	1.1	0.9;
];
mpc.gen = [
	1	0	0	100	-100	1	100	1	100	0;
];
mpc.branch = [
	1	5	0.01	0.1	0	60	0	0	0	0	1	-360	360;
	5	7	0.01	0.2	0	0	0	0	0	0	1	-360	360;
	1	7	0.01	0.1	0	40	0	0	0	0	1	-360	360;
];
)";

constexpr const char* feeder = R"(function mpc = feeder
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	12.66	1	1.1	0.9;
	2	1	1.2	0.4	0	0	1	1	0	12.66	1	1.1	0.9;
	3	1	0.9	0.3	0	0	1	1	0	12.66	1	1.1	0.9;
];
mpc.gen = [
	1	0	0	10	-10	1	100	1	10	0;
];
mpc.branch = [
	1	2	0.04	0.03	0	0	0	0	0	0	1	-360	360;
	3	2	0.05	0.02	0	2	0	0	0	0	1	-360	360;
];
)";

}  // namespace

SmallStudy::SmallStudy() {
  static std::atomic<int> number{0};
  folder_ = std::filesystem::temp_directory_path() / fmt::format("wattstein_models_{}_{}", ::getpid(), ++number);
  files_ = {{"study.toml", study},
            {"hub.toml", hub},
            {"net.m", network},
            {"feeder.m", feeder},
            {"wind.csv", "sample,hour,w\n1,1,10\n1,2,20\n2,1,20\n2,2,24\n"},
            {"pv.csv", "sample,hour,pv\n1,1,0.2\n1,2,0.6\n2,1,0.4\n2,2,0.8\n"}};
}

SmallStudy::~SmallStudy() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

SmallStudy& SmallStudy::replace(const std::string& file, const std::string& from, const std::string& to) {
  auto& text = files_[file];
  const auto at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << file << " does not hold: " << from;
    return *this;
  }
  text.replace(at, from.size(), to);
  return *this;
}

SmallStudy& SmallStudy::append(const std::string& file, const std::string& text) {
  files_[file] += text;
  return *this;
}

CoordinationSystem SmallStudy::read(double step_hours, const std::vector<std::string>& overrides) {
  std::filesystem::create_directories(folder_);
  for (const auto& [name, text] : files_) files::write_whole(folder_ / name, text);
  return read_coordination(files::read_toml(folder_ / "study.toml", overrides), 2, step_hours, 1);
}

std::string SmallStudy::refusal(const std::vector<std::string>& overrides) {
  try {
    read(1.0, overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

kernels::Batch with_boundary_price(const Agent& agent, double cost) {
  kernels::Batch batch = agent.first_stage;
  for (const auto& list : agent.boundary)
    for (const int j : list) batch.q.data[static_cast<std::size_t>(j)] += cost;
  return batch;
}

BatchResult solve(const kernels::Batch& batch, double tolerance) {
  SolverOptions options;
  options.tolerance = tolerance;
  options.method = "ipm";
  options.device = "cpu";
  Solver solver(options);
  BatchResult result = solver.solve(batch);
  EXPECT_EQ(result.status.front(), Status::solved) << batch.name;
  return result;
}

double recourse_value(const Agent& agent, int h, const std::vector<double>& x, const std::vector<double>& realisation) {
  const Recourse& recourse = agent.recourse;
  const RecourseHour& hour = recourse.hours[static_cast<std::size_t>(h)];
  kernels::Batch lp = recourse.lp;
  auto l = hour.l, u = hour.u, ub = hour.ub;
  const auto row = [&](const AffineTerm& term, double value) {
    l[static_cast<std::size_t>(term.target)] += term.coefficient * value;
    u[static_cast<std::size_t>(term.target)] += term.coefficient * value;
  };
  for (const auto& term : hour.x_rows) row(term, x[static_cast<std::size_t>(term.source)]);
  for (const auto& term : recourse.w_rows) row(term, realisation[static_cast<std::size_t>(term.source)]);
  for (const auto& term : hour.x_upper)
    ub[static_cast<std::size_t>(term.target)] += term.coefficient * x[static_cast<std::size_t>(term.source)];
  for (const auto& term : recourse.w_upper)
    ub[static_cast<std::size_t>(term.target)] += term.coefficient * realisation[static_cast<std::size_t>(term.source)];
  lp.l = kernels::Field::shared(l);
  lp.u = kernels::Field::shared(u);
  lp.lb = kernels::Field::shared(hour.lb);
  lp.ub = kernels::Field::shared(ub);
  double constant = hour.r;
  for (std::size_t r = 0; r < recourse.w_cost.size(); ++r) constant += recourse.w_cost[r] * realisation[r];
  return constant + solve(lp).objective.front();
}

kernels::Batch deterministic_monolith(const CoordinationSystem& system) {
  ProblemBuilder joint;
  std::vector<int> first;
  const auto add_rows = [&](const kernels::Batch& batch, const std::vector<double>& l, const std::vector<double>& u,
                            int offset) {
    const int start = joint.rows();
    for (int i = 0; i < batch.rows; ++i) {
      const auto k = static_cast<std::size_t>(i);
      joint.row(batch.row_names[k], l[k], u[k]);
      for (int e = batch.A.pattern.indptr[k]; e < batch.A.pattern.indptr[k + 1]; ++e)
        joint.entry(start + i, offset + batch.A.pattern.indices[static_cast<std::size_t>(e)],
                    batch.A.data[static_cast<std::size_t>(e)]);
    }
    return start;
  };
  const auto add_agent = [&](const Agent& agent) {
    const kernels::Batch& batch = agent.first_stage;
    const int offset = joint.variables();
    first.push_back(offset);
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j)
      joint.variable(agent.name + " " + batch.variable_names[j], batch.lb.data[j], batch.ub.data[j], batch.q.data[j]);
    joint.add_constant(batch.r.data.front());
    add_rows(batch, batch.l.data, batch.u.data, offset);
    for (std::size_t j = 0; j < static_cast<std::size_t>(batch.variables); ++j)
      for (int e = batch.P.pattern.indptr[j]; e < batch.P.pattern.indptr[j + 1]; ++e) {
        const int i = batch.P.pattern.indices[static_cast<std::size_t>(e)];
        const double value = batch.P.data[static_cast<std::size_t>(e)];
        joint.add_product(offset + static_cast<int>(j), offset + i, i == static_cast<int>(j) ? 0.5 * value : value);
      }
    int cone_row = 0;
    for (const auto& cone : batch.cones) {
      const int start = joint.cone(cone.kind, cone.size);
      for (int i = 0; i < cone.size; ++i, ++cone_row) {
        const auto k = static_cast<std::size_t>(cone_row);
        joint.cone_offset(start + i, batch.g.data[k]);
        for (int e = batch.G.pattern.indptr[k]; e < batch.G.pattern.indptr[k + 1]; ++e)
          joint.cone_entry(start + i, offset + batch.G.pattern.indices[static_cast<std::size_t>(e)],
                           batch.G.data[static_cast<std::size_t>(e)]);
      }
    }
    const Recourse& recourse = agent.recourse;
    for (std::size_t h = 0; h < recourse.hours.size(); ++h) {
      const RecourseHour& hour = recourse.hours[h];
      const auto mean = [&](int r) {
        return agent.samples
            .mean[h * static_cast<std::size_t>(agent.samples.resources()) + static_cast<std::size_t>(r)];
      };
      auto ub = hour.ub;
      for (const auto& term : recourse.w_upper)
        ub[static_cast<std::size_t>(term.target)] += term.coefficient * mean(term.source);
      const int z = joint.variables();
      for (std::size_t j = 0; j < ub.size(); ++j)
        joint.variable(fmt::format("{} {} hour {}", agent.name, recourse.lp.variable_names[j], h + 1), hour.lb[j],
                       ub[j], recourse.lp.q.data[j]);
      const int rows = add_rows(recourse.lp, hour.l, hour.u, z);
      for (const auto& term : hour.x_rows) joint.entry(rows + term.target, offset + term.source, -term.coefficient);
      for (const auto& term : hour.x_upper) {
        const auto target = static_cast<std::size_t>(term.target);
        joint.set_bounds(z + term.target, hour.lb[target], 1e6);
        const int row = joint.row("upper", -kernels::infinity, ub[target]);
        joint.entry(row, z + term.target, 1.0);
        joint.entry(row, offset + term.source, -term.coefficient);
      }
      joint.add_constant(hour.r);
      for (std::size_t r = 0; r < recourse.w_cost.size(); ++r)
        joint.add_constant(recourse.w_cost[r] * mean(static_cast<int>(r)));
    }
  };
  add_agent(system.transmission);
  for (const auto& agent : system.hubs) add_agent(agent);
  for (std::size_t d = 0; d < system.hubs.size(); ++d)
    for (std::size_t h = 0; h < static_cast<std::size_t>(system.hours); ++h) {
      const int row = joint.row("link", 0.0, 0.0);
      joint.entry(row, first.front() + system.transmission.boundary[d][h], 1.0);
      joint.entry(row, first[d + 1] + system.hubs[d].boundary.front()[h], -1.0);
    }
  return joint.build("deterministic monolith");
}

double scheduled(const Agent& agent, const std::vector<double>& x, const std::string& quantity, const std::string& name,
                 int hour) {
  for (const auto& entry : agent.schedule)
    if (entry.quantity == quantity && entry.name == name && entry.hour == hour)
      return entry.scale * x[static_cast<std::size_t>(entry.column)] + entry.offset;
  ADD_FAILURE() << "no schedule entry " << quantity << " " << name << " " << hour;
  return 0.0;
}

int column(const kernels::Batch& batch, const std::string& name) {
  const auto found = std::find(batch.variable_names.begin(), batch.variable_names.end(), name);
  if (found == batch.variable_names.end()) {
    ADD_FAILURE() << "no variable " << name;
    return 0;
  }
  return static_cast<int>(found - batch.variable_names.begin());
}

double cost_row(const Agent& agent, const std::vector<double>& x, const std::string& group) {
  for (const auto& row : agent.costs) {
    if (row.name != group) continue;
    double sum = row.constant;
    for (const auto& term : row.terms) {
      const double value = x[static_cast<std::size_t>(term.column)];
      sum += term.linear * value + term.square * value * value;
    }
    return sum;
  }
  ADD_FAILURE() << "no cost row " << group;
  return 0.0;
}

double figure(const Agent& agent, const std::vector<double>& x, const std::string& name) {
  for (const auto& [known, value] : agent.figures(x))
    if (known == name) return value;
  ADD_FAILURE() << "no figure " << name;
  return 0.0;
}

}  // namespace wattstein::engine::testing_support
