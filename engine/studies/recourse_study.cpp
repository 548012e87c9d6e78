// Study kind `recourse`: a data set of second-stage problems of a transmission system, sampled and solved.

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/dataset/recourse_factory.hpp"
#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/transmission/transmission_reader.hpp"
#include "engine/studies/recourse_drawing.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {
namespace {

using kernels::Status;
using nlohmann::ordered_json;
using options::Kind;
using options::Option;

constexpr std::array<Option, 2> dataset_options = {{
    {.key = "kind",
     .kind = Kind::choice,
     .fallback = "\"recourse\"",
     .unit = "-",
     .meaning = "what the rows are",
     .choices = "recourse"},
    {.key = "block_rows",
     .kind = Kind::integer,
     .fallback = "4096",
     .unit = "-",
     .meaning = "rows solved and kept at a time; changes no row",
     .minimum = 1,
     .maximum = 1e6},
}};

constexpr std::array<Option, 1> root_options = {{
    {.key = "deployment_markup",
     .fallback = "0.1",
     .unit = "-",
     .meaning = "m: deployed reserves cost (1 + m) up and are paid back (1 - m) down",
     .minimum = 0.0,
     .maximum = 1.0},
}};

struct Tally {
  std::int64_t count = 0, solved = 0, iterations = 0;
  double objective = 0.0, bound = 0.0;
  void add(const RecourseRows& rows) {
    count += rows.count;
    for (std::size_t s = 0; s < rows.status.size(); ++s) {
      iterations += rows.iterations[s];
      if (rows.status[s] != Status::solved) continue;
      ++solved;
      objective += rows.objective[s];
      bound += rows.lower_bound[s];
    }
  }
  void fill(ordered_json& summary) const {
    const double n = static_cast<double>(solved), mean = objective / n, least = bound / n;
    summary["status"] = solved == count ? "solved" : "solved_inaccurate";
    summary["objective"] = json_number(mean);
    summary["lower_bound"] = json_number(least);
    summary["relative_gap"] = json_number((mean - least) / (1.0 + std::abs(mean)));
    summary["iterations"] = iterations;
    summary["count"] = count;
    summary["solved"] = solved;
    summary["unsolved"] = count - solved;
  }
};

/// Everything that a row depends on: not the range of ids, not how rows are cut into blocks.
std::string fingerprint(const StudyContext& context, const RecourseSystem& system, const RecourseSampler& sampler) {
  std::string text = fmt::format("wattstein-recourse-block-1 {} {} {} {} ", context.seed, context.solver.tolerance,
                                 context.solver.method, version());
  const auto add = [&text](double value) { text += fmt::format("{},", value); };
  for (const Range& r : {sampler.load_scale, sampler.renewable_level, sampler.reserve_share}) add(r.low), add(r.high);
  for (const double v :
       {sampler.load_jitter, sampler.renewable_error, sampler.cost_jitter, system.base_mva, system.step_hours,
        system.markup, system.shedding_cost_per_mwh, system.overgeneration_cost_per_mwh})
    add(v);
  for (int n = 0; n < system.buses(); ++n) add(system.load_mw[static_cast<std::size_t>(n)]);
  for (const auto& l : system.lines)
    text += fmt::format("{},{},{},{},{};", l.from, l.to, l.reactance_pu, l.shift_rad, l.limit_mw);
  for (const auto& u : system.units)
    text += fmt::format("{},{},{},{},{},{},{},{},{};", u.name, u.bus, u.p_min_mw, u.p_max_mw, u.reserve_up_mw,
                        u.reserve_down_mw, u.cost_per_mwh, u.up_cost_per_mwh, u.down_cost_per_mwh);
  for (const auto& r : system.renewables)
    text += fmt::format("{},{},{},{};", r.name, r.bus, r.capacity_mw, r.curtailment_cost_per_mwh);
  return files::sha256(text);
}

void run_recourse(StudyContext& context) {
  std::vector<std::string> others{"transmission", "sampler", "dataset", "solver"};
  for (const auto& option : common_records()) others.emplace_back(option.key);
  const auto root = files::Table::open(context.document, "", root_options, others);
  TransmissionData data = read_transmission(context.document, 1);
  if (!data.storages.empty())
    throw Error("{}: [[transmission.storage]] has no place in a recourse data set: its rows are single periods",
                root.file().string());
  if (data.units.empty()) throw Error("{}: the transmission has no unit", root.file().string());
  RecourseJob job;
  job.sampler = read_recourse_sampler(context.document);
  const auto dataset = files::Table::open(context.document, "dataset", dataset_options);
  dataset.text("kind");
  // kept until the page is made, after this function
  const auto kept =
      std::make_shared<RecourseProblem>(std::move(data), context.step_hours, root.number("deployment_markup"),
                                        job.sampler.largest_load(), context.solver);
  RecourseProblem& problem = *kept;
  job.name = context.name;
  job.folder = context.results.file("data");
  job.problem = &problem;
  job.seed = context.seed;
  job.resume = context.resume;
  job.block_rows = dataset.integer("block_rows");
  job.threads = context.solver.threads;
  job.config = files::to_toml_text(*context.document);
  job.fingerprint = fingerprint(context, problem.system(), job.sampler);
  job.stop = context.stop;
  Tally tally;
  const auto drawing = std::make_shared<RecourseDrawing>(problem.system());
  job.answered = [&tally, &drawing](const RecourseRows& rows) {
    tally.add(rows);
    drawing->add(rows);
  };
  job.progress = [&context](std::int64_t done, std::int64_t all) {
    context.results.progress(fmt::format("{} of {} rows", done, all));
  };
  context.results.open(*context.document);
  const RecourseReport report = make_recourse_dataset(job);
  auto& summary = context.results.summary();
  tally.fill(summary);
  summary["device"] = problem.device().empty() ? "cpu" : problem.device();
  summary["method"] = problem.method();
  ordered_json& figures = summary["dataset"];
  figures["kind"] = "recourse";
  for (const auto& [folder, count] : report.rows) figures["rows"][folder] = count;
  figures["new_rows"] = report.new_rows;
  figures["resumed_rows"] = report.resumed_rows;
  const double speed = static_cast<double>(report.new_rows) / std::max(report.seconds, 1e-9);
  figures["samples_per_second"] = json_number(speed);
  figures["seconds_sample"] = report.seconds_sample;
  figures["seconds_solve"] = report.seconds_solve;
  figures["seconds_write"] = report.seconds_write;
  context.results.log(
      fmt::format("{} rows, {:.0f} a second from the first draw to the closed files", report.new_rows, speed));
  context.make_report = [kept, drawing, &context](const nlohmann::json& whole) {
    auto& page = drawing->finish();
    page.summary = whole;
    page.tolerance = context.solver.tolerance;
    page.config_toml = files::to_toml_text(*context.document);
    page.log_tail = context.results.log_text();
    return report::recourse_report(page);
  };
}

}  // namespace

StudyKind recourse_study() {
  std::vector<options::Section> sections;
  for (const auto& section : transmission_sections()) sections.push_back(section);
  sections.push_back({"", "Keys at the top of a recourse study", root_options});
  sections.push_back({"sampler", "How rows are drawn", recourse_sampler_records()});
  sections.push_back({"dataset", "How rows are written", dataset_options});
  return {.name = "recourse",
          .meaning = "data set of second-stage problems of a transmission system, sampled and solved",
          .tables = {"deployment_markup", "transmission", "sampler", "dataset"},
          .sections = std::move(sections),
          .run = run_recourse};
}

}  // namespace wattstein::engine
