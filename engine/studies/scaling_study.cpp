// The study kind `scaling`: one coordination study with more and more hubs and samples.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

#include "engine/error/error.hpp"
#include "engine/files/csv.hpp"
#include "engine/report/comparison_report.hpp"
#include "engine/studies/scaling_fit.hpp"
#include "engine/studies/scaling_inputs.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using options::Kind;
using report::ScalingPoint;

constexpr std::array scaling_records{
    options::Option{.key = "base",
                    .kind = Kind::text,
                    .fallback = "\"scaling\"",
                    .unit = "-",
                    .meaning = "coordination study to scale: a path or a bundled name; --set study=NAME"},
    options::Option{.key = "hubs",
                    .kind = Kind::numbers,
                    .fallback = "[1, 2, 5, 10, 20]",
                    .unit = "-",
                    .meaning = "numbers of hubs; more than the study has are made from its own",
                    .minimum = 1,
                    .maximum = 100000},
    options::Option{.key = "samples",
                    .kind = Kind::numbers,
                    .fallback = "[10, 100]",
                    .unit = "-",
                    .meaning = "numbers of samples per agent; more than it has are mixtures of its own",
                    .minimum = 1,
                    .maximum = 10000000},
    settings_of_every_run,
    settings_from_the_command_line,
};

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<int> whole_numbers(const files::Table& table, const char* key) {
  std::vector<int> out;
  for (const double value : table.numbers(key)) {
    if (value != std::floor(value)) table.refuse(key, fmt::format("{} is no whole number", value));
    out.push_back(static_cast<int>(value));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (out.empty()) table.refuse(key, "is an empty list");
  return out;
}

double number_at(const json& summary, const std::string& pointer) {
  const json::json_pointer place(pointer);
  return summary.contains(place) && summary.at(place).is_number() ? summary.at(place).get<double>() : nan;
}

ScalingPoint point_of(int hubs, int samples, const json& summary) {
  ScalingPoint p;
  p.hubs = hubs;
  p.samples = samples;
  p.status = summary.value("status", "unknown");
  p.seconds = number_at(summary, "/seconds");
  p.processor_seconds = number_at(summary, "/coordination/processor_seconds");
  p.iterations = number_at(summary, "/iterations");
  p.relative_gap = number_at(summary, "/relative_gap");
  p.mismatch_mw = number_at(summary, "/mismatch_mw");
  p.peak_memory_gb = number_at(summary, "/coordination/peak_memory_gb");
  // Groups of agents may work side by side: their seconds then add up to more than those on the clock.
  const double recourse = number_at(summary, "/coordination/seconds_recourse"),
               first_stage = number_at(summary, "/coordination/seconds_first_stage"),
               whole = std::max(number_at(summary, "/coordination/seconds"), recourse + first_stage);
  p.share_recourse = recourse / whole;
  p.share_first_stage = first_stage / whole;
  p.share_rest = 1.0 - p.share_recourse - p.share_first_stage;
  return p;
}

void write_points(StudyContext& context, const std::vector<ScalingPoint>& points) {
  files::CsvWriter csv({"hubs", "samples", "status", "seconds", "processor_seconds", "iterations", "relative_gap",
                        "mismatch_mw", "peak_memory_gb", "share_recourse", "share_first_stage", "share_rest"});
  for (const auto& p : points) {
    csv.row().cell(p.hubs).cell(p.samples).cell(p.status);
    for (const double v : {p.seconds, p.processor_seconds, p.iterations, p.relative_gap, p.mismatch_mw,
                           p.peak_memory_gb, p.share_recourse, p.share_first_stage, p.share_rest})
      std::isnan(v) ? csv.cell(std::string_view("")) : csv.cell(v);
  }
  context.results.write_csv("scaling.csv", csv);
}

std::vector<report::ScalingFit> fits_of(const std::vector<ScalingPoint>& points) {
  std::vector<report::ScalingFit> out;
  for (const auto& [name, member] :
       {std::pair{"time on the clock", &ScalingPoint::seconds},
        std::pair{"processor time", &ScalingPoint::processor_seconds},
        std::pair{"peak memory", &ScalingPoint::peak_memory_gb}, std::pair{"iterations", &ScalingPoint::iterations}}) {
    std::vector<double> hubs, samples, values;
    for (const auto& p : points) {
      if (p.status != "solved" || !(p.*member > 0.0)) continue;
      hubs.push_back(p.hubs);
      samples.push_back(p.samples);
      values.push_back(p.*member);
    }
    const PowerLaw law = fit_power_law(hubs, samples, values);
    out.push_back({name, law.first, law.second, law.r_squared, static_cast<int>(values.size())});
  }
  return out;
}

std::vector<std::string> rules(const ScalingInputs& inputs, const std::vector<int>& hubs,
                               const std::vector<int>& samples) {
  std::vector<std::string> out;
  if (hubs.back() > inputs.base_hubs())
    out.push_back(fmt::format(
        "The base study has {} hubs. Further ones repeat them in order, stand at the load buses without a hub, largest "
        "first (then at all load buses again), with every factor on loads, renewables, costs and gas price multiplied "
        "by a number drawn from [0.9, 1.1].",
        inputs.base_hubs()));
  if (samples.back() > inputs.base_samples())
    out.push_back(fmt::format(
        "Its agents have {} samples or more. Further samples, and all of a further hub's, are mixtures "
        "m + cos α (ω_i − m) + sin α (ω_j − m) of two of the agent's own at a random angle, cut to its support: mean "
        "and covariance are kept.",
        inputs.base_samples()));
  out.emplace_back("Test samples are not priced in a scaling study.");
  return out;
}

/// "time on the clock ~ hubs^0.91 samples^0.35, R2 0.98, 9 points"; a size that does not vary has no exponent.
std::string law_line(const report::ScalingFit& fit) {
  std::string law;
  if (!std::isnan(fit.hubs)) law += fmt::format(" hubs^{:.2f}", fit.hubs);
  if (!std::isnan(fit.samples)) law += fmt::format(" samples^{:.2f}", fit.samples);
  if (law.empty()) return fmt::format("{}: too few points for an exponent ({})", fit.figure, fit.points);
  return fmt::format("{} ~{}, R2 {:.3f}, {} points", fit.figure, law, fit.r_squared, fit.points);
}

void run_scaling(StudyContext& context) {
  const auto table = files::Table::open(context.document, "scaling", scaling_records);
  const auto hubs = whole_numbers(table, "hubs"), samples = whole_numbers(table, "samples");
  const BaseStudy base = read_base(table);
  const ScalingInputs inputs(base, context.results.file("inputs"), static_cast<std::uint64_t>(context.seed));
  context.results.open(*context.document);
  std::vector<std::pair<int, int>> order;
  for (const int d : hubs)
    for (const int e : samples) order.emplace_back(d, e);
  // The small ones first: a run that is stopped leaves the most.
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return static_cast<double>(a.first) * a.second < static_cast<double>(b.first) * b.second;
  });
  auto data = std::make_shared<report::ScalingData>();
  auto list = ordered_json::array();
  std::string status = "solved";
  double iterations = 0.0;
  for (const auto& [d, e] : order) {
    const std::string folder = fmt::format("h{}_s{}", d, e);
    json summary;
    try {
      summary = run_planned(context, base, {folder, fmt::format("{} hubs, {} samples", d, e), inputs.point(d, e)});
    } catch (const std::bad_alloc&) {
      context.results.log(fmt::format("{} hubs, {} samples: not enough memory", d, e));
      summary = {{"status", "out_of_memory"}};
    }
    const ScalingPoint p = point_of(d, e, summary);
    if (p.status != "solved" && status == "solved") status = p.status;
    iterations += std::isnan(p.iterations) ? 0.0 : p.iterations;
    data->points.push_back(p);
    list.push_back({{"hubs", d},
                    {"samples", e},
                    {"folder", folder},
                    {"status", p.status},
                    {"objective", json_number(number_at(summary, "/objective"))},
                    {"seconds", json_number(p.seconds)},
                    {"processor_seconds", json_number(p.processor_seconds)},
                    {"iterations", json_number(p.iterations)},
                    {"relative_gap", json_number(p.relative_gap)},
                    {"mismatch_mw", json_number(p.mismatch_mw)},
                    {"peak_memory_gb", json_number(p.peak_memory_gb)},
                    {"share_recourse", json_number(p.share_recourse)},
                    {"share_first_stage", json_number(p.share_first_stage)},
                    {"share_rest", json_number(p.share_rest)}});
    write_points(context, data->points);
  }
  data->fits = fits_of(data->points);
  data->notes = rules(inputs, hubs, samples);
  auto& summary = context.results.summary();
  summary["status"] = status;
  summary["iterations"] = static_cast<long>(iterations);
  summary["base"] = base.file.string();
  summary["points"] = std::move(list);
  auto fitted = ordered_json::object();
  for (const auto& fit : data->fits) {
    fitted[fit.figure] = {{"exponent_hubs", json_number(fit.hubs)},
                          {"exponent_samples", json_number(fit.samples)},
                          {"r_squared", json_number(fit.r_squared)},
                          {"points", fit.points}};
    context.results.log(law_line(fit));
  }
  summary["fits"] = std::move(fitted);
  summary["rules"] = data->notes;
  data->config_toml = files::to_toml_text(*context.document);
  context.make_report = [data, &context](const json& whole) {
    data->summary = whole;
    data->log = context.results.log_text();
    return report::scaling_page(*data).html();
  };
}

}  // namespace

StudyKind scaling_study() {
  StudyKind kind;
  kind.name = "scaling";
  kind.meaning = "a coordination study with more and more hubs and samples: time, memory, exponents";
  kind.tables = {"scaling"};
  kind.sections = {{"scaling", "Sizes of the points; settings of the runs stand in their own study.", scaling_records}};
  kind.run = run_scaling;
  return kind;
}

}  // namespace wattstein::engine
