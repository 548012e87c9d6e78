#include "engine/coordination/columns.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error/error.hpp"

namespace wattstein::engine {

namespace {

constexpr double elastic_price = 3000.0;  // $/MWh, above every marginal price at the boundary
constexpr int unused_limit = 10;

Extension extension_of(const Team& team, const std::vector<std::vector<HubColumn>>& columns, int slots) {
  const int D = team.hubs(), H = team.hours();
  const Agent& transmission = team.system().transmission;
  Extension e;
  for (int d = 0; d < D; ++d)
    for (int s = 0; s < slots; ++s) {
      const bool used = s < static_cast<int>(columns[static_cast<std::size_t>(d)].size());
      e.lower.push_back(0.0);
      e.upper.push_back(used ? 1.0 : 0.0);
      e.cost.push_back(used ? columns[static_cast<std::size_t>(d)][static_cast<std::size_t>(s)].value : 0.0);
    }
  const int elastic = D * slots;
  for (int i = 0; i < 2 * D * H; ++i) {
    e.lower.push_back(0.0);
    e.upper.push_back(1e3);
    e.cost.push_back(elastic_price * team.step());
  }
  for (int d = 0; d < D; ++d)
    for (int h = 0; h < H; ++h) {
      const int row = d * H + h;
      e.row_lower.push_back(0.0);
      e.row_upper.push_back(0.0);
      e.entries.push_back({row, transmission.boundary[static_cast<std::size_t>(d)][static_cast<std::size_t>(h)], 1.0});
      for (int s = 0; s < slots; ++s) {
        const auto& own = columns[static_cast<std::size_t>(d)];
        e.entries.push_back({row, -1 - (d * slots + s),
                             s < static_cast<int>(own.size())
                                 ? -own[static_cast<std::size_t>(s)].power[static_cast<std::size_t>(h)]
                                 : 0.0});
      }
      e.entries.push_back({row, -1 - (elastic + 2 * row), -1.0});
      e.entries.push_back({row, -1 - (elastic + 2 * row + 1), 1.0});
    }
  for (int d = 0; d < D; ++d) {
    e.row_lower.push_back(1.0);
    e.row_upper.push_back(1.0);
    for (int s = 0; s < slots; ++s) e.entries.push_back({D * H + d, -1 - (d * slots + s), 1.0});
  }
  return e;
}

void add_columns(const Team& team, std::vector<std::vector<HubColumn>>& columns, std::span<const AgentAnswer> answers) {
  for (int d = 0; d < team.hubs(); ++d) {
    const AgentAnswer& a = answers[static_cast<std::size_t>(d) + 1];
    if (a.trouble.empty())
      columns[static_cast<std::size_t>(d)].push_back({a.boundary, a.first_stage + a.worst_case, 0});
  }
}

}  // namespace

ColumnGenerationResult generate_columns(
    Team& team, std::vector<std::vector<HubColumn>>& columns, std::vector<double> multiplier, double target, int rounds,
    const std::function<void(const ColumnGenerationResult&, std::span<const AgentAnswer>)>& listen) {
  ColumnGenerationResult result;
  const int D = team.hubs(), H = team.hours();
  const std::size_t flat = static_cast<std::size_t>(D * H);
  columns.resize(static_cast<std::size_t>(D));
  std::vector<AgentAnswer> answers, priced;
  double scale = 1.0;
  std::vector<double> centre = multiplier;  // λ of the best bound
  int slots = 0;
  for (int round = 0; round <= rounds; ++round) {
    result.rounds = round;
    // Everyone's answer to the price: points of the hubs, and a bound.
    priced.clear();
    const double bound = team.lagrangian_bound(multiplier, priced, 0.1 * target * scale, round == 0 ? 12 : 6);
    result.message = team.trouble(Part::all, priced, result.status);
    if (!result.message.empty()) return result;
    scale = 0.0;
    for (const auto& a : priced) scale += std::abs(a.first_stage + a.worst_case);
    add_columns(team, columns, priced);
    if (bound > result.lower) {
      result.lower = bound;
      result.multiplier = centre = multiplier;
    }
    // The transmission with the hubs' points.
    int most = 0;
    for (auto& own : columns) {
      std::erase_if(own, [](const HubColumn& c) { return c.unused > unused_limit; });
      most = std::max(most, static_cast<int>(own.size()));
    }
    if (most > slots) slots = std::max(most, slots + 8);
    answers.resize(team.agents());
    double lift = 0.0;
    for (int inner = 0; inner < 8; ++inner) {
      if (inner == 0) team.group(0).set_extension({extension_of(team, columns, slots)});
      const std::vector<BoundaryTerms> plain(1);
      auto own = team.group(0).solve(plain);
      answers[0] = own[0];
      if (!answers[0].trouble.empty()) break;
      ClimbSettings climbing;
      climbing.turn = team.next_turn(0);
      lift = team.group(0).refine(own, climbing)[0].violation;
      if (lift <= 0.1 * target * scale) break;
    }
    team.group(0).set_extension({});
    if (!answers[0].trouble.empty()) {
      result.message = answers[0].trouble;
      result.status = kernels::status_word(answers[0].status);
      return result;
    }
    result.exchange = answers[0].boundary;
    result.slack_mw = 0.0;
    for (std::size_t i = 0; i < 2 * flat; ++i)
      result.slack_mw = std::max(result.slack_mw, answers[0].extra[static_cast<std::size_t>(D * slots) + i]);
    for (int d = 0; d < D; ++d)
      for (std::size_t s = 0; s < columns[static_cast<std::size_t>(d)].size(); ++s) {
        HubColumn& column = columns[static_cast<std::size_t>(d)][s];
        column.unused = answers[0].extra[static_cast<std::size_t>(d * slots) + s] > 1e-6 ? 0 : column.unused + 1;
      }
    result.upper = answers[0].first_stage + answers[0].worst_case;
    result.last_multiplier.resize(flat);
    for (std::size_t i = 0; i < flat; ++i) result.last_multiplier[i] = -answers[0].extra_multipliers[i] / team.step();
    if (listen) listen(result, priced);
    if (result.upper - result.lower <= target * std::abs(result.upper)) break;
    // Prices between those of the master and those of the best bound: a master with few points exaggerates.
    const double weight = round < 2 ? 0.5 : 0.8;
    for (std::size_t i = 0; i < flat; ++i)
      multiplier[i] = weight * result.last_multiplier[i] + (1.0 - weight) * centre[i];
  }
  return result;
}

}  // namespace wattstein::engine
