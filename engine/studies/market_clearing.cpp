#include "engine/studies/market_clearing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/problem/builder.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using options::Kind;
using options::Option;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr std::array<Option, 5> market_options = {{
    {.key = "trade_limit_mw", .fallback = "10.0", .unit = "MW", .meaning = "largest trade of a pair", .minimum = 0.0},
    {.key = "trade_cost_per_mw2h", .fallback = "", .unit = "$/MW²h", .meaning = "κ, cost of trading", .minimum = 1e-12},
    {.key = "max_rounds",
     .kind = Kind::integer,
     .fallback = "50",
     .unit = "-",
     .meaning = "clearings at most",
     .minimum = 1,
     .maximum = 1e6},
    {.key = "clearing",
     .kind = Kind::choice,
     .fallback = "\"monolith\"",
     .unit = "-",
     .meaning = "how the market is cleared",
     .choices = "monolith|admm"},
    {.key = "clearing_tolerance",
     .fallback = "1e-8",
     .unit = "-",
     .meaning = "relative",
     .minimum = 1e-12,
     .maximum = 1e-2},
}};

constexpr std::array<Option, 18> microgrid_options = {{
    {.key = "name", .kind = Kind::text, .fallback = "", .unit = "-", .meaning = "name"},
    {.key = "bus", .kind = Kind::integer, .fallback = "", .unit = "-", .meaning = "the case's bus number"},
    {.key = "p_min_mw", .fallback = "", .unit = "MW", .meaning = "least net injection"},
    {.key = "p_max_mw", .fallback = "", .unit = "MW", .meaning = "largest net injection"},
    {.key = "utility_omega_per_mwh",
     .kind = Kind::profile,
     .fallback = "",
     .unit = "$/MWh",
     .meaning = "ω, utility of the first MWh"},
    {.key = "utility_alpha_per_mw2h",
     .fallback = "",
     .unit = "$/MW²h",
     .meaning = "α, how fast it falls",
     .minimum = 1e-9},
    {.key = "load_min_mw",
     .kind = Kind::profile,
     .fallback = "0.0",
     .unit = "MW",
     .meaning = "least load",
     .minimum = 0.0},
    {.key = "load_max_mw",
     .kind = Kind::profile,
     .fallback = "",
     .unit = "MW",
     .meaning = "largest load; absent: where the utility is largest",
     .minimum = 0.0,
     .optional = true},
    {.key = "generator_max_mw", .fallback = "0.0", .unit = "MW", .meaning = "largest generation", .minimum = 0.0},
    {.key = "generator_a_per_mw2h", .fallback = "0.0", .unit = "$/MW²h", .meaning = "quadratic cost", .minimum = 0.0},
    {.key = "generator_b_per_mwh", .fallback = "0.0", .unit = "$/MWh", .meaning = "linear cost"},
    {.key = "pv_mw", .kind = Kind::profile, .fallback = "0.0", .unit = "MW", .meaning = "available PV", .minimum = 0.0},
    {.key = "battery_power_mw",
     .fallback = "0.0",
     .unit = "MW",
     .meaning = "largest charge and discharge",
     .minimum = 0.0},
    {.key = "battery_energy_min_mwh", .fallback = "0.0", .unit = "MWh", .meaning = "least energy", .minimum = 0.0},
    {.key = "battery_energy_max_mwh", .fallback = "0.0", .unit = "MWh", .meaning = "largest energy", .minimum = 0.0},
    {.key = "battery_energy_start_mwh",
     .fallback = "0.0",
     .unit = "MWh",
     .meaning = "energy at the start and at the end",
     .minimum = 0.0},
    {.key = "battery_efficiency",
     .fallback = "1.0",
     .unit = "-",
     .meaning = "of charging and of discharging",
     .minimum = 1e-3,
     .maximum = 1.0},
    {.key = "battery_wear_per_mw2h", .fallback = "0.0", .unit = "$/MW²h", .meaning = "γ", .minimum = 0.0},
}};

/// Columns of a microgrid's hour in a problem.
struct HourColumns {
  int x = 0, g = 0, s = 0, c = 0, d = 0, soc = 0, e = 0;
};

