#pragma once
// `wattstein export STUDY --monolith | --subproblem WHAT -o FILE`: a model's problem as MPS, QPS, CBF or batch file.

#include <string>
#include <vector>

#include "engine/studies/study.hpp"
#include "kernels/batch/batch.hpp"

namespace wattstein::engine {

struct ExportRequest {
  std::string study;  // as StudyRequest
  std::vector<std::string> overrides;
  bool monolith = false;
  std::string subproblem;  // an agent's name, or "<agent>.recourse"
};

/// The problem asked for, as a batch (of one, or of many for a recourse). Error for a kind that has nothing to export.
/// Filled per kind: coordination in coordination_export.cpp.
kernels::Batch export_problem(const ExportRequest& request);

}  // namespace wattstein::engine
