#pragma once
// The operator's tables of a study file (kinds dso_response and market).

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/models/dso/dso_data.hpp"
#include "engine/options/option.hpp"

namespace wattstein::engine {

/// [network]; `with_profile`: with load_profile (market)
std::span<const options::Option> dso_network_records(bool with_profile);
std::span<const options::Option> dso_substation_records();  // [substation]
std::span<const options::Option> dso_unit_records();        // [[generator]]
std::span<const options::Option> dso_microgrid_records();   // [[microgrid]] of dso_response and of a shift
std::span<const options::Option> dso_line_limit_records();  // [[line_limit]]
std::span<const options::Option> dso_accept_records();      // [accept]
/// All of them as sections, for `wattstein options`.
std::vector<options::Section> dso_sections(bool with_profile);

/// Feeder, units, acceptance. No microgrids yet; tight_loss_mw is the caller's. Errors name file, key and what was
/// expected; a network that is no tree names its loop.
DsoData read_dso(const std::shared_ptr<files::TomlDocument>& document, bool with_profile);

/// Microgrids of the array of tables at `path` ("microgrid", "shift[0].microgrid").
std::vector<DsoMicrogrid> read_microgrids(const std::shared_ptr<files::TomlDocument>& document, const std::string& path,
                                          const Feeder& feeder);

}  // namespace wattstein::engine
