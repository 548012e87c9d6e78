#include "engine/dataset/recourse_sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr std::array<Option, 9> sampler_options = {{
    {.key = "count",
     .kind = Kind::integer,
     .fallback = "",
     .unit = "-",
     .meaning = "samples",
     .minimum = 0,
     .maximum = 9e11},
    {.key = "first_id",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "first id",
     .minimum = 0,
     .maximum = 9e11},
    {.key = "train_fraction",
     .fallback = "0.8",
     .unit = "-",
     .meaning = "share of train rows",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "load_scale",
     .kind = Kind::numbers,
     .fallback = "[0.7, 1.0]",
     .unit = "-",
     .meaning = "range of the factor on all loads",
     .minimum = 0.0},
    {.key = "load_jitter",
     .fallback = "0.0",
     .unit = "-",
     .meaning = "j: factor per bus from 1 - j to 1 + j, unknown to the schedule",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "renewable_level",
     .kind = Kind::numbers,
     .fallback = "[0.0, 1.0]",
     .unit = "-",
     .meaning = "range of the forecast over the capacity",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "renewable_error",
     .fallback = "0.0",
     .unit = "-",
     .meaning = "largest relative error of the forecast",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "reserve_share",
     .kind = Kind::numbers,
     .fallback = "[0.0, 1.0]",
     .unit = "-",
     .meaning = "range of booked over largest reserves",
     .minimum = 0.0,
     .maximum = 1.0},
    {.key = "cost_jitter",
     .fallback = "0.0",
     .unit = "-",
     .meaning = "k: factor on a unit's cost from 1 - k to 1 + k, for the schedule alone",
     .minimum = 0.0,
     .maximum = 1.0},
}};

}  // namespace

std::span<const Option> recourse_sampler_records() {
  return sampler_options;
}

RecourseSampler read_recourse_sampler(const std::shared_ptr<files::TomlDocument>& document) {
  const auto table = files::Table::open(document, "sampler", sampler_options);
  RecourseSampler out;
  out.count = table.integer("count");
  out.first_id = table.integer("first_id");
  out.train_fraction = table.number("train_fraction");
  out.load_scale = read_range(table, "load_scale");
  out.renewable_level = read_range(table, "renewable_level");
  out.reserve_share = read_range(table, "reserve_share");
  out.load_jitter = table.number("load_jitter");
  out.renewable_error = table.number("renewable_error");
  out.cost_jitter = table.number("cost_jitter");
  return out;
}

void draw_recourse(const RecourseSystem& system, const RecourseSampler& sampler, std::int64_t seed, std::int64_t first,
                   std::int64_t count, [[maybe_unused]] int threads, RecourseRows& rows) {
  const int N = system.buses(), G = system.unit_count(), R = system.renewable_count();
  rows.resize(count, system);
  const double nominal = std::accumulate(system.load_mw.begin(), system.load_mw.end(), 0.0);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (std::int64_t s = 0; s < count; ++s) {
    SampleStream stream(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(first + s));
    rows.id[at(s)] = first + s;
    const double scale = rows.load_scale[at(s)] = stream.uniform(sampler.load_scale.low, sampler.load_scale.high);
    for (int n = 0; n < N; ++n)
      rows.pd[at(s * N + n)] =
          scale * stream.uniform(1.0 - sampler.load_jitter, 1.0 + sampler.load_jitter) * system.load_mw[at(n)];
    double residual = scale * nominal;  // what the units are scheduled for
    for (int r = 0; r < R; ++r) {
      const double capacity = system.renewables[at(r)].capacity_mw;
      const double forecast = capacity * stream.uniform(sampler.renewable_level.low, sampler.renewable_level.high);
      const double error = stream.uniform(-1.0, 1.0) * sampler.renewable_error;
      rows.available[at(s * R + r)] = std::clamp(forecast * (1.0 + error), 0.0, capacity);
      residual -= forecast;
    }
    std::vector<double> cost(at(G));
    std::vector<int> order(at(G));
    std::iota(order.begin(), order.end(), 0);
    for (int g = 0; g < G; ++g) {
      const auto& unit = system.units[at(g)];
      const auto k = at(s * G + g);
      const double share = stream.uniform(sampler.reserve_share.low, sampler.reserve_share.high);
      const double room = std::max(0.0, unit.p_max_mw - unit.p_min_mw);
      const double wanted = share * (unit.reserve_up_mw + unit.reserve_down_mw);
      const double cut = wanted > room ? share * room / wanted : share;
      rows.reserve_up[k] = cut * unit.reserve_up_mw;
      rows.reserve_down[k] = cut * unit.reserve_down_mw;
      rows.pg[k] = unit.p_min_mw + rows.reserve_down[k];
      residual -= rows.pg[k];
      cost[at(g)] = unit.cost_per_mwh * stream.uniform(1.0 - sampler.cost_jitter, 1.0 + sampler.cost_jitter);
    }
    std::stable_sort(order.begin(), order.end(), [&cost](int a, int b) { return cost[at(a)] < cost[at(b)]; });
    for (const int g : order) {
      const auto k = at(s * G + g);
      const double more = std::clamp(residual, 0.0, system.units[at(g)].p_max_mw - rows.reserve_up[k] - rows.pg[k]);
      rows.pg[k] += more;
      residual -= more;
    }
  }
}

}  // namespace wattstein::engine
