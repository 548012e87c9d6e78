// Study kind `dso_response`: proposals in, the operator's responses out; given ones or a sampled data set.

#include "engine/studies/dso_response_study.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dataset/factory.hpp"
#include "engine/dataset/proposals.hpp"
#include "engine/dataset/sampler.hpp"
#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/models/dso/dso_operator.hpp"
#include "engine/models/dso/read_dso.hpp"
#include "engine/report/dso_report.hpp"
#include "engine/studies/dso_drawing.hpp"
#include "engine/studies/market_proposals.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;
using options::Kind;
using options::Option;

constexpr std::array<Option, 3> root_options = {{
    {.key = "proposals",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "proposals.csv; without it [sampler] draws them"},
    {.key = "loads",
     .kind = Kind::path,
     .fallback = "\"\"",
     .unit = "-",
     .meaning = "loads.csv: loads and PV that replace those of the case"},
    {.key = "tight_loss_mw",
     .kind = Kind::number,
     .fallback = "0.001",
     .unit = "MW",
     .meaning = "fictitious loss up to which a response counts as tight",
     .minimum = 0.0},
}};

constexpr std::array<Option, 3> dataset_options = {{
    {.key = "write",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "write the data set (a sampled one is always written)"},
    {.key = "precision",
     .kind = Kind::choice,
     .fallback = "\"float64\"",
     .unit = "-",
     .meaning = "of primal and dual",
     .choices = "float64|float32"},
    {.key = "block_rows",
     .kind = Kind::integer,
     .fallback = "4096",
     .unit = "-",
     .meaning = "rows solved and kept at a time; changes no row",
     .minimum = 1,
     .maximum = 1e6},
}};

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

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

struct DatasetSettings {
  bool write = true, single = false;
  std::int64_t block_rows = 4096;
};

DatasetSettings read_dataset_settings(const std::shared_ptr<files::TomlDocument>& document) {
  const auto table = files::Table::open(document, "dataset", dataset_options);
  return {table.boolean("write"), table.text("precision") == "float32", table.integer("block_rows")};
}

std::filesystem::path case_file(const StudyContext& context) {
  return files::Table::open(context.document, "network", dso_network_records(false)).path("file");
}

/// The verdict of the power flow, and report.html.
void show(StudyContext& context, const std::shared_ptr<DsoDrawing>& drawing) {
  auto& summary = context.results.summary();
  summary["ac"] = ac_json(drawing->verdict());
  if (!drawing->verdict().feasible() && drawing->verdict().checked > 0)
    context.results.log(fmt::format("AC power flow: {} of {} exact responses beyond a limit, {} without a solution",
                                    drawing->verdict().beyond, drawing->verdict().checked, drawing->verdict().lost));
  auto& data = drawing->data();
  data.tolerance = context.solver.tolerance;
  data.config_toml = files::to_toml_text(*context.document);
  context.make_report = [drawing, &context](const nlohmann::json& whole) {
    drawing->data().summary = whole;
    drawing->data().log_tail = context.results.log_text();
    return report::dso_report(drawing->data());
  };
}

void run_given(StudyContext& context, const files::Table& root, const DsoData& data, const DatasetSettings& dataset) {
  const Proposals proposals = read_proposals(root.path("proposals"), root.path("loads"), data);
  context.results.open(*context.document);
  DsoOperator dso(data, proposals.may_shed, proposals.varying_power_factor, context.solver);
  DsoAnswers answers;
  dso.respond(proposals.inputs, answers);
  if (context.stopped()) throw Stopped("stopped; there is nothing to resume");
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
  const auto drawing = std::make_shared<DsoDrawing>(case_file(context), std::vector{&data}, context.solver.threads);
  drawing->add(0, proposals.inputs, answers);
  show(context, drawing);
  if (dataset.write)
    write_dataset(context.results.file("data"), context.name, files::to_toml_text(*context.document), data,
                  proposals.inputs, answers, dataset.single);
}

