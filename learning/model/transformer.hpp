#pragma once
// A transformer encoder over the buses of a feeder.
//
//     token n:  [pd, qd, pv, Σ net, log c_ls, log λ_corr, lossless flows] ⊕ place n    standardised, embedded to width
//     d layer:    z ← z + MHA(norm(z)),   z ← z + FFN(norm(z))        pre-norm; attention scores get a bias b(n, m)
//                                                                  learned from what the paths of n and m share
//     head m:   MLP([z of its bus, P^net_m, p_min_m, p_max_m]) → correction (and voltage)
//
// The last layer is evaluated at the microgrids' buses alone: nothing else is read. With position = "tree" nothing
// refers to a particular bus, so the model can be asked about a feeder it never saw; "learned" adds a vector per bus
// and serves one network only.

#include "learning/data/responses.hpp"
#include "learning/model/regressor.hpp"

namespace wattstein::learning {

struct TransformerSettings {
  std::int64_t width = 64;
  std::int64_t heads = 4;
  std::int64_t layers = 3;
  std::int64_t feed_forward = 128;
  bool learned_position = false;
  std::int64_t buses = 0;    // only for learned_position
  bool flows = true;         // tokens carry the lossless flows; else the six plain features alone
  std::int64_t outputs = 2;  // correction, squared voltage

  std::int64_t token_width() const { return Responses::plain_width + (flows ? Responses::flow_width : 0); }
};

/// Pre-norm encoder layer with a bias on the attention scores.
struct EncoderLayerImpl : torch::nn::Module {
  EncoderLayerImpl(std::int64_t width, std::int64_t heads, std::int64_t feed_forward);
  /// z (B, N, d), bias (heads, K, N) → (B, K, d): the new z at the K buses `at`, all of them when undefined.
  torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& bias, const torch::Tensor& at);
  std::int64_t heads;
  torch::nn::LayerNorm norm_attention{nullptr}, norm_feed{nullptr};
  torch::nn::Linear query{nullptr}, key_value{nullptr}, project{nullptr}, expand{nullptr}, contract{nullptr};
};
TORCH_MODULE(EncoderLayer);

struct FeederTransformer : Regressor {
  explicit FeederTransformer(const TransformerSettings& settings);
  torch::Tensor predict(const Inputs& inputs) override;
  TransformerSettings settings;
  torch::nn::Linear embed{nullptr}, bias_in{nullptr}, bias_out{nullptr}, head_in{nullptr}, head_out{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::ModuleList layers{nullptr};
  torch::Tensor position;  // (N, d), learned_position only
};

}  // namespace wattstein::learning
