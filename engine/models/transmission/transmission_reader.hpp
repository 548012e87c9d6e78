#pragma once
// [transmission] of a coordination study.

#include <memory>
#include <span>

#include "engine/models/devices/agent_samples.hpp"
#include "engine/models/transmission/transmission.hpp"

namespace wattstein::engine {

/// Tables "transmission", "transmission.unit", ".renewable", ".storage", ".line_limit" with their keys.
std::span<const options::Section> transmission_sections();

/// Reads the tables, the case and the profiles; hubs and samples are filled by the caller. Errors: what
/// coordination-files.md refuses, naming file, line and key.
TransmissionData read_transmission(const std::shared_ptr<files::TomlDocument>& document, int hours);

}  // namespace wattstein::engine
