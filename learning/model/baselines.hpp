#pragma once
// What the transformer has to beat: a multilayer perceptron on the flattened inputs, and ridge regression.

#include <Eigen/Dense>

#include "learning/data/responses.hpp"
#include "learning/model/regressor.hpp"

namespace wattstein::learning {

/// Three hidden layers on [all tokens, all proposals] → all outputs of all microgrids. Serves one feeder and one set of
/// places. `flows`: its tokens carry the lossless flows too.
struct FlatMlp : Regressor {
  FlatMlp(std::int64_t buses, std::int64_t microgrids, std::int64_t outputs, std::int64_t width, bool flows);
  torch::Tensor predict(const Inputs& inputs) override;
  std::int64_t outputs, token_width;
  torch::nn::Sequential layers{nullptr};
};

/// W = argmin ‖[X 1] W − Y‖² + λ ‖W‖² (intercept unpenalised), X the flattened plain tokens and proposals.
class Ridge {
 public:
  /// `inputs` and `targets` standardised; targets (S, M, outputs). On the CPU.
  Ridge(const Inputs& inputs, const torch::Tensor& targets, double penalty);
  torch::Tensor predict(const Inputs& inputs) const;

 private:
  Eigen::MatrixXd weights_;  // (features + 1, M · outputs)
  std::int64_t outputs_ = 1;
};

}  // namespace wattstein::learning
