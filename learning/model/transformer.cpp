#include "learning/model/transformer.hpp"

#include <cmath>

namespace wattstein::learning {

EncoderLayerImpl::EncoderLayerImpl(std::int64_t width, std::int64_t heads_, std::int64_t feed_forward) : heads(heads_) {
  norm_attention = register_module("norm_attention", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  norm_feed = register_module("norm_feed", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  query = register_module("query", torch::nn::Linear(width, width));
  key_value = register_module("key_value", torch::nn::Linear(width, 2 * width));
  project = register_module("project", torch::nn::Linear(width, width));
  expand = register_module("expand", torch::nn::Linear(width, feed_forward));
  contract = register_module("contract", torch::nn::Linear(feed_forward, width));
}

torch::Tensor EncoderLayerImpl::forward(const torch::Tensor& z, const torch::Tensor& bias, const torch::Tensor& at) {
  const auto batch = z.size(0), tokens = z.size(1), width = z.size(2), head_width = width / heads;
  const auto scaled = norm_attention->forward(z);
  const auto asking = at.defined() ? scaled.index_select(1, at) : scaled;
  const auto before = at.defined() ? z.index_select(1, at) : z;
  const auto asked = asking.size(1);
  // q (B, heads, K, d/heads); k, v (B, heads, N, d/heads)
  const auto q = (query->forward(asking) * (1.0 / std::sqrt(static_cast<double>(head_width))))
                     .reshape({batch, asked, heads, head_width})
                     .transpose(1, 2);
  const auto kv = key_value->forward(scaled).reshape({batch, tokens, 2, heads, head_width}).permute({2, 0, 3, 1, 4});
  // softmax( q kᵀ / √(d/heads) + b ) v
  const auto weights = torch::softmax(torch::matmul(q, kv[0].transpose(-1, -2)) + bias, -1);
  const auto mixed = torch::matmul(weights, kv[1]).transpose(1, 2).reshape({batch, asked, width});
  const auto after = before + project->forward(mixed);
  return after + contract->forward(torch::gelu(expand->forward(norm_feed->forward(after))));
}

FeederTransformer::FeederTransformer(const TransformerSettings& settings_) : settings(settings_) {
  constexpr std::int64_t bias_width = 16, own_width = 3;
  embed = register_module("embed", torch::nn::Linear(settings.token_width() + Feeder::place_width, settings.width));
  bias_in = register_module("bias_in", torch::nn::Linear(Feeder::relation_width, bias_width));
  bias_out = register_module("bias_out", torch::nn::Linear(bias_width, settings.heads * settings.layers));
  head_in = register_module("head_in", torch::nn::Linear(settings.width + own_width, settings.width));
  head_out = register_module("head_out", torch::nn::Linear(settings.width, settings.outputs));
  norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({settings.width})));
  layers = register_module("layers", torch::nn::ModuleList());
  for (std::int64_t i = 0; i < settings.layers; ++i)
    layers->push_back(EncoderLayer(settings.width, settings.heads, settings.feed_forward));
  if (settings.learned_position)
    position = register_parameter("position", 0.02 * torch::randn({settings.buses, settings.width}));
}

torch::Tensor FeederTransformer::predict(const Inputs& inputs) {
  const auto place = inputs.place.unsqueeze(0).expand({inputs.token.size(0), -1, -1});
  auto z = embed->forward(torch::cat({inputs.token.narrow(2, 0, settings.token_width()), place}, 2));
  if (settings.learned_position) z = z + position;
  // (layers · heads, N, N)
  const auto bias = bias_out->forward(torch::gelu(bias_in->forward(inputs.relation))).permute({2, 0, 1});
  for (std::int64_t i = 0; i < settings.layers; ++i) {
    const auto own_bias = bias.narrow(0, i * settings.heads, settings.heads);
    const bool last = i + 1 == settings.layers;
    z = layers[static_cast<std::size_t>(i)]->as<EncoderLayer>()->forward(
        z, last ? own_bias.index_select(1, inputs.microgrid) : own_bias, last ? inputs.microgrid : torch::Tensor());
  }
  return head_out->forward(torch::gelu(head_in->forward(torch::cat({norm->forward(z), inputs.own}, 2))));
}

}  // namespace wattstein::learning
