#include "learning/data/responses.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dataset/row_reader.hpp"
#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"

namespace wattstein::learning {
namespace {

using files::Hdf5Reader;

// A dataset of the expected shape, all finite.
std::vector<double> finite(const Hdf5Reader& file, const std::string& dataset, const files::Shape& expected) {
  const auto shape = file.shape(dataset);
  if (shape != expected)
    file.refuse(dataset, fmt::format("shape {}, expected {}", files::shape_text(shape), files::shape_text(expected)));
  auto values = file.numbers(dataset);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) file.refuse(dataset, fmt::format("entry {} is not finite", i));
  return values;
}

torch::Tensor floats(const std::vector<double>& values, at::IntArrayRef shape) {
  return torch::from_blob(const_cast<double*>(values.data()), shape, torch::kFloat64).to(torch::kFloat32);
}

torch::Tensor whole(const std::vector<std::int64_t>& values) {
  return torch::from_blob(const_cast<std::int64_t*>(values.data()), {static_cast<std::int64_t>(values.size())},
                          torch::kInt64)
      .clone();
}

void expect_numbers(const Hdf5Reader& file, const std::string& dataset, const std::vector<std::int64_t>& wanted) {
  if (file.integers(dataset) != wanted)
    file.refuse(dataset, "lists others than the network: the file belongs to another one");
}

}  // namespace

std::vector<std::string> solved_splits(const std::filesystem::path& folder) {
  auto splits = engine::dataset_splits(engine::find_dataset(folder));
  std::erase_if(splits, [](const std::string& name) { return name.starts_with("infeasible"); });
  std::stable_sort(splits.begin(), splits.end(),
                   [](const std::string& a, const std::string& b) { return a == "train" && b != "train"; });
  return splits;
}

engine::DsoInputs read_inputs(const std::filesystem::path& input_file, const engine::DsoData& network,
                              std::vector<engine::DsoMicrogrid>& microgrids) {
  const Hdf5Reader file(input_file);
  const auto& feeder = network.feeder;
  std::vector<std::int64_t> buses(feeder.bus_number.begin(), feeder.bus_number.end()), from, to;
  for (const auto& line : feeder.lines) {
    from.push_back(feeder.bus_number[static_cast<std::size_t>(line.from)]);
    to.push_back(feeder.bus_number[static_cast<std::size_t>(line.to)]);
  }
  expect_numbers(file, "axis/bus", buses);
  expect_numbers(file, "axis/branch_from", from);
  expect_numbers(file, "axis/branch_to", to);

  const auto places = file.integers("axis/microgrid_bus");
  const auto M = static_cast<std::int64_t>(places.size()), N = static_cast<std::int64_t>(buses.size());
  const auto low = finite(file, "axis/microgrid_p_min", {M}), high = finite(file, "axis/microgrid_p_max", {M});
  microgrids.clear();
  for (std::size_t m = 0; m < places.size(); ++m) {
    const int bus = feeder.find(static_cast<int>(places[m]));
    if (bus < 0) file.refuse("axis/microgrid_bus", fmt::format("bus {} is not in the network", places[m]));
    microgrids.push_back({fmt::format("mg{}", places[m]), bus, low[m], high[m]});
  }
  engine::DsoInputs inputs;
  inputs.id = file.integers("id");
  const auto S = inputs.count = static_cast<std::int64_t>(inputs.id.size());
  inputs.load_scale = finite(file, "load_scale", {S});
  inputs.power_factor.assign(inputs.id.size(), std::nan(""));  // a record only: qd is what counts
  inputs.shed_cost = finite(file, "shed_cost", {S});
  inputs.correction_cost = finite(file, "correction_cost", {S});
  for (const auto* dataset : {"shed_cost", "correction_cost"})
    for (const double cost : dataset[0] == 's' ? inputs.shed_cost : inputs.correction_cost)
      if (!(cost > 0.0)) file.refuse(dataset, fmt::format("{} is not positive", cost));
  inputs.pd = finite(file, "pd", {S, N});
  inputs.qd = finite(file, "qd", {S, N});
  inputs.pv = finite(file, "pv", {S, N});
  inputs.net = finite(file, "net", {S, M});
  return inputs;
}

