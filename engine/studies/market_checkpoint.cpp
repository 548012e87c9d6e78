#include "engine/studies/market_checkpoint.hpp"

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const MarketState& state) {
  ordered_json history = ordered_json::array();
  for (const MarketRound& r : state.history)
    history.push_back({r.welfare, r.accepted, r.correction_mw, r.moved_mw, r.seconds});
  return {{"lower", state.limits.lower},      {"upper", state.limits.upper},
          {"history", std::move(history)},    {"dso_calls", state.dso_calls},
          {"messages", state.messages},       {"acceptance_first", state.acceptance_first},
          {"dso_seconds", state.dso_seconds}, {"predict_seconds", state.predict_seconds},
          {"seconds", state.seconds}};
}

MarketState from_json(const ordered_json& json) {
  MarketState state;
  json.at("lower").get_to(state.limits.lower);
  json.at("upper").get_to(state.limits.upper);
  for (const auto& row : json.at("history"))
    state.history.push_back({row.at(0), row.at(1), row.at(2), row.at(3), row.at(4)});
  state.dso_calls = json.at("dso_calls");
  state.messages = json.at("messages");
  state.acceptance_first = json.at("acceptance_first");
  state.dso_seconds = json.at("dso_seconds");
  state.predict_seconds = json.at("predict_seconds");
  state.seconds = json.at("seconds");
  return state;
}

}  // namespace

MarketCheckpoint::MarketCheckpoint(std::filesystem::path file, std::string fingerprint, bool resume)
    : file_(std::move(file)), fingerprint_(std::move(fingerprint)) {
  if (!resume || !std::filesystem::exists(file_)) return;
  try {
    const auto json = ordered_json::parse(files::read_whole(file_));
    if (json.at("fingerprint") != fingerprint_)
      throw Error("{} belongs to another study: resume with the same settings, or give another folder", file_.string());
    for (const auto& item : json.at("finished")) finished_[item.at(0).get<int>()] = item.at(1);
    current_ = json.at("current");
    if (current_ != 0) state_ = from_json(json.at("state"));
  } catch (const nlohmann::json::exception&) {
    throw Error("{}: is damaged; run without --resume", file_.string());
  }
  resumed_ = true;
}

const ordered_json* MarketCheckpoint::finished(int number) const {
  const auto found = finished_.find(number);
  return found == finished_.end() ? nullptr : &found->second;
}

const MarketState* MarketCheckpoint::begun(int number) const {
  return current_ == number ? &state_ : nullptr;
}

void MarketCheckpoint::save_round(int number, const MarketState& state) {
  current_ = number;
  state_ = state;
  write();
}

void MarketCheckpoint::save_case(int number, ordered_json results) {
  current_ = 0;
  finished_[number] = std::move(results);
  write();
}

void MarketCheckpoint::write() const {
  ordered_json json{{"fingerprint", fingerprint_}, {"finished", ordered_json::array()}, {"current", current_}};
  for (const auto& [number, results] : finished_) json["finished"].push_back(ordered_json::array({number, results}));
  if (current_ != 0) json["state"] = to_json(state_);
  std::error_code problem;
  std::filesystem::create_directories(file_.parent_path(), problem);
  if (problem) throw Error("{}: the folder cannot be made: {}", file_.parent_path().string(), problem.message());
  files::write_whole(file_, json.dump());
}

void MarketCheckpoint::remove() const {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
  std::filesystem::remove(file_.parent_path(), ignored);  // when nothing else is in it
}

}  // namespace wattstein::engine
