#include "engine/coordination/packed_numbers.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace wattstein::engine {

nlohmann::json pack(const std::vector<double>& values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return nlohmann::json::binary({bytes, bytes + values.size() * sizeof(double)});
}

std::vector<double> unpack(const nlohmann::json& json) {
  const auto& bytes = json.get_binary();
  std::vector<double> values(bytes.size() / sizeof(double));
  std::copy_n(bytes.data(), values.size() * sizeof(double), reinterpret_cast<std::uint8_t*>(values.data()));
  return values;
}

}  // namespace wattstein::engine