double largest_load(const MarketMicrogrid& microgrid, double load_max, double omega) {
  return std::min(load_max, omega / microgrid.alpha);
}

/// Variables, costs (minus the welfare) and rows of one microgrid but its trades: balance and battery. `e_row[h]` is
/// left for e_m = Σ t. Without battery rows when there is only the one hour asked for.
struct MicrogridPart {
  std::vector<HourColumns> columns;  // (H)
  std::vector<int> trade_row;        // (H) rows e − Σ t = 0
};

MicrogridPart add_microgrid(ProblemBuilder& builder, const MarketData& data, const MarketMicrogrid& microgrid,
                            bool battery) {
  MicrogridPart part;
  const double dt = data.step_hours;
  const auto variable = [&](const char* what, int h, double low, double high, double cost = 0.0) {
    return builder.variable(fmt::format("{}[{},{}]", what, microgrid.name, h + 1), low, high, cost);
  };
  for (int h = 0; h < data.hours; ++h) {
    HourColumns k;
    const double power = battery ? microgrid.battery_power : 0.0;
    k.x = variable("x", h, microgrid.load_min[at(h)],
                   largest_load(microgrid, microgrid.load_max[at(h)], microgrid.omega[at(h)]),
                   -dt * microgrid.omega[at(h)]);
    builder.add_square(k.x, 0.5 * dt * microgrid.alpha);
    k.g = variable("G", h, 0.0, microgrid.generator_max, dt * microgrid.generator_b);
    builder.add_square(k.g, dt * microgrid.generator_a);
    k.s = variable("s", h, 0.0, microgrid.pv[at(h)]);
    k.e = variable("e", h, microgrid.p_min_mw, microgrid.p_max_mw);
    const int balance = builder.row(fmt::format("balance[{},{}]", microgrid.name, h + 1), 0.0, 0.0);
    builder.entry(balance, k.x, 1.0);
    builder.entry(balance, k.e, 1.0);
    builder.entry(balance, k.g, -1.0);
    builder.entry(balance, k.s, -1.0);
    if (battery) {
      k.c = variable("c", h, 0.0, power);
      k.d = variable("d", h, 0.0, power);
      const bool last = h + 1 == data.hours;
      k.soc = variable("soc", h, last ? microgrid.battery_start : microgrid.battery_min,
                       last ? microgrid.battery_start : microgrid.battery_max);
      builder.add_square(k.c, dt * microgrid.battery_wear);
      builder.add_square(k.d, dt * microgrid.battery_wear);
      builder.entry(balance, k.c, 1.0);
      builder.entry(balance, k.d, -1.0);
      // soc_h − soc_{h−1} − Δt (η c − d/η) = 0
      const double start = h == 0 ? microgrid.battery_start : 0.0;
      const int energy = builder.row(fmt::format("soc[{},{}]", microgrid.name, h + 1), start, start);
      builder.entry(energy, k.soc, 1.0);
      builder.entry(energy, k.c, -dt * microgrid.battery_efficiency);
      builder.entry(energy, k.d, dt / microgrid.battery_efficiency);
      if (h > 0) builder.entry(energy, part.columns.back().soc, -1.0);
    }
    part.trade_row.push_back(builder.row(fmt::format("trade[{},{}]", microgrid.name, h + 1), 0.0, 0.0));
    builder.entry(part.trade_row.back(), k.e, 1.0);
    part.columns.push_back(k);
  }
  return part;
}

}  // namespace

std::span<const Option> market_records() {
  return market_options;
}
std::span<const Option> market_microgrid_records() {
  return microgrid_options;
}

