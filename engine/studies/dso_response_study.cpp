// Study kind `dso_response`: proposals in, the operator's responses out; given ones or a sampled data set.

#include "engine/studies/dso_response_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dataset/proposals.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/models/dso/dso_operator.hpp"
#include "engine/models/dso/read_dso.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;
using options::Kind;
using options::Option;

constexpr std::array<Option, 3> root_options = {{
    {.key = "proposals", .kind = Kind::path, .fallback = "\"\"", .unit = "-", .meaning = "proposals.csv; without it [sampler] draws them"},
    {.key = "loads", .kind = Kind::path, .fallback = "\"\"", .unit = "-", .meaning = "loads.csv: loads and PV that replace those of the case"},
    {.key = "tight_loss_mw", .kind = Kind::number, .fallback = "0.001", .unit = "MW", .meaning = "fictitious loss up to which a response counts as tight",
     .minimum = 0.0},
}};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

ordered_json list(const double* values, int count) {
  ordered_json out = ordered_json::array();
  for (int i = 0; i < count; ++i) out.push_back(json_number(values[i]));
  return out;
}

/// One entry of `responses`.
ordered_json response(const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, std::int64_t s) {
  const int N = data.buses(), L = data.lines(), G = data.unit_count(), M = data.microgrid_count();
  ordered_json out;
  out["id"] = inputs.id[at(s)];
  out["status"] = kernels::status_word(answers.status[at(s)]);
  if (answers.status[at(s)] != Status::solved && answers.status[at(s)] != Status::solved_inaccurate) return out;
  out["objective"] = json_number(answers.objective[at(s)]);
  out["lower_bound"] = json_number(answers.lower_bound[at(s)]);
  const double *pg = answers.pg.data() + s * G, *qg = answers.qg.data() + s * G, *pm = answers.pm.data() + s * M;
  out["substation_mw"] = json_number(pg[0]);
  out["substation_mvar"] = json_number(qg[0]);
  out["generator_mw"] = list(pg + 1, G - 1);
  out["generator_mvar"] = list(qg + 1, G - 1);
  out["microgrid_mw"] = list(pm, M);
  ordered_json correction = ordered_json::array(), accepted = ordered_json::array();
  for (int m = 0; m < M; ++m) {
    correction.push_back(json_number(pm[m] - inputs.net[at(s * M + m)]));
    accepted.push_back(answers.accepted[at(s * M + m)] != 0);
  }
  out["correction_mw"] = std::move(correction);
  out["accepted"] = std::move(accepted);
  double shed = 0.0, loss = 0.0;
  for (int n = 0; n < N; ++n) shed += answers.shed[at(s * N + n)];
  for (int l = 0; l < L; ++l) loss += data.feeder.lines[at(l)].r_pu * answers.l[at(s * L + l)];
  out["shed_mw"] = json_number(shed);
  out["loss_mw"] = json_number(data.feeder.base_mva * loss);
  out["fictitious_loss_mw"] = json_number(answers.fictitious_loss[at(s)]);
  out["socp_gap"] = json_number(answers.socp_gap[at(s)]);
  out["tight"] = answers.tight[at(s)] != 0;
  std::vector<double> voltage(at(N));
  for (int n = 0; n < N; ++n) voltage[at(n)] = std::sqrt(std::max(answers.v[at(s * N + n)], 0.0));
  out["voltage_min_pu"] = json_number(*std::min_element(voltage.begin(), voltage.end()));
  out["voltage_max_pu"] = json_number(*std::max_element(voltage.begin(), voltage.end()));
  out["voltage_pu"] = list(voltage.data(), N);
  out["price_per_mwh"] = list(answers.price_p.data() + s * N, N);
  return out;
}

