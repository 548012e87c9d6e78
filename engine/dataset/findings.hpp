#pragma once
// What a check of a data set finds.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wattstein::engine {

/// Worst value of every check and the failures in words.
class Findings {
 public:
  void note(const std::string& split, std::int64_t id, const std::string& check, double value, double allowed);
  void fail(const std::string& text);
  /// good, failure_count, worst, failures (the first 50).
  nlohmann::ordered_json json() const;

 private:
  struct Entry {
    bool seen = false;
    double value = 0.0, allowed = 0.0;
    std::string split;
    std::int64_t id = 0;
  };
  std::map<std::string, Entry> worst_;
  std::vector<std::string> failures_;
  std::int64_t count_ = 0;
};

/// No id twice; no break inside a block of 10¹² (`sampled` sets alone: given proposals may have any).
void check_ids(std::vector<std::int64_t> ids, bool sampled, Findings& findings);

}  // namespace wattstein::engine
