#include "engine/report/coordination_view.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/report/format.hpp"
#include "engine/report/theme.hpp"

namespace wattstein::report {

using nlohmann::json;

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<Profile> profiles_of(const json& rows, std::size_t hours) {
  std::vector<Profile> out;
  if (!rows.is_array()) return out;
  for (const json& row : rows) {
    Profile p(hours, nan);
    if (row.is_array())
      for (std::size_t h = 0; h < std::min(hours, row.size()); ++h)
        if (row[h].is_number()) p[h] = row[h].get<double>();
    out.push_back(std::move(p));
  }
  return out;
}

std::string technology_of(const std::string& name) {  // "gas_10" -> "gas"
  std::size_t end = name.size();
  while (end > 0 && (std::isdigit(static_cast<unsigned char>(name[end - 1])) || name[end - 1] == '_' ||
                     name[end - 1] == '-' || name[end - 1] == ' '))
    --end;
  return end == 0 ? name : name.substr(0, end);
}

}  // namespace

const json& member(const json& object, std::string_view key) {
  static const json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

double number_at(const json& object, std::initializer_list<std::string_view> keys) {
  const json* at = &object;
  for (const std::string_view key : keys) at = &member(*at, key);
  return at->is_number() ? at->get<double>() : nan;
}

std::string text_at(const json& object, std::string_view key, std::string_view otherwise) {
  const json& found = member(object, key);
  return found.is_string() ? found.get<std::string>() : std::string(otherwise);
}

CoordinationView::CoordinationView(const CoordinationReportData& d) : data(d) {
  constexpr int most_hours = 100000;
  int seen = 0;
  for (const ScheduleRow& r : d.schedule) seen = std::max(seen, r.hour);
  hours = static_cast<std::size_t>(std::clamp(std::max(d.hours, seen), 0, most_hours));
  for (std::size_t h = 1; h <= hours; ++h) {
    hour_names.push_back(std::to_string(h));
    hour_numbers.push_back(static_cast<double>(h));
  }
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::size_t>> places;
  for (const ScheduleRow& r : d.schedule) {
    if (r.hour < 1 || static_cast<std::size_t>(r.hour) > hours) continue;
    const std::pair<std::string, std::string> key{r.agent, r.quantity};
    NamedProfiles& table = tables_[key];
    const auto [place, fresh] = places[key].try_emplace(r.name, table.size());
    if (fresh) table.emplace_back(r.name, Profile(hours, nan));
    table[place->second].second[static_cast<std::size_t>(r.hour) - 1] = r.value;
  }
  const json& listed = member(d.summary, "hubs");
  if (listed.is_array())
    for (std::size_t k = 0; k < listed.size(); ++k)
      hubs.push_back(text_at(listed[k], "name", "hub " + std::to_string(k + 1)));
  const NamedProfiles& scheduled = quantity("transmission", "boundary_mw");
  if (hubs.empty())
    for (const auto& [name, profile] : scheduled) hubs.push_back(name);
  exchange_mw = profiles_of(member(member(d.summary, "schedule"), "boundary_mw"), hours);
  if (exchange_mw.empty() && scheduled.size() == hubs.size())
    for (const auto& [name, profile] : scheduled) exchange_mw.push_back(profile);
  price = profiles_of(member(member(d.summary, "schedule"), "boundary_price"), hours);
  if (exchange_mw.size() != hubs.size()) exchange_mw.clear();
  if (price.size() != hubs.size()) price.clear();

  double most = -1;
  for (std::size_t k = 0; k < hubs.size(); ++k) {
    if (hubs[k] == d.detail_hub) {
      detail = static_cast<int>(k);
      break;
    }
    double traded = 0;
    if (!exchange_mw.empty())
      for (const double p : exchange_mw[k])
        if (std::isfinite(p)) traded += std::abs(p);
    if (traded > most) most = traded, detail = static_cast<int>(k);
  }
}

const NamedProfiles& CoordinationView::quantity(std::string_view agent_name, std::string_view name) const {
  static const NamedProfiles none;
  const auto found = tables_.find({std::string(agent_name), std::string(name)});
  return found == tables_.end() ? none : found->second;
}

const AgentSystem* CoordinationView::system(std::string_view name) const {
  for (const AgentSystem& s : data.systems)
    if (s.agent == name) return &s;
  return nullptr;
}

const json& CoordinationView::agent(int d) const {
  if (d < 0) return member(data.summary, "transmission");
  const json& listed = member(data.summary, "hubs");
  static const json null;
  return listed.is_array() && static_cast<std::size_t>(d) < listed.size() ? listed[static_cast<std::size_t>(d)] : null;
}

double CoordinationView::setting(std::string_view key) const {
  const std::string_view text = data.config_toml;
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; at += key.size()) {
    if (at > 0 && text[at - 1] != '\n' && text[at - 1] != ' ') continue;
    std::size_t value = at + key.size();
    while (value < text.size() && (text[value] == ' ' || text[value] == '=')) ++value;
    double out = nan;
    if (std::from_chars(text.data() + value, text.data() + text.size(), out).ec == std::errc{}) return out;
  }
  return nan;
}

Profile total(const NamedProfiles& profiles, std::size_t hours) {
  if (profiles.empty()) return {};
  Profile out(hours, 0.0);
  for (const auto& [name, p] : profiles)
    for (std::size_t h = 0; h < std::min(hours, p.size()); ++h)
      if (std::isfinite(p[h])) out[h] += p[h];
  return out;
}

std::vector<Stack> technology_stacks(const NamedProfiles& units, std::size_t hours, std::size_t most) {
  std::vector<std::pair<std::string, NamedProfiles>> groups;
  for (const auto& unit : units) {
    const std::string key = units.size() > most ? technology_of(unit.first) : unit.first;
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == key; });
    if (found == groups.end()) found = groups.insert(groups.end(), {key, {}});
    found->second.push_back(unit);
  }
  const auto energy = [&](const NamedProfiles& g) {
    double sum = 0;
    for (const double v : total(g, hours)) sum += std::abs(v);
    return sum;
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto& a, const auto& b) { return energy(a.second) > energy(b.second); });
  if (groups.size() > most) {  // one colour for the many small ones
    std::pair<std::string, NamedProfiles> rest{"other", {}};
    for (std::size_t g = most - 1; g < groups.size(); ++g)
      rest.second.insert(rest.second.end(), groups[g].second.begin(), groups[g].second.end());
    groups.resize(most - 1);
    groups.push_back(std::move(rest));
  }
  std::vector<Stack> out;
  std::vector<int> used;
  static constexpr int spare[] = {0, 3,  2, 8, 10, 6,
                                  1, 11, 4, 5, 9};  // for names that say no technology, or say one twice
  for (const auto& [name, members] : groups) {
    int colour = name == "other" ? 7 : technology_colour(name, -1);
    if (colour < 0 || std::find(used.begin(), used.end(), colour) != used.end()) {
      colour = 7;
      for (const int c : spare)
        if (std::find(used.begin(), used.end(), c) == used.end()) {
          colour = c;
          break;
        }
    }
    used.push_back(colour);
    const std::string title =
        members.size() > 1 && name != "other" ? words(name) + " (" + std::to_string(members.size()) + ")" : words(name);
    out.push_back({title, total(members, hours), series_colour(colour)});
  }
  return out;
}

}  // namespace wattstein::report