void run_sampled(StudyContext& context, const DsoData& data, const DatasetSettings& dataset) {
  FactoryJob job;
  job.families = read_sampler(context.document, data);
  job.name = context.name;
  job.folder = context.results.file("data");
  job.seed = context.seed;
  job.single = dataset.single;
  job.resume = context.resume;
  job.block_rows = dataset.block_rows;
  job.solver = context.solver;
  job.market = market_proposals(job.families, context.solver);
  job.config = files::to_toml_text(*context.document);
  job.stop = context.stop;
  DsoTally tally;
  std::vector<const DsoData*> families;
  for (const auto& family : job.families) families.push_back(&family.data);
  const auto drawing = std::make_shared<DsoDrawing>(case_file(context), families, context.solver.threads);
  job.answered = [&tally, &drawing](int family, const DsoInputs& inputs, const DsoAnswers& answers) {
    tally.add(answers);
    drawing->add(family, inputs, answers);
  };
  job.progress = [&context](std::int64_t done, std::int64_t all) {
    context.results.progress(fmt::format("{} of {} rows", done, all));
  };
  context.results.open(*context.document);
  const FactoryReport report = make_dataset(job);
  auto& summary = context.results.summary();
  tally.fill(summary);
  summary["device"] = report.device.empty() ? "cpu" : report.device;
  summary["method"] = report.method;
  ordered_json& rows = summary["dataset"]["rows"];
  for (const auto& [folder, count] : report.rows) rows[folder] = count;
  ordered_json& figures = summary["dataset"];
  figures["new_rows"] = report.new_rows;
  figures["resumed_rows"] = report.resumed_rows;
  figures["capped_rows"] = report.capped_rows;
  figures["samples_per_second"] = json_number(static_cast<double>(report.new_rows) / std::max(report.seconds, 1e-9));
  figures["seconds_sample"] = report.seconds_sample;
  figures["seconds_assemble"] = report.seconds_assemble;
  figures["seconds_solve"] = report.seconds_solve;
  figures["seconds_judge"] = report.seconds_judge;
  figures["seconds_verify"] = drawing->seconds();
  figures["seconds_write"] = report.seconds_write;
  figures["seconds_wait"] = report.seconds_wait;
  show(context, drawing);
  context.results.log(
      fmt::format("{} rows, {:.0f} a second from the first draw to the closed files; writing took {:.1f} % of the time",
                  report.new_rows, static_cast<double>(report.new_rows) / std::max(report.seconds, 1e-9),
                  100.0 * report.seconds_write / std::max(report.seconds, 1e-9)));
}

void run_dso_response(StudyContext& context) {
  std::vector<std::string> others = dso_response_study().tables;
  others.emplace_back("solver");
  for (const auto& option : common_records()) others.emplace_back(option.key);
  const auto root = files::Table::open(context.document, "", root_options, others);
  DsoData data = read_dso(context.document, false);
  data.tight_loss_mw = root.number("tight_loss_mw");
  data.microgrids = read_microgrids(context.document, "microgrid", data.feeder);
  const DatasetSettings dataset = read_dataset_settings(context.document);
  if (root.path("proposals").empty()) run_sampled(context, data, dataset);
  else run_given(context, root, data, dataset);
}

std::vector<options::Section> sections() {
  auto all = dso_sections(false);
  all.push_back({"", "Keys at the top of a dso_response study", root_options});
  all.push_back({"microgrid", "Microgrids (array of tables)", dso_microgrid_records()});
  all.push_back({"sampler", "Sampled proposals", sampler_records()});
  all.push_back({"sampler.pv", "PV plants of the sampler (array of tables)", sampler_pv_records()});
  all.push_back({"shift", "Shifted test sets (array of tables): keys that differ from [sampler]", shift_records()});
  all.push_back({"dataset", "How rows are written", dataset_options});
  return all;
}

}  // namespace

StudyKind dso_response_study() {
  return {
      .name = "dso_response",
      .meaning = "responses of a distribution operator to proposed injections, given or sampled as a data set",
      .tables = {"proposals", "loads", "tight_loss_mw", "network", "substation", "generator", "microgrid", "line_limit",
                 "accept", "sampler", "shift", "dataset", "surrogate"},  // the last one is for learning/
      .sections = sections(),
      .run = run_dso_response};
}

}  // namespace wattstein::engine
