#pragma once
// What the reports show of an operator's responses, gathered block by block: AC power flow and figures for pictures.

#include <filesystem>
#include <vector>

#include "engine/models/dso/dso_ac.hpp"
#include "engine/models/dso/dso_data.hpp"
#include "engine/report/dso_report.hpp"

namespace wattstein::engine {

/// Buses with their limits, lines, units and microgrids.
report::AgentSystem drawn_feeder(const DsoData& data);

class DsoDrawing {
 public:
  /// `families`: the main sample, then the shifts; one feeder, other microgrids. They must outlive this.
  DsoDrawing(const std::filesystem::path& case_file, const std::vector<const DsoData*>& families, int threads);

  /// Checks the responses of a block by AC power flow and keeps what the pictures need of the first rows.
  void add(int family, const DsoInputs& inputs, const DsoAnswers& answers);

  const DsoAcVerdict& verdict() const { return verdict_; }  // of all exact responses
  double seconds() const { return seconds_; }
  report::DsoReportData& data() { return data_; }

 private:
  void keep(int family, const DsoInputs& inputs, const DsoAnswers& answers);
  void keep_voltages(const DsoData& data, const DsoAc::Rows& rows);
  std::vector<const DsoData*> families_;
  std::vector<DsoAc> ac_;
  int threads_ = 0;
  DsoAcVerdict verdict_;
  double seconds_ = 0.0;
  report::DsoReportData data_;
};

/// The entry `ac` of a summary: what the power flow says of the responses claimed to be exact.
nlohmann::ordered_json ac_json(const DsoAcVerdict& verdict);

}  // namespace wattstein::engine
