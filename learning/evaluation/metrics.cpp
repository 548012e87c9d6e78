#include "learning/evaluation/metrics.hpp"

namespace wattstein::learning {

double Confusion::share_right() const {
  const auto all = accepted_right + rejected_right + accepted_wrong + rejected_wrong;
  return all == 0 ? 0.0 : static_cast<double>(accepted_right + rejected_right) / static_cast<double>(all);
}

Accuracy accuracy(const torch::Tensor& prediction, const torch::Tensor& target) {
  Accuracy result;
  const auto wanted = target.to(torch::kFloat64);
  const auto error = prediction.to(torch::kFloat64) - wanted;
  if (error.numel() == 0) return result;
  result.rmse = error.square().mean().sqrt().item<double>();
  result.mae = error.abs().mean().item<double>();
  result.worst = error.abs().max().item<double>();
  const double spread = (wanted - wanted.mean()).square().sum().item<double>();
  if (spread > 0.0) result.r2 = 1.0 - error.square().sum().item<double>() / spread;
  return result;
}

Evaluation evaluate(const torch::Tensor& prediction, const Responses& responses, const Feeder& feeder) {
  Evaluation evaluation;
  evaluation.rows = responses.size();
  const auto correction = prediction.select(2, 0);
  evaluation.correction = accuracy(correction, responses.correction);
  for (std::int64_t m = 0; m < responses.microgrids(); ++m)
    evaluation.per_microgrid.push_back(accuracy(correction.select(1, m), responses.correction.select(1, m)));
  if (prediction.size(2) > 1) evaluation.voltage = accuracy(prediction.select(2, 1), responses.voltage);

  // accepted: |p − P^net| ≤ max(relative · |P^net|, absolute)
  const auto allowed = (responses.net.abs() * feeder.data.accept_relative).clamp_min(feeder.data.accept_absolute_mw);
  const auto says_yes = correction.abs() <= allowed;
  const auto count = [](const torch::Tensor& mask) { return mask.sum().item<std::int64_t>(); };
  evaluation.confusion.accepted_right = count(says_yes & responses.accepted);
  evaluation.confusion.rejected_right = count(~says_yes & ~responses.accepted);
  evaluation.confusion.accepted_wrong = count(says_yes & ~responses.accepted);
  evaluation.confusion.rejected_wrong = count(~says_yes & responses.accepted);
  return evaluation;
}

nlohmann::ordered_json to_json(const Accuracy& accuracy) {
  return {{"rmse", accuracy.rmse}, {"mae", accuracy.mae}, {"r2", accuracy.r2}, {"worst", accuracy.worst}};
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  nlohmann::ordered_json json = {{"rows", evaluation.rows}, {"correction_mw", to_json(evaluation.correction)}};
  for (const auto& each : evaluation.per_microgrid) json["microgrids"].push_back(to_json(each));
  json["squared_voltage_pu"] = to_json(evaluation.voltage);
  const auto& c = evaluation.confusion;
  json["decisions"] = {{"accepted_right", c.accepted_right},
                       {"rejected_right", c.rejected_right},
                       {"accepted_wrong", c.accepted_wrong},
                       {"rejected_wrong", c.rejected_wrong},
                       {"share_right", c.share_right()}};
  return json;
}

}  // namespace wattstein::learning
