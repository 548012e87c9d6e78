#include "learning/commands/training_data.hpp"

#include "engine/dataset/row_reader.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::learning {
namespace {

// A function of the id alone, spread over neighbouring ids (37 and 1000 have no common divisor).
std::pair<torch::Tensor, torch::Tensor> hold_back(const torch::Tensor& id, double share) {
  const auto held = (id * 37).remainder(1000) < static_cast<std::int64_t>(share * 1000.0);
  return {(~held).nonzero().squeeze(1), held.nonzero().squeeze(1)};
}

std::string bytes_of(const torch::Tensor& tensor) {
  const auto whole = tensor.contiguous();
  return {static_cast<const char*>(whole.data_ptr()), whole.nbytes()};
}

}  // namespace

LoadedData load_training_data(const std::vector<std::filesystem::path>& folders, const SurrogateOptions& options) {
  LoadedData data;
  std::string sums;
  for (const auto& folder : folders) {
    const auto feeder = std::make_shared<const Feeder>(read_feeder(folder));
    const auto all = read_responses(folder, "train", *feeder, options.with_untight);
    data.left_out += all.left_out;
    sums += files::sha256(bytes_of(all.id) + bytes_of(all.correction));
    const auto [learned, held] = hold_back(all.id, options.validation_share);
    data.learned.push_back({feeder, take(all, learned)});
    data.held.push_back({feeder, take(all, held)});
    data.rows += learned.size(0);
    data.held_rows += held.size(0);
    data.sets.push_back({folder, feeder});
  }
  if (data.rows + data.held_rows < 20 || data.held_rows < 1 || data.rows < 1)
    throw Error(
        "{}: {} tight rows in split train, {} of them held back for validation; training needs at least 20 rows",
        folders.front().string(), data.rows + data.held_rows, data.held_rows);
  if (options.transformer.learned_position)
    for (const auto& set : data.sets)
      if (set.feeder->fingerprint != data.sets.front().feeder->fingerprint)
        throw Error("{}: another network than {}; surrogate.position = \"learned\" serves one network only",
                    set.folder.string(), folders.front().string());
  data.fingerprint = files::sha256(sums);
  return data;
}

TrainingData standardised(const LoadedData& data, const Normalisation& normalisation, const torch::Device& device) {
  TrainingData out;
  const auto convert = [&](const std::vector<Sample>& samples, std::vector<TrainingPart>& parts) {
    for (const auto& [feeder, responses] : samples)
      if (responses.size() > 0)
        parts.push_back(
            {normalisation.inputs(responses, *feeder).to(device), normalisation.targets(responses).to(device)});
  };
  convert(data.learned, out.train);
  convert(data.held, out.validation);
  return out;
}

}  // namespace wattstein::learning
