#pragma once
// report.html of a batch study (batch.md): statuses, iterations, residuals.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/report/page.hpp"

namespace wattstein::report {

struct BatchReportData {
  nlohmann::json summary;                                   // summary.json as written
  std::vector<std::int8_t> status;                          // (B) codes of batch.md, 0 = solved
  std::vector<double> objective, bound;                     // (B)
  std::vector<double> primal_residual, dual_residual, gap;  // (B)
  std::vector<std::int64_t> iterations;                     // (B)
  std::vector<double> reference_error;  // (B) |objective - reference|/(1+|reference|), NaN where none; or empty
  double tolerance = 0.0;               // 0: not known
  std::string config_toml, log_tail;
};

Page batch_page(const BatchReportData& data);
std::string batch_report(const BatchReportData& data);

}  // namespace wattstein::report