Responses tensors_of(const engine::DsoInputs& inputs, const std::vector<engine::DsoMicrogrid>& microgrids,
                     const Feeder& feeder) {
  const std::int64_t S = inputs.count, N = feeder.buses(), M = static_cast<std::int64_t>(microgrids.size());
  Responses out;
  out.id = whole(inputs.id);
  std::vector<std::int64_t> place;
  std::vector<double> reach;
  for (const auto& microgrid : microgrids) {
    place.push_back(microgrid.bus);
    reach.insert(reach.end(), {microgrid.p_min_mw, microgrid.p_max_mw});
  }
  out.microgrid = whole(place);
  out.reach = floats(reach, {M, 2});
  out.net = floats(inputs.net, {S, M});
  const auto pd = floats(inputs.pd, {S, N}), qd = floats(inputs.qd, {S, N}), pv = floats(inputs.pv, {S, N});
  const auto net = torch::zeros({S, N}).index_add_(1, out.microgrid, out.net);
  const auto per_bus = [&](const std::vector<double>& cost) { return floats(cost, {S, 1}).log10().expand({S, N}); };
  // The network at the proposal if nothing were lost (LinDistFlow):
  //     P_n = Σ_{k below n} (pd − pv − net),  Q_n = Σ qd,   v̂_n = v_0 − 2 Σ_k (R_nk P_k + X_nk Q_k)
  const auto p = pd - pv - net;
  const auto flow_p = torch::matmul(p, feeder.below.t()), flow_q = torch::matmul(qd, feeder.below.t());
  const auto loading = (flow_p.square() + flow_q.square()).sqrt() / feeder.line_limit;
  const double v0 = feeder.data.feeder.root_voltage_pu;
  const auto voltage = v0 * v0 - 1.0 - torch::matmul(p, feeder.drop_r.t()) - torch::matmul(qd, feeder.drop_x.t());
  out.token = torch::stack(
      {pd, qd, pv, net, per_bus(inputs.shed_cost), per_bus(inputs.correction_cost), flow_p, flow_q, loading, voltage},
      2);
  return out;
}

Responses read_responses(const std::filesystem::path& folder, const std::string& split, const Feeder& feeder,
                         bool with_untight) {
  const auto place = engine::find_dataset(folder) / split;
  std::vector<engine::DsoMicrogrid> microgrids;
  const auto inputs = read_inputs(place / "input.h5", feeder.data, microgrids);
  const Hdf5Reader primal(place / "SOC" / "primal.h5"), meta(place / "SOC" / "meta.h5");
  auto out = tensors_of(inputs, microgrids, feeder);
  out.split = split;
  const std::int64_t S = out.size(), N = feeder.buses(), M = out.microgrids();
  if (meta.integers("id") != inputs.id) meta.refuse("id", "does not list the samples of input.h5 in the same order");
  // the difference in double precision: a correction of a kilowatt is small beside a proposal of megawatts
  auto correction = finite(primal, "pm", {S, M});
  for (std::size_t k = 0; k < correction.size(); ++k) correction[k] -= inputs.net[k];
  out.correction = floats(correction, {S, M});
  out.voltage = floats(finite(primal, "v", {S, N}), {S, N}).index_select(1, out.microgrid);
  const auto flags = [&](const char* dataset, at::IntArrayRef shape) {
    const auto values = meta.integers(dataset);
    if (static_cast<std::int64_t>(values.size()) != c10::multiply_integers(shape))
      meta.refuse(dataset, "has another shape than expected");
    return whole(values).reshape(shape).to(torch::kBool);
  };
  out.accepted = flags("accepted", {S, M});
  const auto tight = flags("tight", {S});
  out.left_out = with_untight ? 0 : S - tight.sum().item<std::int64_t>();
  return out.left_out == 0 ? out : take(out, tight.nonzero().squeeze(1));
}

Responses take(const Responses& responses, const torch::Tensor& rows) {
  Responses taken = responses;
  for (auto* tensor : {&taken.id, &taken.token, &taken.net, &taken.correction, &taken.voltage, &taken.accepted})
    if (tensor->defined()) *tensor = tensor->index_select(0, rows);
  return taken;
}

}  // namespace wattstein::learning
