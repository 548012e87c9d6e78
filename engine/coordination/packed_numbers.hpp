#pragma once
// Numbers in checkpoints (CBOR): as raw bytes, so that they come back bit for bit.

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace wattstein::engine {

nlohmann::json pack(const std::vector<double>& values);
/// The values of pack(). A json that is no binary throws nlohmann::json::type_error.
std::vector<double> unpack(const nlohmann::json& json);

}  // namespace wattstein::engine
