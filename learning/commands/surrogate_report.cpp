#include "learning/commands/surrogate_report.hpp"

#include <fmt/format.h>

#include "engine/report/page.hpp"
#include "engine/report/svg.hpp"

namespace wattstein::learning {
namespace {

using report::Axis;
using report::LineChart;
using report::Series;

std::string learning_curve(const TrainingRun& run, const std::string& model) {
  LineChart chart;
  chart.label = "Loss of the " + model + " by epoch";
  chart.x = Axis{.label = "epoch", .unit = "", .integer = true};
  chart.y = Axis{.label = "loss (standardised)", .unit = "", .log = true};
  chart.series.resize(3);
  chart.series[0].name = "training";
  chart.series[1].name = "validation";
  chart.series[2].name = "gradient norm";
  chart.series[2].dashed = true;
  for (const auto& epoch : run.history) {
    const double values[] = {epoch.train_loss, epoch.validation_loss, epoch.gradient_norm};
    for (std::size_t i = 0; i < 3; ++i) {
      chart.series[i].x.push_back(static_cast<double>(epoch.epoch));
      chart.series[i].y.push_back(values[i]);
    }
  }
  return draw(chart);
}

// At most this many points are drawn, evenly picked: the picture stays small and the table has all rows.
constexpr std::int64_t parity_points = 500;

std::string parity(const ModelResult& result, std::int64_t microgrid) {
  LineChart chart;
  chart.label = fmt::format("Predicted against actual correction of microgrid {}", microgrid + 1);
  chart.x = Axis{.label = "operator's correction, MW", .unit = "MW"};
  chart.y = Axis{.label = "predicted, MW", .unit = "MW"};
  chart.width = 510;
  chart.height = 360;
  Series points, diagonal;
  points.name = "samples";
  points.dots = true;
  points.width = 0.0;
  const auto rows = result.responses.size();
  const auto step = std::max<std::int64_t>(1, rows / parity_points);
  for (std::int64_t s = 0; s < rows; s += step) {
    points.x.push_back(result.responses.correction[s][microgrid].item<double>());
    points.y.push_back(result.prediction[s][microgrid][0].item<double>());
  }
  const auto all = result.responses.correction.select(1, microgrid);
  diagonal.name = "exact";
  diagonal.dashed = true;
  diagonal.x = diagonal.y = {all.min().item<double>(), all.max().item<double>()};
  chart.series = {points, diagonal};
  return draw(chart);
}

void limits_table(report::Page& page, const std::vector<ModelResult>& results) {
  report::HtmlTable table;
  table.header = {"split",           "corrections",           "rows", "a limit broken", "clearly broken",
                  "largest loading", "largest voltage excess"};
  table.left = {1};
  const auto share = [](std::int64_t part, std::int64_t all) {
    return fmt::format("{:.2f} %", 100.0 * static_cast<double>(part) / static_cast<double>(all));
  };
  for (const auto& result : results) {
    if (result.limits.predicted.rows == 0) continue;
    const std::pair<const char*, const LimitCount&> rows[] = {{"none", result.limits.uncorrected},
                                                              {"predicted", result.limits.predicted},
                                                              {"the operator's", result.limits.by_operator}};
    for (const auto& [name, counts] : rows)
      table.rows.push_back({result.split, name, std::to_string(counts.rows), share(counts.beyond, counts.rows),
                            share(counts.clearly_beyond, counts.rows), fmt::format("{:.2f} %", counts.loading_percent),
                            fmt::format("{:.5f} p.u.", std::max(0.0, counts.voltage_excess_pu))});
  }
  if (table.rows.empty()) return;
  page.table(
      "Limits, by AC power flow",
      "Proposals without corrections, with the surrogate's and with the operator's; generators and shedding as "
      "the operator set them. Broken: by more than 1e-5 p.u. or 0.01 % of a line's limit; clearly: 0.001 p.u. or 1 %.",
      table);
}

}  // namespace

ModelResult judge_split(const Surrogate& surrogate, const std::filesystem::path& folder, const Responses& responses,
                        const Feeder& feeder, const torch::Device& device, bool keep_predictions) {
  const auto prediction = surrogate.predict(responses, feeder, device);
  ModelResult result{"transformer", responses.split, evaluate(prediction, responses, feeder), {}, {}, {}};
  result.limits = check_limits(folder, responses, feeder, prediction.select(2, 0), at::get_num_threads());
  if (keep_predictions) {
    result.prediction = prediction;
    result.responses = responses;
  }
  return result;
}

nlohmann::ordered_json to_json(const ModelResult& result) {
  auto json = to_json(result.evaluation);
  if (result.limits.predicted.rows > 0) json["limits_by_power_flow"] = to_json(result.limits);
  return json;
}

std::string line_of(const ModelResult& result) {
  const auto& evaluation = result.evaluation;
  double least = 1.0;
  for (const auto& each : evaluation.per_microgrid) least = std::min(least, each.r2);
  return fmt::format(
      "{:<12} {:<14} RMSE {:8.3f} kW  R² {:.5f} (least of a microgrid {:.5f})  worst {:.1f} kW  "
      "decisions right {:.2f} %",
      result.model, result.split, 1e3 * evaluation.correction.rmse, evaluation.correction.r2, least,
      1e3 * evaluation.correction.worst, 100.0 * evaluation.confusion.share_right());
}

std::string surrogate_report(const SurrogateReport& data) {
  report::Page page(data.title, data.subtitle, "solved", report::Tone::good);
  for (const auto& result : data.results)
    if (result.model == "transformer" && result.split == "test") {
      page.card({"RMSE on test", fmt::format("{:.2f} kW", 1e3 * result.evaluation.correction.rmse),
                 "corrections, all microgrids"});
      page.card({"R² on test", fmt::format("{:.5f}", result.evaluation.correction.r2), "pooled"});
      page.card({"Worst error", fmt::format("{:.1f} kW", 1e3 * result.evaluation.correction.worst), "test split"});
      page.card({"Decisions right", fmt::format("{:.2f} %", 100.0 * result.evaluation.confusion.share_right()),
                 "accept or reject"});
    }

  page.section("Accuracy", "Errors of predicted corrections on every split. Shifted splits were never trained on.");
  report::HtmlTable table;
  table.header = {"model", "split",           "rows",      "RMSE, kW",       "MAE, kW",
                  "R²",    "R² by microgrid", "worst, kW", "decisions right"};
  table.left = {1};
  for (const auto& result : data.results) {
    std::string by_microgrid;
    for (const auto& each : result.evaluation.per_microgrid)
      by_microgrid += fmt::format("{}{:.4f}", by_microgrid.empty() ? "" : " ", each.r2);
    const auto& c = result.evaluation.correction;
    table.rows.push_back({result.model, result.split, std::to_string(result.evaluation.rows),
                          fmt::format("{:.3f}", 1e3 * c.rmse), fmt::format("{:.3f}", 1e3 * c.mae),
                          fmt::format("{:.5f}", c.r2), by_microgrid, fmt::format("{:.1f}", 1e3 * c.worst),
                          fmt::format("{:.2f} %", 100.0 * result.evaluation.confusion.share_right())});
  }
  page.table("Errors by model and split", "RMSE, MAE and worst error of the corrections.", table);

  report::HtmlTable decisions;
  decisions.header = {"model",
                      "split",
                      "accepted, rightly",
                      "rejected, rightly",
                      "accepted, operator rejects",
                      "rejected, operator accepts"};
  decisions.left = {1};
  for (const auto& result : data.results) {
    const auto& c = result.evaluation.confusion;
    decisions.rows.push_back({result.model, result.split, std::to_string(c.accepted_right),
                              std::to_string(c.rejected_right), std::to_string(c.accepted_wrong),
                              std::to_string(c.rejected_wrong)});
  }
  page.table("Decisions",
             "What a market would have decided with the prediction, against the operator; one count per proposal and "
             "microgrid.",
             decisions);

  limits_table(page, data.results);
  for (const auto& result : data.results)
    if (result.model == "transformer" && result.prediction.defined()) {
      page.section("Parity, " + result.split, "Each dot is a sample; on the dashed line the prediction is exact.");
      for (std::int64_t m = 0; m < result.responses.microgrids(); ++m)
        page.figure(fmt::format("parity_{}_{}", result.split, m + 1), fmt::format("Microgrid {}", m + 1),
                    fmt::format("R² {:.5f}", result.evaluation.per_microgrid[static_cast<std::size_t>(m)].r2),
                    parity(result, m), true);
    }

  if (!data.runs.empty()) {
    page.section("Learning", "Loss on training and validation rows and the mean gradient norm, by epoch.");
    for (const auto& [model, run] : data.runs)
      page.figure("learning_" + model, model,
                  fmt::format("Best epoch {}, validation loss {:.3g}.", run.best_epoch, run.best_validation_loss),
                  learning_curve(run, model));
  }
  page.folded("Settings", data.config);
  page.folded("Log", data.log);
  return page.html();
}

}  // namespace wattstein::learning
