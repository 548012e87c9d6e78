#include "engine/dataset/findings.hpp"

#include <algorithm>

#include "engine/error/error.hpp"

namespace wattstein::engine {

using nlohmann::ordered_json;

void Findings::note(const std::string& split, std::int64_t id, const std::string& check, double value, double allowed) {
  auto& entry = worst_[check];
  if (!entry.seen || !(value <= entry.value)) entry = {true, value, allowed, split, id};
  if (!(value <= allowed))
    fail(fmt::format("{}, id {}: {} is {:.3g}, allowed {:.3g}", split, id, check, value, allowed));
}

void Findings::fail(const std::string& text) {
  ++count_;
  if (failures_.size() < 50) failures_.push_back(text);
}

ordered_json Findings::json() const {
  ordered_json out;
  out["good"] = count_ == 0;
  out["failure_count"] = count_;
  out["worst"] = ordered_json::object();
  for (const auto& [check, entry] : worst_)
    out["worst"][check] = {
        {"value", entry.value}, {"allowed", entry.allowed}, {"split", entry.split}, {"id", entry.id}};
  out["failures"] = failures_;
  return out;
}

void check_ids(std::vector<std::int64_t> ids, bool sampled, Findings& findings) {
  std::sort(ids.begin(), ids.end());
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) findings.fail("an id is there twice");
  if (!sampled) return;
  constexpr std::int64_t block = 1'000'000'000'000;
  for (std::size_t k = 1; k < ids.size(); ++k)
    if (ids[k] / block == ids[k - 1] / block && ids[k] > ids[k - 1] + 1)
      findings.fail(fmt::format("{} ids are missing after {}", ids[k] - ids[k - 1] - 1, ids[k - 1]));
}

}  // namespace wattstein::engine
