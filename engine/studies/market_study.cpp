// Study kind `market`: Cases 1 to 3. Case 1 clears once; in Case 2 the operator corrects every clearing until nothing
// moves; in Case 3 the microgrids predict the corrections and the operator is asked once, at the end.

#include "engine/studies/market_study.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "engine/dataset/proposals.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/models/dso/dso_ac.hpp"
#include "engine/models/dso/dso_operator.hpp"
#include "engine/models/dso/read_dso.hpp"
#include "engine/studies/market_clearing.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;
using options::Kind;
using options::Option;
using Clock = std::chrono::steady_clock;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

constexpr std::array<Option, 3> root_options = {{
    {.key = "case",
     .kind = Kind::integer,
     .fallback = "2",
     .unit = "-",
     .meaning = "1: no network, 2: the operator corrects, 3: corrections are predicted",
     .minimum = 1,
     .maximum = 3},
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

/// What one round leaves behind.
struct Round {
  Clearing clearing;
  DsoInputs inputs;                    // row h: hour h + 1
  std::vector<double> granted;         // (M, H) p
  std::vector<std::uint8_t> accepted;  // (M, H)
  double share() const {
    std::int64_t yes = 0;
    for (const auto flag : accepted) yes += flag;
    return static_cast<double>(yes) / static_cast<double>(accepted.size());
  }
};

class MarketRun {
 public:
  MarketRun(StudyContext& context, const SurrogateLoader& loader) : context_(context) {
    std::vector<std::string> others = market_study().tables;
    others.emplace_back("solver");
    for (const auto& option : common_records()) others.emplace_back(option.key);
    const auto root = files::Table::open(context.document, "", root_options, others);
    case_ = static_cast<int>(root.integer("case"));
    surrogate_ = root.text("surrogate");
    market_ = read_market(context.document, context.hours, context.step_hours);
    data_ = read_dso(context.document, true);
    data_.tight_loss_mw = root.number("tight_loss_mw");
    const auto rows = files::Table::open_array(context.document, "microgrid", market_microgrid_records());
    for (std::size_t m = 0; m < market_.microgrids.size(); ++m) {
      const auto& item = market_.microgrids[m];
      const int bus = data_.feeder.find(item.bus_number);
      if (bus < 0) rows[m].refuse("bus", fmt::format("bus {} is not in the network", item.bus_number));
      if (!(item.p_min_mw <= item.p_max_mw)) rows[m].refuse("p_min_mw", "is above p_max_mw");
      data_.microgrids.push_back({item.name, bus, item.p_min_mw, item.p_max_mw});
    }
    const auto network = files::Table::open(context.document, "network", dso_network_records(true));
    case_file_ = network.path("file");
    const auto load = network.profile("load_profile", context.hours);
    const auto dso = files::Table::open(context.document, "dso", dso_options);
    prepare_inputs(load,
                   dso.has("power_factor") ? dso.number("power_factor") : std::numeric_limits<double>::quiet_NaN(),
                   dso.number("shed_cost_per_mw2h"), dso.number("correction_cost_per_mw2h"));
    if (case_ == 3 && surrogate_ != "exact") {
      if (!loader)
        root.refuse("surrogate", "this build has no trained surrogates (LibTorch was not found); expected \"exact\"");
      predict_ = loader(root.path("surrogate"), data_);
    }
  }

  void run() {
    context_.results.open(*context_.document);
    SolverOptions options = context_.solver;
    Market market(market_, options);
    std::vector<std::uint8_t> may_shed;
    for (const double load : data_.feeder.load_mw) may_shed.push_back(load > 0.0 ? 1 : 0);
    // all hours have the same power factors, so one matrix serves them all
    DsoOperator dso(data_, may_shed, !std::isnan(inputs_.power_factor.front()), options);
    dso_ = &dso;
    MarketLimits limits = first_limits(market_);
    Round round;
    bool finished = false;
    while (!finished) {
      if (context_.stopped()) throw Stopped("stopped; a market run starts anew");
      ++rounds_;
      round.clearing = market.clear(limits);
      if (!has_point(round.clearing.status)) break;
      propose(round);
      if (case_ == 1) {
        finished = true;
        break;
      }
      if (case_ == 2) {
        ask(round);
        if (!answered_) break;
        if (rounds_ == 1) acceptance_first_ = round.share();
      } else {
        predict(round);
        if (!answered_) break;
      }
      const double moved = tighten(round, limits);
      context_.results.log(
          fmt::format("round {}: welfare {:.3f} $, accepted {:.1f} %, largest change of a limit {:.6f} MW", rounds_,
                      round.clearing.welfare, 100.0 * round.share(), moved));
      finished = round.share() == 1.0 || !(moved > 1e-9);
      if (rounds_ >= market_.max_rounds) break;
    }
    if (case_ != 2 && has_point(round.clearing.status)) {
      ask(round);
      acceptance_first_ = round.share();
    }
    report(round, finished);
  }

 private:
  static bool has_point(Status status) { return status == Status::solved || status == Status::solved_inaccurate; }

  void prepare_inputs(const std::vector<double>& load, double power_factor, double shed_cost, double correction_cost) {
    const int H = context_.hours, N = data_.buses();
    inputs_.resize(H, data_);
    for (int h = 0; h < H; ++h) {
      inputs_.id[at(h)] = h + 1;
      inputs_.load_scale[at(h)] = load[at(h)];
      inputs_.power_factor[at(h)] = power_factor;
      inputs_.shed_cost[at(h)] = shed_cost;
      inputs_.correction_cost[at(h)] = correction_cost;
      double *p = inputs_.pd.data() + h * N, *q = inputs_.qd.data() + h * N;
      for (int n = 0; n < N; ++n) {
        p[n] = load[at(h)] * data_.feeder.load_mw[at(n)];
        q[n] = load[at(h)] * data_.feeder.load_mvar[at(n)];
      }
      apply_power_factor(data_.feeder, power_factor, p, q);
    }
  }

  /// P^net of every hour from the clearing.
  void propose(Round& round) {
    const int H = context_.hours, M = data_.microgrid_count();
    for (int m = 0; m < M; ++m)
      for (int h = 0; h < H; ++h) inputs_.net[at(h * M + m)] = round.clearing.net[at(m * H + h)];
  }

  /// Takes p, (H, M), and says which pairs are accepted.
  void take(Round& round, const std::vector<double>& p) {
    const int H = context_.hours, M = data_.microgrid_count();
    round.granted.assign(at(M * H), 0.0);
    round.accepted.assign(at(M * H), 0);
    for (int m = 0; m < M; ++m)
      for (int h = 0; h < H; ++h) {
        const double e = round.clearing.net[at(m * H + h)], granted = p[at(h * M + m)];
        const double allowed = std::max(data_.accept_relative * std::abs(e), data_.accept_absolute_mw);
        round.granted[at(m * H + h)] = granted;
        round.accepted[at(m * H + h)] = std::abs(granted - e) <= allowed ? 1 : 0;
      }
  }

  bool solve_hours() {
    const auto begin = Clock::now();
    dso_->respond(inputs_, answers_);
    dso_seconds_ += std::chrono::duration<double>(Clock::now() - begin).count();
    return std::all_of(answers_.status.begin(), answers_.status.end(),
                       [](Status status) { return status == Status::solved; });
  }

  /// The operator answers all hours at once.
  void ask(Round& round) {
    answered_ = solve_hours();
    dso_calls_ += context_.hours;
    messages_ += 2 * data_.microgrid_count();
    if (!answered_) {
      for (int h = 0; h < context_.hours; ++h)
        if (answers_.status[at(h)] != Status::solved)
          context_.results.log(fmt::format("hour {}: the operator's problem is {}", h + 1,
                                           kernels::status_word(answers_.status[at(h)])));
      // what there is still tells something: hours without an answer count as not accepted
    }
    take(round, answers_.pm);
  }

  /// Corrections as the microgrids expect them; no question to the operator.
  void predict(Round& round) {
    std::vector<double> p = inputs_.net;
    if (predict_) {
      const auto correction = predict_(inputs_);
      for (std::size_t k = 0; k < p.size(); ++k) p[k] += correction[k];
      answered_ = true;
    } else {
      answered_ = solve_hours();
      p = answers_.pm;
    }
    take(round, p);
  }

  /// p < e: upper ← max(0, min(upper, p));  p > e: lower ← min(0, max(lower, p)). Returns the largest move.
  double tighten(const Round& round, MarketLimits& limits) const {
    double moved = 0.0;
    for (std::size_t k = 0; k < round.granted.size(); ++k) {
      if (round.accepted[k] != 0) continue;
      const double e = round.clearing.net[k], p = round.granted[k];
      double& limit = p < e ? limits.upper[k] : limits.lower[k];
      const double next = p < e ? std::max(0.0, std::min(limit, p)) : std::min(0.0, std::max(limit, p));
      moved = std::max(moved, std::abs(next - limit));
      limit = next;
    }
    return moved;
  }

  ordered_json table(const std::vector<double>& values) const {  // (M, H)
    ordered_json out = ordered_json::array();
    for (int m = 0; m < data_.microgrid_count(); ++m) {
      ordered_json row = ordered_json::array();
      for (int h = 0; h < context_.hours; ++h) row.push_back(json_number(values[at(m * context_.hours + h)]));
      out.push_back(std::move(row));
    }
    return out;
  }

  void report(const Round& round, bool finished) {
    auto& summary = context_.results.summary();
    const Clearing& clearing = round.clearing;
    const bool cleared = has_point(clearing.status);
    summary["status"] = !cleared || clearing.status != Status::solved ? kernels::status_word(clearing.status)
                        : !answered_                                  ? "numerical_error"
                        : finished                                    ? "solved"
                                                                      : "iteration_limit";
    if (cleared && !answered_)
      for (const Status status : answers_.status)
        if (status != Status::solved) summary["status"] = kernels::status_word(status);
    summary["device"] = "cpu";
    summary["case"] = case_;
    summary["surrogate"] = case_ == 3 ? ordered_json(surrogate_) : ordered_json(nullptr);
    summary["rounds"] = rounds_;
    summary["dso_calls"] = dso_calls_;
    summary["messages"] = messages_;
    summary["iterations"] = clearing.iterations;
    if (!cleared) {
      summary["objective"] = nullptr;
      return;
    }
    const int H = context_.hours, M = data_.microgrid_count(), G = data_.unit_count();
    const double dt = context_.step_hours;
    summary["objective"] = json_number(-clearing.welfare);
    summary["lower_bound"] = json_number(-clearing.bound);
    summary["relative_gap"] = json_number((clearing.bound - clearing.welfare) / (1.0 + std::abs(clearing.welfare)));
    summary["welfare"] = json_number(clearing.welfare);
    summary["acceptance_ratio"] = json_number(round.share());
    summary["acceptance_first"] = json_number(acceptance_first_);
    double traded = 0.0, cost = 0.0, shed = 0.0, loss = 0.0;
    for (const double e : clearing.net) traded += 0.5 * dt * std::abs(e);
    summary["traded_mwh"] = json_number(traded);
    summary["net_mw"] = table(clearing.net);
    summary["accepted_mw"] = table(round.granted);
    std::vector<double> correction = round.granted;
    for (std::size_t k = 0; k < correction.size(); ++k) correction[k] -= clearing.net[k];
    summary["correction_mw"] = table(correction);
    summary["generator_mw"] = table(clearing.generation);
    summary["load_mw"] = table(clearing.load);
    ordered_json units = ordered_json::array();
    bool tight = true;
    for (int h = 0; h < H; ++h) {
      ordered_json row = ordered_json::array();
      for (int g = 0; g < G; ++g) row.push_back(json_number(answers_.pg[at(h * G + g)]));
      units.push_back(std::move(row));
      cost += dt * answers_.objective[at(h)];
      for (int n = 0; n < data_.buses(); ++n) shed += dt * answers_.shed[at(h * data_.buses() + n)];
      for (int l = 0; l < data_.lines(); ++l)
        loss += dt * data_.feeder.base_mva * data_.feeder.lines[at(l)].r_pu * answers_.l[at(h * data_.lines() + l)];
      tight = tight && answers_.tight[at(h)] != 0;
    }
    summary["dso_generator_mw"] = std::move(units);
    summary["dso_cost"] = json_number(cost);
    summary["shed_mwh"] = json_number(shed);
    summary["loss_mwh"] = json_number(loss);
    summary["dso_seconds"] = dso_seconds_;
    summary["tight"] = tight;
    const DsoAcVerdict ac = dso_ac_check(case_file_, data_, inputs_, answers_, context_.solver.threads);
    summary["ac"] = {{"converged", ac.converged},
                     {"voltage_min_pu", json_number(ac.voltage_min_pu)},
                     {"voltage_max_pu", json_number(ac.voltage_max_pu)},
                     {"violation_pu", json_number(ac.violation_pu)},
                     {"overload_percent", json_number(ac.overload_percent)}};
    files::CsvWriter csv({"microgrid", "hour", "net_mw", "accepted_mw", "accepted", "generator_mw", "load_mw"});
    for (int m = 0; m < M; ++m)
      for (int h = 0; h < H; ++h) {
        const auto k = at(m * H + h);
        csv.row().cell(data_.microgrids[at(m)].name).cell(h + 1).cell(clearing.net[k]).cell(round.granted[k]);
        csv.cell(static_cast<int>(round.accepted[k])).cell(clearing.generation[k]).cell(clearing.load[k]);
      }
    context_.results.write_csv("schedule.csv", csv);
  }

  StudyContext& context_;
  int case_ = 2;
  std::string surrogate_;
  MarketData market_;
  DsoData data_;
  std::filesystem::path case_file_;
  DsoInputs inputs_;
  DsoAnswers answers_;
  CorrectionPredictor predict_;
  DsoOperator* dso_ = nullptr;
  bool answered_ = true;
  std::int64_t rounds_ = 0, dso_calls_ = 0, messages_ = 0;
  double acceptance_first_ = 0.0, dso_seconds_ = 0.0;
};

/// Hours of a market file, from its first table.
struct OpenMarket {
  MarketData data;
  std::unique_ptr<Market> market;
};

OpenMarket open_market(const std::filesystem::path& file, const SolverOptions& solver) {
  const auto document = files::read_toml(file);
  std::vector<std::string> others = market_study().tables;
  others.emplace_back("solver");
  const auto root = files::Table::open(document, "", common_records(), others);
  if (root.text("study") != "market") root.refuse("study", "expected a study of kind \"market\"");
  OpenMarket open;
  open.data = read_market(document, static_cast<int>(root.integer("hours")), root.number("step_hours"));
  SolverOptions options = solver;
  options.tolerance = open.data.tolerance;
  return open;
}

}  // namespace

MarketProposals market_proposals(const std::vector<SampleFamily>& families, const SolverOptions& solver) {
  auto markets = std::make_shared<std::map<std::filesystem::path, OpenMarket>>();
  for (const auto& family : families) {
    if (!family.settings.from_market) continue;
    const auto& file = family.settings.market;
    if (!markets->contains(file)) (*markets)[file] = open_market(file, solver);
    for (const auto& microgrid : family.data.microgrids) {
      const auto& known = markets->at(file).data.microgrids;
      if (std::none_of(known.begin(), known.end(),
                       [&](const MarketMicrogrid& item) { return item.name == microgrid.name; }))
        throw Error("{}: has no microgrid '{}'; proposals from a market are matched by name", file.string(),
                    microgrid.name);
    }
  }
  return [markets, solver](const SampleFamily& family, std::span<SampleStream> streams, DsoInputs& inputs) {
    OpenMarket& open = markets->at(family.settings.market);
    if (!open.market) open.market = std::make_unique<Market>(open.data, solver);
    const int M = open.data.count(), own = family.data.microgrid_count();
    const double spread = family.settings.market_spread;
    std::vector<int> hour(streams.size());
    std::vector<double> omega(streams.size() * at(M)), pv(omega.size());
    for (std::size_t s = 0; s < streams.size(); ++s) {
      hour[s] = std::min(open.data.hours - 1, static_cast<int>(streams[s].uniform() * open.data.hours));
      for (int m = 0; m < M; ++m) {
        const auto& item = open.data.microgrids[at(m)];
        omega[s * at(M) + at(m)] = item.omega[at(hour[s])] * streams[s].uniform(1.0 - spread, 1.0 + spread);
        pv[s * at(M) + at(m)] = item.pv[at(hour[s])] * streams[s].uniform(1.0 - spread, 1.0 + spread);
      }
    }
    const auto net = open.market->clear_hours(hour, omega, pv);
    for (std::size_t s = 0; s < streams.size(); ++s)
      for (int k = 0; k < own; ++k)
        for (int m = 0; m < M; ++m)
          if (open.data.microgrids[at(m)].name == family.data.microgrids[at(k)].name) {
            const double e = net[s * at(M) + at(m)];
            if (!std::isfinite(e))
              throw Error("{}: the market of sample {} cannot be cleared", family.settings.market.string(),
                          inputs.id[s]);
            inputs.net[s * at(own) + at(k)] = e * family.settings.net_scale;
          }
  };
}

StudyKind market_study_with(SurrogateLoader loader) {
  StudyKind kind = market_study();
  kind.run = [loader = std::move(loader)](StudyContext& context) { MarketRun(context, loader).run(); };
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
          .tables = {"case", "surrogate", "tight_loss_mw", "market", "dso", "network", "substation", "generator",
                     "line_limit", "accept", "microgrid"},
          .sections = std::move(sections),
          .run = [](StudyContext& context) { MarketRun(context, {}).run(); }};
}

}  // namespace wattstein::engine
