#pragma once
// What the report of a recourse data set shows, gathered block by block.

#include "engine/models/recourse/recourse_data.hpp"
#include "engine/report/recourse_report.hpp"

namespace wattstein::engine {

class RecourseDrawing {
 public:
  explicit RecourseDrawing(const RecourseSystem& system);
  void add(const RecourseRows& rows);
  /// Shares of the rows so far; to be called before the page is made.
  report::RecourseReportData& finish();

 private:
  const RecourseSystem& system_;
  report::RecourseReportData data_;
  std::vector<double> at_limit_;  // (L) rows
  double solved_ = 0.0;
};

}  // namespace wattstein::engine
