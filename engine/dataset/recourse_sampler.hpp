#pragma once
// Rows of recourse data sets drawn at random: a row is a function of (seed, id) alone.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/dataset/sampler.hpp"
#include "engine/files/table.hpp"
#include "engine/models/recourse/recourse_data.hpp"

namespace wattstein::engine {

struct RecourseSampler {
  std::int64_t count = 0, first_id = 0;
  double train_fraction = 0.8;
  Range load_scale{0.7, 1.0}, renewable_level{0.0, 1.0}, reserve_share{0.0, 1.0};
  double load_jitter = 0.0, renewable_error = 0.0, cost_jitter = 0.0;

  double largest_load() const { return load_scale.high * (1.0 + load_jitter); }
  std::string split(std::int64_t id) const { return main_split(id, train_fraction); }
};

std::span<const options::Option> recourse_sampler_records();
RecourseSampler read_recourse_sampler(const std::shared_ptr<files::TomlDocument>& document);

/// Draws the inputs of ids first .. first+count−1 (rows is resized). In this order, U uniform: scale U load_scale;
/// factor per bus U[1 − j, 1 + j]; per renewable its forecast, capacity · U renewable_level, and error
/// U[−1, 1] · renewable_error (what is available: forecast (1 + error) within 0 and the capacity); per unit the share
/// of its largest reserves that is booked, U reserve_share, and a factor on its cost U[1 − k, 1 + k], k = cost_jitter.
/// The schedule meets the forecast (load scale, no factors per bus, forecast of the renewables) in the order of costs,
/// every unit between P_min + b↓ and P_max − b↑; where these leave no room, the rest is left to the second stage.
void draw_recourse(const RecourseSystem& system, const RecourseSampler& sampler, std::int64_t seed, std::int64_t first,
                   std::int64_t count, int threads, RecourseRows& rows);

}  // namespace wattstein::engine
