// The surrogate as a TorchScript module: the forward pass of transformer.cpp spelled in TorchScript over the trained
// weights.

#include <torch/script.h>

#include <sstream>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "learning/model/surrogate.hpp"

namespace wattstein::learning {
namespace {

std::string flat_name(std::string name) {
  for (auto& letter : name)
    if (letter == '.') letter = '_';
  return name;
}

std::string linear(const std::string& layer, const std::string& argument) {
  return fmt::format("torch.linear({}, self.{}_weight, self.{}_bias)", argument, layer, layer);
}

std::string norm(const std::string& layer, const std::string& argument, std::int64_t width) {
  return fmt::format("torch.layer_norm({}, [{}], self.{}_weight, self.{}_bias)", argument, width, layer, layer);
}

std::string layer_code(const TransformerSettings& s, std::int64_t i) {
  const auto head_width = s.width / s.heads;
  const std::string at = fmt::format("layers_{}_", i);
  const bool last = i + 1 == s.layers;
  std::ostringstream code;
  code << "    scaled = " << norm(at + "norm_attention", "z", s.width) << "\n";
  code << fmt::format("    b = bias.narrow(0, {}, {})\n", i * s.heads, s.heads);
  if (last)
    code << "    asking = scaled.index_select(1, self.microgrid)\n"
            "    before = z.index_select(1, self.microgrid)\n"
            "    b = b.index_select(1, self.microgrid)\n";
  else code << "    asking = scaled\n    before = z\n";
  code << fmt::format("    q = ({} * {:.17g}).reshape(rows, asking.size(1), {}, {}).transpose(1, 2)\n",
                      linear(at + "query", "asking"), 1.0 / std::sqrt(static_cast<double>(head_width)), s.heads,
                      head_width)
       << fmt::format("    kv = {}.reshape(rows, buses, 2, {}, {}).permute(2, 0, 3, 1, 4)\n",
                      linear(at + "key_value", "scaled"), s.heads, head_width)
       << "    mixed = torch.matmul(torch.softmax(torch.matmul(q, kv[0].transpose(-1, -2)) + b, -1), kv[1])\n"
       << fmt::format("    mixed = mixed.transpose(1, 2).reshape(rows, asking.size(1), {})\n", s.width)
       << "    z = before + " << linear(at + "project", "mixed") << "\n"
       << "    z = z + "
       << linear(at + "contract", "torch.gelu(" + linear(at + "expand", norm(at + "norm_feed", "z", s.width)) + ")")
       << "\n";
  return code.str();
}

std::string forward_code(const TransformerSettings& s) {
  std::ostringstream code;
  code << "def forward(self, token, net):\n"
          "    rows = token.size(0)\n"
          "    buses = token.size(1)\n";
  if (s.flows)
    code << "    p = token[:, :, 0] - token[:, :, 2] - token[:, :, 3]\n"
            "    q = token[:, :, 1]\n"
            "    flow_p = torch.matmul(p, self.below.t())\n"
            "    flow_q = torch.matmul(q, self.below.t())\n"
            "    loading = (flow_p * flow_p + flow_q * flow_q).sqrt() / self.line_limit\n"
            "    voltage = self.root - torch.matmul(p, self.drop_r.t()) - torch.matmul(q, self.drop_x.t())\n"
            "    token = torch.cat([token, torch.stack([flow_p, flow_q, loading, voltage], 2)], 2)\n";
  code << "    scaled = (token - self.token_mean) / self.token_deviation\n"
          "    place = self.place.unsqueeze(0).expand(rows, buses, self.place.size(1))\n"
       << "    z = " << linear("embed", "torch.cat([scaled, place], 2)") << "\n";
  if (s.learned_position) code << "    z = z + self.position\n";
  code << "    bias = " << linear("bias_out", "torch.gelu(" + linear("bias_in", "self.relation") + ")")
       << ".permute(2, 0, 1)\n";
  for (std::int64_t i = 0; i < s.layers; ++i) code << layer_code(s, i);
  code << "    reach = self.reach.unsqueeze(0).expand(rows, net.size(1), 2)\n"
          "    own = (torch.cat([net.unsqueeze(2), reach], 2) - self.own_mean) / self.own_deviation\n"
       << "    z = " << norm("norm", "z", s.width) << "\n"
       << "    out = " << linear("head_out", "torch.gelu(" + linear("head_in", "torch.cat([z, own], 2)") + ")") << "\n"
       << "    return out * self.output_deviation + self.output_mean\n";
  return code.str();
}

}  // namespace

void export_torchscript(const Surrogate& surrogate, const Feeder& feeder, const Responses& places,
                        const std::filesystem::path& file) {
  torch::jit::Module module("WattsteinSurrogate");
  for (const auto& parameter : surrogate.network->named_parameters())
    module.register_parameter(flat_name(parameter.key()), parameter.value().detach().cpu().clone(),
                              /*is_buffer=*/false);
  const auto& n = surrogate.normalisation;
  const auto width = surrogate.network->settings.token_width();
  const double v0 = feeder.data.feeder.root_voltage_pu;
  const std::pair<const char*, torch::Tensor> buffers[] = {{"token_mean", n.token_mean.narrow(0, 0, width)},
                                                           {"token_deviation", n.token_deviation.narrow(0, 0, width)},
                                                           {"own_mean", n.own_mean},
                                                           {"own_deviation", n.own_deviation},
                                                           {"output_mean", n.output_mean},
                                                           {"output_deviation", n.output_deviation},
                                                           {"place", (feeder.place - n.place_mean) / n.place_deviation},
                                                           {"relation", feeder.relation},
                                                           {"below", feeder.below},
                                                           {"drop_r", feeder.drop_r},
                                                           {"drop_x", feeder.drop_x},
                                                           {"line_limit", feeder.line_limit},
                                                           {"root", torch::tensor(static_cast<float>(v0 * v0 - 1.0))},
                                                           {"microgrid", places.microgrid},
                                                           {"reach", places.reach}};
  for (const auto& [name, value] : buffers) module.register_buffer(name, value.clone());
  module.define(forward_code(surrogate.network->settings));
  std::ostringstream stream;
  module.save(stream);
  files::write_whole(file, stream.str());
}

}  // namespace wattstein::learning
