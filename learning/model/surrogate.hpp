#pragma once
// A trained transformer with all that using it needs: normalisation, schema, network, places, where it came from.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "learning/model/transformer.hpp"

namespace wattstein::learning {

/// Split of one feeder.
struct Sample {
  std::shared_ptr<const Feeder> feeder;
  Responses responses;
};

/// Means and deviations over the training rows; outputs are corrections (MW) and squared voltages (p.u.).
struct Normalisation {
  torch::Tensor token_mean, token_deviation, token_low, token_high;  // (token width)
  torch::Tensor place_mean, place_deviation;                         // (place width)
  torch::Tensor own_mean, own_deviation;                             // (3)
  torch::Tensor output_mean, output_deviation;                       // (2)

  static Normalisation of(const std::vector<Sample>& samples);
  Inputs inputs(const Responses& responses, const Feeder& feeder) const;
  torch::Tensor targets(const Responses& responses) const;         // (S, M, 2) standardised
  torch::Tensor restore(const torch::Tensor& standardised) const;  // back to MW and p.u.
  /// Rows with a plain token feature beyond what training saw by more than 1 % of the range.
  std::int64_t rows_outside(const Responses& responses) const;
};

struct Surrogate {
  std::shared_ptr<FeederTransformer> network;
  Normalisation normalisation;
  std::string network_json;                      // of the (first) feeder it was trained on
  std::vector<std::string> feeder_fingerprints;  // of all of them
  std::vector<std::vector<int>> places;          // microgrid buses it was trained on, one list per data set
  std::string data_fingerprint;                  // ids and corrections it was trained on
  static constexpr const char* schema = "wattstein-surrogate-1";

  /// (S, M, 2) on the CPU: correction in MW and squared voltage of the microgrid's bus.
  torch::Tensor predict(const Responses& responses, const Feeder& feeder,
                        const torch::Device& device = torch::kCPU) const;
  bool knows(const Feeder& feeder) const;
  bool knows_places(const Responses& responses, const Feeder& feeder) const;
  /// Error unless the feeder is one it was trained on, or `transfer` and its positions come from the tree.
  void require_feeder(const Feeder& feeder, bool transfer, const std::string& whose) const;
  /// Error unless the microgrids stand where they stood in training, or `transfer`.
  void require_places(const Responses& responses, const Feeder& feeder, bool transfer, const std::string& whose) const;
};

/// Numbers of the buses where the microgrids stand.
std::vector<int> buses_of(const Responses& responses, const Feeder& feeder);

/// One file, written beside and renamed.
void save(const Surrogate& surrogate, const std::filesystem::path& file);
/// Errors: no such file, no model of this program, another schema.
Surrogate load_surrogate(const std::filesystem::path& file);

/// A TorchScript module for one feeder and one set of places, loadable without Wattstein:
///   torch.jit.load(file)(token (B, N, plain_width), net (B, M)) → (B, M, 2), all in the units of the data set.
void export_torchscript(const Surrogate& surrogate, const Feeder& feeder, const Responses& places,
                        const std::filesystem::path& file);

}  // namespace wattstein::learning
