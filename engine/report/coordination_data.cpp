#include "engine/report/coordination_data.hpp"

#include "engine/error/error.hpp"

namespace wattstein::report {

using nlohmann::json;

json system_json(const std::vector<AgentSystem>& systems) {
  json agents = json::array();
  for (const AgentSystem& s : systems) {
    json buses = json::array(), lines = json::array(), devices = json::array();
    for (const SystemBus& b : s.buses) {
      json bus{{"name", b.name}};
      if (!b.load_mw.empty()) bus["load_mw"] = b.load_mw;
      if (b.v_max_pu > 0) bus["v_min_pu"] = b.v_min_pu, bus["v_max_pu"] = b.v_max_pu;
      buses.push_back(std::move(bus));
    }
    for (const SystemLine& l : s.lines)
      lines.push_back({{"name", l.name}, {"from", l.from}, {"to", l.to}, {"limit_mw", l.limit_mw}});
    for (const SystemDevice& d : s.devices) {
      json device{{"kind", d.kind}, {"name", d.name}, {"bus", d.bus}, {"capacity_mw", d.capacity_mw}};
      if (d.capacity_mwh > 0) device["capacity_mwh"] = d.capacity_mwh;
      devices.push_back(std::move(device));
    }
    agents.push_back({{"agent", s.agent},
                      {"buses", std::move(buses)},
                      {"lines", std::move(lines)},
                      {"devices", std::move(devices)}});
  }
  return {{"version", 1}, {"agents", std::move(agents)}};
}

std::vector<AgentSystem> systems_from_json(const json& document) {
  std::vector<AgentSystem> out;
  // A limit that is infinite is written as null by the JSON library.
  const auto real = [](const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
  };
  try {
    for (const json& a : document.at("agents")) {
      AgentSystem s;
      s.agent = a.at("agent").get<std::string>();
      for (const json& b : a.at("buses"))
        s.buses.push_back({b.at("name").get<std::string>(), b.value("load_mw", std::vector<double>{}),
                           real(b, "v_min_pu"), real(b, "v_max_pu")});
      const int n = static_cast<int>(s.buses.size());
      const auto bus = [&](const json& j) {
        const int i = j.get<int>();
        if (i < 0 || i >= n)
          throw Error("system.json, agent '{}': bus position {} where {} buses stand", s.agent, i, n);
        return i;
      };
      for (const json& l : a.at("lines"))
        s.lines.push_back({l.at("name").get<std::string>(), bus(l.at("from")), bus(l.at("to")), real(l, "limit_mw")});
      for (const json& d : a.at("devices"))
        s.devices.push_back({d.at("kind").get<std::string>(), d.at("name").get<std::string>(), bus(d.at("bus")),
                             real(d, "capacity_mw"), real(d, "capacity_mwh")});
      out.push_back(std::move(s));
    }
  } catch (const json::exception& e) {
    throw Error("system.json: {}", e.what());
  }
  return out;
}

}  // namespace wattstein::report