MarketData read_market(const std::shared_ptr<files::TomlDocument>& document, int hours, double step_hours) {
  const auto table = files::Table::open(document, "market", market_options);
  MarketData data;
  data.hours = hours;
  data.step_hours = step_hours;
  data.trade_limit = table.number("trade_limit_mw");
  data.trade_cost = table.number("trade_cost_per_mw2h");
  data.max_rounds = static_cast<int>(table.integer("max_rounds"));
  data.admm = table.text("clearing") == "admm";
  data.tolerance = table.number("clearing_tolerance");
  for (const auto& row : files::Table::open_array(document, "microgrid", microgrid_options)) {
    MarketMicrogrid item;
    item.name = row.text("name");
    item.bus_number = static_cast<int>(row.integer("bus"));
    item.p_min_mw = row.number("p_min_mw");
    item.p_max_mw = row.number("p_max_mw");
    item.omega = row.profile("utility_omega_per_mwh", hours);
    item.alpha = row.number("utility_alpha_per_mw2h");
    item.load_min = row.profile("load_min_mw", hours);
    item.load_max =
        row.has("load_max_mw") ? row.profile("load_max_mw", hours) : std::vector<double>(at(hours), kernels::infinity);
    for (int h = 0; h < hours; ++h)
      if (!(item.load_min[at(h)] <= largest_load(item, item.load_max[at(h)], item.omega[at(h)])))
        row.refuse("load_min_mw",
                   fmt::format("{} MW in hour {} is above min(load_max, ω/α) = {} MW", item.load_min[at(h)], h + 1,
                               largest_load(item, item.load_max[at(h)], item.omega[at(h)])));
    item.generator_max = row.number("generator_max_mw");
    item.generator_a = row.number("generator_a_per_mw2h");
    item.generator_b = row.number("generator_b_per_mwh");
    item.pv = row.profile("pv_mw", hours);
    item.battery_power = row.number("battery_power_mw");
    item.battery_min = row.number("battery_energy_min_mwh");
    item.battery_max = row.number("battery_energy_max_mwh");
    item.battery_start = row.number("battery_energy_start_mwh");
    item.battery_efficiency = row.number("battery_efficiency");
    item.battery_wear = row.number("battery_wear_per_mw2h");
    if (!(item.battery_min <= item.battery_start && item.battery_start <= item.battery_max))
      row.refuse("battery_energy_start_mwh", "is outside battery_energy_min_mwh .. battery_energy_max_mwh");
    data.microgrids.push_back(std::move(item));
  }
  if (data.microgrids.empty()) throw Error("{}: a market needs at least one [[microgrid]]", document->file.string());
  return data;
}

MarketLimits first_limits(const MarketData& data) {
  MarketLimits limits;
  for (const auto& microgrid : data.microgrids) {
    limits.lower.insert(limits.lower.end(), at(data.hours), std::min(0.0, microgrid.p_min_mw));
    limits.upper.insert(limits.upper.end(), at(data.hours), std::max(0.0, microgrid.p_max_mw));
  }
  return limits;
}

struct Market::State {
  Solver solver;  // monolith
  kernels::Batch monolith;
  std::vector<MicrogridPart> parts;  // of the monolith
  Solver agents_solver;              // ADMM: one problem per microgrid
  kernels::Batch agents;             // (M)
  MicrogridPart agent_part;
  std::vector<std::vector<int>> trades;  // [partner's place][hour] columns t of an agent
  bool battery = false;
};

Market::Market(const MarketData& data, SolverOptions options) : data_(data), state_(std::make_unique<State>()) {
  options.tolerance = data.tolerance;
  options.method = "auto";
  state_->solver = Solver(options);
  options.tolerance = std::max(0.1 * data.tolerance, 1e-11);
  state_->agents_solver = Solver(options);
  for (const auto& microgrid : data.microgrids) state_->battery = state_->battery || microgrid.battery_power > 0.0;
  ProblemBuilder builder;
  auto& parts = state_->parts;
  for (const auto& microgrid : data.microgrids)
    parts.push_back(add_microgrid(builder, data, microgrid, state_->battery));
  // t_mk, m < k: sold by m, bought by k; κ t² for each of the two
  for (int m = 0; m < data.count(); ++m)
    for (int k = m + 1; k < data.count(); ++k)
      for (int h = 0; h < data.hours; ++h) {
        const int t = builder.variable(
            fmt::format("t[{},{},{}]", data.microgrids[at(m)].name, data.microgrids[at(k)].name, h + 1),
            -data.trade_limit, data.trade_limit);
        builder.add_square(t, 2.0 * data.step_hours * data.trade_cost);
        builder.entry(parts[at(m)].trade_row[at(h)], t, -1.0);
        builder.entry(parts[at(k)].trade_row[at(h)], t, 1.0);
      }
  state_->monolith = builder.build("market");
  state_->monolith.objective_unit = "$";
}

