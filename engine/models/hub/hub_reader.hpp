#pragma once
// hub.toml: tables [electric], [gas], [heat] and what stands below them.

#include <memory>
#include <span>

#include "engine/models/hub/hub_data.hpp"

namespace wattstein::engine {

/// Names used within a hub; every device of any carrier has its own.
/// Tables of a hub file with their keys, named "hub file: electric", "hub file: gas.pipe", ...
std::vector<options::Section> hub_sections();

/// What [electric] says about samples; [[hub]] may override it.
struct HubSampleKeys {
  std::filesystem::path samples;       // empty: none
  std::optional<std::string> support;  // samples | capacity | file
  std::filesystem::path support_file;
  std::optional<double> support_margin;
};

struct HubFile {
  HubData data;
  HubSampleKeys samples;
};

/// Reads a hub file. `electric_only`: [gas] and [heat] are ignored altogether. Errors: what coordination-files.md
/// refuses, naming file, line and key.
HubFile read_hub(const std::filesystem::path& file, int hours, bool electric_only);

// Parts of it, one file each.
std::span<const options::Section> electric_sections();
std::span<const options::Section> gas_sections();
std::span<const options::Section> heat_sections();
void read_electric(const std::shared_ptr<files::TomlDocument>& document, int hours, HubFile& hub, NameRegister& names);
/// Gas network and the gas units' nodes.
void read_gas(const std::shared_ptr<files::TomlDocument>& document, int hours, HubData& hub, NameRegister& names);
/// Heat network and the CHP units' nodes.
void read_heat(const std::shared_ptr<files::TomlDocument>& document, int hours, HubData& hub, NameRegister& names);

/// Records of the couplings, read with the electric part; their gas and heat keys are read by read_gas and read_heat.
std::span<const options::Option> gas_unit_records();
std::span<const options::Option> chp_records();
GasUnit read_gas_unit(const files::Table& table, const grid::Network& network);
ChpUnit read_chp(const files::Table& table, const grid::Network& network);

/// "samples", "capacity" or a file name: sets `kind` (file: "file") and `file`. Error when it is none of them.
void read_support(const files::Table& table, std::string& kind, std::filesystem::path& file);

}  // namespace wattstein::engine
