#pragma once
// How good predicted corrections are, and what they mean for decisions.

#include <nlohmann/json.hpp>
#include <vector>

#include "learning/data/responses.hpp"

namespace wattstein::learning {

/// Of one output, or of all pooled. MW (voltage: p.u. of squared voltage).
struct Accuracy {
  double rmse = 0.0;
  double mae = 0.0;
  double r2 = 0.0;     // 1 − Σ(error²)/Σ(target − mean)²; 0 where the target does not vary
  double worst = 0.0;  // largest |error|
};

/// Pairs (sample, microgrid): what the operator decided against what the prediction would have said.
struct Confusion {
  std::int64_t accepted_right = 0, rejected_right = 0;
  std::int64_t accepted_wrong = 0;  // predicted accepted, the operator rejects
  std::int64_t rejected_wrong = 0;  // predicted rejected, the operator accepts
  double share_right() const;
};

struct Evaluation {
  Accuracy correction;                  // all microgrids pooled
  std::vector<Accuracy> per_microgrid;  // (M)
  Accuracy voltage;
  Confusion confusion;
  std::int64_t rows = 0;
};

/// prediction, target (S) or (S, M), float
Accuracy accuracy(const torch::Tensor& prediction, const torch::Tensor& target);

/// `prediction` (S, M, 2) in MW and p.u.
Evaluation evaluate(const torch::Tensor& prediction, const Responses& responses, const Feeder& feeder);

nlohmann::ordered_json to_json(const Accuracy& accuracy);
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace wattstein::learning
