#pragma once
// Inputs drawn at random (dso-dataset.md, "Sampler"): a row is a function of (seed, id) alone.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dataset/random.hpp"
#include "engine/files/table.hpp"
#include "engine/models/dso/dso_data.hpp"
#include "engine/options/option.hpp"

namespace wattstein::engine {

struct Range {
  double low = 0.0, high = 0.0;
};

/// The key's value [low, high]; Error (naming file and key) unless low ≤ high.
Range read_range(const files::Table& table, std::string_view key);

/// Split of an id of a main sample: train for the first `train_fraction` of every hundred ids, else test.
std::string main_split(std::int64_t id, double train_fraction);

struct SampledPv {
  int bus = 0;  // position
  double capacity_mw = 0.0;
};

struct SamplerSettings {
  std::int64_t count = 0, first_id = 0;
  double train_fraction = 0.8;
  Range load_scale, power_factor, shed_cost, correction_cost;
  bool has_power_factor = false;  // absent: the case's
  double load_jitter = 0.0;
  Range pv_level{0.0, 1.0};
  double pv_error = 0.0;
  std::vector<SampledPv> pv;
  bool from_market = false;      // proposals = "market"
  std::filesystem::path market;  // its study file
  double market_spread = 0.2;
  std::vector<double> net_min_mw, net_max_mw;  // (M) uniform proposals
  double net_scale = 1.0;
  bool balanced = true;
};

/// A block of ids: the main sample, or one `[[shift]]` with its own microgrids and settings.
struct SampleFamily {
  std::string name;  // "" for the main sample, else the shift's
  DsoData data;
  SamplerSettings settings;
  std::int64_t first_id() const { return settings.first_id; }
  std::int64_t count() const { return settings.count; }
  /// Split of an id: train, test or test_<name>.
  std::string split(std::int64_t id) const;
  std::vector<std::string> splits() const;
};

std::span<const options::Option> sampler_records();
std::span<const options::Option> shift_records();
std::span<const options::Option> sampler_pv_records();

/// The families of a study: main sample first, then the shifts. `data` holds feeder and main microgrids.
std::vector<SampleFamily> read_sampler(const std::shared_ptr<files::TomlDocument>& document, const DsoData& data);

/// Case 1 injections of a market for rows whose streams stand after the PV draws: fills inputs.net. The study that
/// knows the market supplies it.
using MarketProposals =
    std::function<void(const SampleFamily& family, std::span<SampleStream> streams, DsoInputs& inputs)>;

/// Draws ids first .. first+count-1 into `inputs` (resized).
void draw_samples(const SampleFamily& family, std::int64_t seed, std::int64_t first, std::int64_t count, int threads,
                  const MarketProposals& market, DsoInputs& inputs);

}  // namespace wattstein::engine
