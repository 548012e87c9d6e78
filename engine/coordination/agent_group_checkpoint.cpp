// Checkpoint of a group of agents: CBOR of cuts, copies, dual points and pieces.

#include <nlohmann/json.hpp>

#include "engine/coordination/agent_group.hpp"
#include "engine/coordination/agent_layout.hpp"
#include "engine/coordination/packed_numbers.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {

std::string AgentGroup::save() const {
  nlohmann::json all;
  all["slots"] = slots_;
  all["columns"] = cut_columns_;
  all["copy_slots"] = copy_slots_;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    std::vector<double> flat;  // hour, constant, distance, idle, terms, then (column, value) pairs
    for (const Cut& cut : cuts_[i]) {
      for (const double v : {static_cast<double>(cut.cell), cut.constant, cut.distance, static_cast<double>(cut.idle),
                             static_cast<double>(cut.gradient.size())})
        flat.push_back(v);
      for (const auto& [column, value] : cut.gradient) flat.push_back(column), flat.push_back(value);
    }
    std::vector<double> copies;  // of each hour: how many, then their realisations
    for (const auto& known : copies_[i]) {
      copies.push_back(static_cast<double>(known.size()));
      for (const auto& omega : known) copies.insert(copies.end(), omega.begin(), omega.end());
    }
    all["agents"].push_back({{"cuts", pack(flat)},
                             {"copies", pack(copies)},
                             {"duals", pack(worst_[i]->pool().multipliers())},
                             {"pieces", worst_[i]->save_pieces()}});
  }
  const auto bytes = nlohmann::json::to_cbor(all);
  return {bytes.begin(), bytes.end()};
}

void AgentGroup::load(const std::string& bytes) {
  const auto all = nlohmann::json::from_cbor(bytes);
  slots_ = all.at("slots").get<std::vector<int>>();
  cut_columns_ = all.at("columns").get<std::vector<std::vector<int>>>();
  copy_slots_ = all.at("copy_slots").get<std::vector<int>>();
  if (slots_.size() != static_cast<std::size_t>(cells())) throw Error("the checkpoint belongs to another study");
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const auto& saved = all.at("agents").at(i);
    cuts_[i].clear();
    const auto flat = unpack(saved.at("cuts"));
    for (std::size_t at = 0; at + 4 < flat.size();) {
      Cut cut;
      cut.cell = static_cast<int>(flat[at]);
      cut.constant = flat[at + 1];
      cut.distance = flat[at + 2];
      cut.idle = static_cast<int>(flat[at + 3]);
      const auto terms = static_cast<std::size_t>(flat[at + 4]);
      at += 5;
      for (std::size_t k = 0; k < terms; ++k, at += 2)
        cut.gradient.emplace_back(static_cast<int>(flat[at]), flat[at + 1]);
      cuts_[i].push_back(std::move(cut));
    }
    const auto copies = unpack(saved.at("copies"));
    const auto width = static_cast<std::ptrdiff_t>(worst_[i]->atoms().resources);
    std::ptrdiff_t at = 0;
    for (auto& known : copies_[i]) {
      known.resize(static_cast<std::size_t>(copies.at(static_cast<std::size_t>(at++))));
      for (auto& omega : known) omega.assign(copies.begin() + at, copies.begin() + at + width), at += width;
    }
    const auto duals = unpack(saved.at("duals"));
    const auto m = static_cast<std::size_t>(agents_[i]->recourse.lp.rows);
    std::vector<char> none(static_cast<std::size_t>(worst_[i]->pool().size()), 0);
    worst_[i]->pool().keep_only(none);
    for (std::size_t at = 0; at + m <= duals.size(); at += m) worst_[i]->pool().add({duals.data() + at, m});
    if (!saved.contains("pieces"))
      throw Error("the checkpoint was written by another version; start anew without --resume");
    worst_[i]->load_pieces(saved.at("pieces").get<std::vector<std::string>>());
  }
  layout_.reset();
}

}  // namespace wattstein::engine
