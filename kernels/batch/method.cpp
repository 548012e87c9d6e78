#include "kernels/batch/method.hpp"

#include <array>

#include "kernels/batch/large_pages.hpp"

namespace wattstein::kernels {

const char* status_word(Status status) {
  static constexpr std::array<const char*, status_count> words = {
      "solved",          "solved_inaccurate", "primal_infeasible", "dual_infeasible",
      "iteration_limit", "time_limit",        "numerical_error",   "invalid_data"};
  const auto code = static_cast<std::size_t>(status);
  return code < words.size() ? words[code] : "unknown";
}

void RawSolution::resize(const Batch& batch) {
  const auto problems = static_cast<std::size_t>(batch.problems);
  status.assign(problems, Status::iteration_limit);
  iterations.assign(problems, 0);
  restarts.assign(problems, 0);
  assign_large(x, problems * static_cast<std::size_t>(batch.variables), 0.0);
  assign_large(y, problems * static_cast<std::size_t>(batch.rows), 0.0);
  assign_large(w, problems * static_cast<std::size_t>(batch.cone_rows()), 0.0);
}

}  // namespace wattstein::kernels