Market::~Market() = default;

Clearing Market::clear(const MarketLimits& limits) {
  return data_.admm ? clear_admm(limits) : clear_monolith(limits);
}

Clearing Market::clear_monolith(const MarketLimits& limits) {
  auto& state = *state_;
  const int M = data_.count(), H = data_.hours;
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      const auto e = at(state.parts[at(m)].columns[at(h)].e);
      state.monolith.lb.data[e] = limits.lower[at(m * H + h)];
      state.monolith.ub.data[e] = limits.upper[at(m * H + h)];
    }
  const BatchResult result = state.solver.solve(state.monolith);
  Clearing out;
  out.status = result.status.front();
  out.welfare = -result.objective.front();
  out.bound = -result.bound.front();
  out.iterations = result.iterations.front();
  const double* x = result.x_of(0);
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      const auto& k = state.parts[at(m)].columns[at(h)];
      out.net.push_back(x[k.e]);
      out.generation.push_back(x[k.g]);
      out.load.push_back(x[k.x]);
    }
  return out;
}

/// Two blocks, as in community.md: the microgrids in one batch, each with its own trades t_mk, then
///     t̂_mk = −t̂_km = (t_mk − t_km)/2 + (λ_mk − λ_km)/(2σ),   λ_mk += σ (t_mk − t̂_mk)
/// with the terms Δt (λ t + σ/2 (t − t̂)²) in the microgrid's objective.
Clearing Market::clear_admm(const MarketLimits& limits) {
  auto& state = *state_;
  const int M = data_.count(), H = data_.hours, K = M - 1;
  const double dt = data_.step_hours;
  const auto partner = [](int m, int place) { return place < m ? place : place + 1; };
  double alpha = 0.0;
  for (const auto& microgrid : data_.microgrids) alpha += microgrid.alpha / M;
  // between the curvature of trading alone (2 κ) and that of all trades of a microgrid together
  const double sigma = std::sqrt(2.0 * data_.trade_cost * (2.0 * data_.trade_cost + alpha * std::max(1, K)));
  // one problem per microgrid, one pattern
  std::vector<kernels::Batch> single;
  for (const auto& microgrid : data_.microgrids) {
    ProblemBuilder builder;
    state.agent_part = add_microgrid(builder, data_, microgrid, state.battery);
    state.trades.assign(at(K), {});
    for (int place = 0; place < K; ++place)
      for (int h = 0; h < H; ++h) {
        const int t =
            builder.variable(fmt::format("t[{},{}]", place + 1, h + 1), -data_.trade_limit, data_.trade_limit);
        builder.add_square(t, dt * (data_.trade_cost + 0.5 * sigma));
        builder.entry(state.agent_part.trade_row[at(h)], t, -1.0);
        state.trades[at(place)].push_back(t);
      }
    single.push_back(builder.build("microgrid"));
  }
  kernels::Batch batch = single.front();
  batch.problems = M;
  const auto gather = [&](auto member) {
    kernels::Field& field = batch.*member;
    field.per_problem = true;
    field.data.clear();
    for (const auto& one : single)
      field.data.insert(field.data.end(), (one.*member).data.begin(), (one.*member).data.end());
  };
  for (auto member : {&kernels::Batch::q, &kernels::Batch::r, &kernels::Batch::l, &kernels::Batch::u,
                      &kernels::Batch::lb, &kernels::Batch::ub})
    gather(member);
  const auto gather_matrix = [&](auto member) {
    kernels::Matrix& matrix = batch.*member;
    matrix.per_problem = true;
    matrix.data.clear();
    for (const auto& one : single)
      matrix.data.insert(matrix.data.end(), (one.*member).data.begin(), (one.*member).data.end());
  };
  gather_matrix(&kernels::Batch::A);
  gather_matrix(&kernels::Batch::P);
  const auto& columns = state.agent_part.columns;
  for (int m = 0; m < M; ++m)
    for (int h = 0; h < H; ++h) {
      batch.lb.of(m)[columns[at(h)].e] = limits.lower[at(m * H + h)];
      batch.ub.of(m)[columns[at(h)].e] = limits.upper[at(m * H + h)];
    }
  const kernels::Field plain_cost = batch.q;
  const auto place_of = [](int m, int k) { return k < m ? k : k - 1; };  // where k stands among the partners of m
  const std::size_t size = at(M) * at(K) * at(H);
  const auto index = [&](int m, int place, int h) { return (at(m) * at(K) + at(place)) * at(H) + at(h); };
  std::vector<double> lambda(size, 0.0), hat(size, 0.0), trade(size, 0.0);
  BatchResult result;
  Clearing out;
  constexpr int most = 5000;
  bool converged = false, solved = true;
  for (int iteration = 1; iteration <= most && !converged && solved; ++iteration) {
    for (int m = 0; m < M; ++m)
      for (int place = 0; place < K; ++place)
        for (int h = 0; h < H; ++h) {
          const auto k = index(m, place, h);
          const auto column = at(state.trades[at(place)][at(h)]);
          batch.q.of(m)[column] = plain_cost.of(m)[column] + dt * (lambda[k] - sigma * hat[k]);
        }
    result = state.agents_solver.solve(batch);
    for (int m = 0; m < M; ++m) {
      const Status status = result.status[at(m)];
      if (status != Status::solved && status != Status::solved_inaccurate) {
        out.status = status;
        solved = false;
      }
      for (int place = 0; place < K; ++place)
        for (int h = 0; h < H; ++h) trade[index(m, place, h)] = result.x_of(m)[state.trades[at(place)][at(h)]];
    }
    double primal = 0.0, dual = 0.0, moved = 0.0, trade_size = 1.0, lambda_size = 1.0;
    const auto before = hat;
    for (int m = 0; m < M; ++m)
      for (int place = 0; place < K; ++place) {
        const int k = partner(m, place), back = place_of(k, m);
        if (m > k) continue;
        for (int h = 0; h < H; ++h) {
          const auto there = index(m, place, h), here = index(k, back, h);
          const double agreed = 0.5 * (trade[there] - trade[here]) + 0.5 * (lambda[there] - lambda[here]) / sigma;
          hat[there] = agreed;
          hat[here] = -agreed;
        }
      }
    for (int m = 0; m < M; ++m) {
      double p = 0.0, mv = 0.0, ts = 0.0, ls = 0.0;
      for (int place = 0; place < K; ++place) {
        double p2 = 0.0, mv2 = 0.0, t2 = 0.0, l2 = 0.0;
        for (int h = 0; h < H; ++h) {
          const auto k = index(m, place, h);
          const double off = trade[k] - hat[k];
          lambda[k] += sigma * off;
          p2 += off * off;
          mv2 += (hat[k] - before[k]) * (hat[k] - before[k]);
          t2 += trade[k] * trade[k];
          l2 += lambda[k] * lambda[k];
        }
        p += std::sqrt(p2), mv += std::sqrt(mv2), ts += std::sqrt(t2), ls += std::sqrt(l2);
      }
      primal = std::max(primal, p);
      dual = std::max(dual, sigma * p);
      moved = std::max(moved, sigma * mv);
      trade_size = std::max(trade_size, ts);
      lambda_size = std::max(lambda_size, ls);
    }
    converged = primal <= data_.tolerance * trade_size && dual <= data_.tolerance * lambda_size &&
                moved <= data_.tolerance * lambda_size;
    out.iterations = iteration;
  }
  if (!solved) return out;
  out.status = converged ? Status::solved : Status::iteration_limit;
  // welfare of the schedule, trades as agreed; the bound from the microgrids alone at the prices λ (symmetric after a
  // step)
  out.welfare = 0.0;
  for (int m = 0; m < M; ++m) {
    const double* x = result.x_of(m);
    const auto& microgrid = data_.microgrids[at(m)];
    for (int h = 0; h < H; ++h) {
      const auto& k = columns[at(h)];
      out.net.push_back(x[k.e]);
      out.generation.push_back(x[k.g]);
      out.load.push_back(x[k.x]);
      out.welfare += dt * ((microgrid.omega[at(h)] - 0.5 * microgrid.alpha * x[k.x]) * x[k.x] -
                           (microgrid.generator_a * x[k.g] + microgrid.generator_b) * x[k.g]);
      if (state.battery) out.welfare -= dt * microgrid.battery_wear * (x[k.c] * x[k.c] + x[k.d] * x[k.d]);
      for (int place = 0; place < K; ++place)
        out.welfare -= dt * data_.trade_cost * hat[index(m, place, h)] * hat[index(m, place, h)];
    }
  }
  for (int m = 0; m < M; ++m)
    for (int place = 0; place < K; ++place)
      for (int h = 0; h < H; ++h) {
        const auto column = at(state.trades[at(place)][at(h)]);
        const double price =
            0.5 * (lambda[index(m, place, h)] + lambda[index(partner(m, place), place_of(partner(m, place), m), h)]);
        batch.q.of(m)[column] = plain_cost.of(m)[column] + dt * price;
        // κ alone, without the proximal term
        batch.P.data[at(m) * batch.P.pattern.indices.size() + at(batch.P.pattern.indptr[column])] =
            2.0 * dt * data_.trade_cost;
      }
  const BatchResult alone = state.agents_solver.solve(batch);
  out.bound = 0.0;
  for (int m = 0; m < M; ++m) out.bound -= alone.bound[at(m)];
  return out;
}