void write_table(StudyContext& context, const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers) {
  std::vector<std::string> columns{"id", "status", "objective", "lower_bound", "substation_mw", "tight"};
  for (const auto& microgrid : data.microgrids) columns.push_back(microgrid.name + "_mw");
  files::CsvWriter table(columns);
  const int G = data.unit_count(), M = data.microgrid_count();
  for (std::int64_t s = 0; s < inputs.count; ++s) {
    table.row().cell(static_cast<long>(inputs.id[at(s)])).cell(kernels::status_word(answers.status[at(s)]));
    table.cell(answers.objective[at(s)]).cell(answers.lower_bound[at(s)]).cell(answers.pg[at(s * G)]);
    table.cell(static_cast<int>(answers.tight[at(s)]));
    for (int m = 0; m < M; ++m) table.cell(answers.pm[at(s * M + m)]);
  }
  context.results.write_csv("responses.csv", table);
}

}  // namespace

void DsoTally::add(const DsoAnswers& answers) {
  for (std::int64_t s = 0; s < answers.count; ++s) {
    ++count;
    switch (answers.status[at(s)]) {
      case Status::solved:
        ++solved;
        objective += answers.objective[at(s)];
        lower_bound += answers.lower_bound[at(s)];
        untight += answers.tight[at(s)] == 0 ? 1 : 0;
        break;
      case Status::primal_infeasible:
        ++infeasible;
        break;
      default:
        ++unsolved;
    }
    iterations += answers.iterations[at(s)];
  }
}

void DsoTally::fill(nlohmann::ordered_json& summary) const {
  const double n = static_cast<double>(solved);
  const bool any = solved > 0;
  const double mean = any ? objective / n : NAN, bound = any ? lower_bound / n : NAN;
  summary["status"] = unsolved == 0 ? "solved" : "solved_inaccurate";
  summary["objective"] = json_number(mean);
  summary["lower_bound"] = json_number(bound);
  summary["relative_gap"] = json_number((mean - bound) / (1.0 + std::abs(mean)));
  summary["iterations"] = iterations;
  summary["count"] = count;
  summary["solved"] = solved;
  summary["infeasible"] = infeasible;
  summary["unsolved"] = unsolved;
  summary["untight"] = untight;
}

namespace {

void run_dso_response(StudyContext& context) {
  std::vector<std::string> others = dso_response_study().tables;
  others.emplace_back("solver");
  for (const auto& option : common_records()) others.emplace_back(option.key);
  const auto root = files::Table::open(context.document, "", root_options, others);
  DsoData data = read_dso(context.document, false);
  data.tight_loss_mw = root.number("tight_loss_mw");
  data.microgrids = read_microgrids(context.document, "microgrid", data.feeder);
  if (root.path("proposals").empty()) throw Error("sampling is not built in yet");
  const Proposals proposals = read_proposals(root.path("proposals"), root.path("loads"), data);
  context.results.open(*context.document);
  DsoOperator dso(data, proposals.may_shed, proposals.varying_power_factor, context.solver);
  DsoAnswers answers;
  dso.respond(proposals.inputs, answers);
  if (context.stopped()) throw Stopped("stopped; nothing to resume");
  DsoTally tally;
  tally.add(answers);
  auto& summary = context.results.summary();
  tally.fill(summary);
  summary["device"] = dso.device();
  summary["method"] = dso.method();
  ordered_json responses = ordered_json::array();
  for (std::int64_t s = 0; s < answers.count; ++s) responses.push_back(response(data, proposals.inputs, answers, s));
  summary["responses"] = std::move(responses);
  write_table(context, data, proposals.inputs, answers);
}

}  // namespace

StudyKind dso_response_study() {
  return {.name = "dso_response",
          .meaning = "responses of a distribution operator to proposed injections, given or sampled as a data set",
          .tables = {"proposals", "loads", "tight_loss_mw", "network", "substation", "generator", "microgrid", "line_limit", "accept",
                     "sampler", "shift", "dataset"},
          .sections = dso_sections(false),
          .run = run_dso_response};
}

}  // namespace wattstein::engine
