#pragma once
// What a market study keeps on disk while it runs: results of finished cases, and the round the current one is in.

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/studies/market_case.hpp"

namespace wattstein::engine {

class MarketCheckpoint {
 public:
  /// `fingerprint`: of everything that the numbers depend on. With `resume` the file is read when it is there; Error
  /// when it is damaged or belongs to another study.
  MarketCheckpoint(std::filesystem::path file, std::string fingerprint, bool resume);

  bool resumed() const { return resumed_; }
  /// Results of a case finished before, or null.
  const nlohmann::ordered_json* finished(int number) const;
  /// Where the case stood; null when it has not begun.
  const MarketState* begun(int number) const;

  void save_round(int number, const MarketState& state);
  void save_case(int number, nlohmann::ordered_json results);
  void remove() const;

 private:
  void write() const;
  std::filesystem::path file_;
  std::string fingerprint_;
  bool resumed_ = false;
  std::map<int, nlohmann::ordered_json> finished_;
  int current_ = 0;
  MarketState state_;
};

}  // namespace wattstein::engine