std::vector<double> Market::clear_hours(const std::vector<int>& hour, const std::vector<double>& omega,
                                        const std::vector<double>& pv) {
  const int M = data_.count();
  // one hour of the market, no battery
  MarketData one = data_;
  one.hours = 1;
  for (auto& microgrid : one.microgrids) {
    microgrid.battery_power = 0.0;
    microgrid.omega.resize(1), microgrid.load_min.resize(1), microgrid.load_max.resize(1), microgrid.pv.resize(1);
  }
  SolverOptions options = state_->solver.options();
  Market small(one, options);
  kernels::Batch batch = small.state_->monolith;
  const auto rows = static_cast<std::int64_t>(hour.size());
  batch.problems = rows;
  for (auto member : {&kernels::Batch::q, &kernels::Batch::lb, &kernels::Batch::ub}) {
    kernels::Field& field = batch.*member;
    const auto shared = field.data;
    field.per_problem = true;
    field.data.clear();
    for (std::int64_t row = 0; row < rows; ++row) field.data.insert(field.data.end(), shared.begin(), shared.end());
  }
  for (std::int64_t row = 0; row < rows; ++row)
    for (int m = 0; m < M; ++m) {
      const auto& k = small.state_->parts[at(m)].columns.front();
      const auto& microgrid = data_.microgrids[at(m)];
      const auto h = at(hour[at(row)]);
      const double w = omega[at(row * M + m)];
      batch.q.of(row)[k.x] = -data_.step_hours * w;
      batch.lb.of(row)[k.x] = microgrid.load_min[h];
      batch.ub.of(row)[k.x] = std::max(microgrid.load_min[h], largest_load(microgrid, microgrid.load_max[h], w));
      batch.ub.of(row)[k.s] = pv[at(row * M + m)];
      batch.lb.of(row)[k.e] = std::min(0.0, microgrid.p_min_mw);
      batch.ub.of(row)[k.e] = std::max(0.0, microgrid.p_max_mw);
    }
  const BatchResult result = small.state_->solver.solve(batch);
  std::vector<double> net(at(rows * M), NAN);
  for (std::int64_t row = 0; row < rows; ++row)
    if (result.status[at(row)] == Status::solved || result.status[at(row)] == Status::solved_inaccurate)
      for (int m = 0; m < M; ++m) net[at(row * M + m)] = result.x_of(row)[small.state_->parts[at(m)].columns.front().e];
  return net;
}

}  // namespace wattstein::engine
