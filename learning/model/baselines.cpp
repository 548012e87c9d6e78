#include "learning/model/baselines.hpp"

namespace wattstein::learning {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// (B, N · token_width + M)
torch::Tensor flatten(const Inputs& inputs, std::int64_t token_width) {
  return torch::cat({inputs.token.narrow(2, 0, token_width).flatten(1), inputs.own.select(2, 0)}, 1);
}

RowMajor matrix_of(const torch::Tensor& values) {
  const auto doubles = values.to(torch::kFloat64).contiguous();
  return Eigen::Map<const RowMajor>(doubles.data_ptr<double>(), doubles.size(0), doubles.size(1));
}

RowMajor with_ones(const Inputs& inputs) {
  const RowMajor values = matrix_of(flatten(inputs, Responses::plain_width));
  RowMajor matrix(values.rows(), values.cols() + 1);
  matrix << values, Eigen::VectorXd::Ones(values.rows());
  return matrix;
}

}  // namespace

FlatMlp::FlatMlp(std::int64_t buses, std::int64_t microgrids, std::int64_t outputs_, std::int64_t width, bool flows)
    : outputs(outputs_), token_width(Responses::plain_width + (flows ? Responses::flow_width : 0)) {
  using torch::nn::GELU;
  using torch::nn::Linear;
  layers = register_module(
      "layers", torch::nn::Sequential(Linear(buses * token_width + microgrids, width), GELU(), Linear(width, width),
                                      GELU(), Linear(width, width), GELU(), Linear(width, microgrids * outputs)));
}

torch::Tensor FlatMlp::predict(const Inputs& inputs) {
  return layers->forward(flatten(inputs, token_width)).reshape({inputs.token.size(0), -1, outputs});
}

Ridge::Ridge(const Inputs& inputs, const torch::Tensor& targets, double penalty) : outputs_(targets.size(2)) {
  const RowMajor x = with_ones(inputs), y = matrix_of(targets.flatten(1));
  Eigen::MatrixXd normal = x.transpose() * x;
  normal.diagonal().head(normal.rows() - 1).array() += penalty;
  weights_ = normal.ldlt().solve(x.transpose() * y);
}

torch::Tensor Ridge::predict(const Inputs& inputs) const {
  RowMajor y = with_ones(inputs) * weights_;
  return torch::from_blob(y.data(), {y.rows(), y.cols() / outputs_, outputs_}, torch::kFloat64).to(torch::kFloat32);
}

}  // namespace wattstein::learning
