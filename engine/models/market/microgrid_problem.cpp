#include "engine/models/market/microgrid_problem.hpp"

#include <algorithm>

#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

}  // namespace

bool has_battery(const MarketData& data) {
  return std::any_of(data.microgrids.begin(), data.microgrids.end(),
                     [](const MarketMicrogrid& microgrid) { return microgrid.battery_power > 0.0; });
}

MicrogridPart add_microgrid(ProblemBuilder& builder, const MarketData& data, const MarketMicrogrid& microgrid,
                            bool battery) {
  MicrogridPart part;
  const double dt = data.step_hours;
  const auto variable = [&](const char* what, int h, double low, double high, double cost = 0.0) {
    return builder.variable(fmt::format("{}[{},{}]", what, microgrid.name, h + 1), low, high, cost);
  };
  for (int h = 0; h < data.hours; ++h) {
    MicrogridHour k;
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
    part.balance_row.push_back(balance);
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
}  // namespace wattstein::engine
