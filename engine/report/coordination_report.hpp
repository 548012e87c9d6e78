#pragma once
// report.html of a coordination study: system, convergence, prices, schedule, exchange, one hub closely, costs, worst
// case.

#include <string>

#include "engine/report/coordination_data.hpp"
#include "engine/report/page.hpp"

namespace wattstein::report {

/// The page with all its pictures; coordination_page(data).write_figures(folder) exports them.
Page coordination_page(const CoordinationReportData& data);

/// report.html as one text. Never throws on missing or odd data (NaN, no iterations, no network): what cannot be drawn
/// is left out.
std::string coordination_report(const CoordinationReportData& data);

}  // namespace wattstein::report
