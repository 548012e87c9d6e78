#pragma once
// The operator: takes proposals, gives responses. Rows are solved without the lossless cap first; only those whose
// lossless voltage then exceeds its limit are solved again with it (without it the optimum is the same). Which way a
// row goes depends on the row alone.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/models/dso/dso_batch.hpp"
#include "engine/models/dso/dso_data.hpp"
#include "engine/solver/solver.hpp"

namespace wattstein::engine {

struct DsoScratch;

class DsoOperator {
 public:
  /// `may_shed`, `varying_power_factor`: see DsoPattern. `data` must outlive the operator.
  DsoOperator(const DsoData& data, std::vector<std::uint8_t> may_shed, bool varying_power_factor,
              SolverOptions options);
  ~DsoOperator();

  /// Solves, judges and translates every row. `answers` is resized. A row counts as solved only when its point violates
  /// nothing and its certified bound meets its objective within 10 × tolerance, recomputed here from the arrays; one
  /// that fails this is tried again with smaller tolerances.
  void respond(const DsoInputs& inputs, DsoAnswers& answers);

  struct Counts {
    std::int64_t rows = 0, capped = 0;  // rows asked; rows solved again with the cap
    std::int64_t retried = 0;           // rows solved again because the recomputation refuted the answer
    double seconds_assemble = 0, seconds_solve = 0, seconds_judge = 0;
    std::int64_t iterations = 0;
  };
  const Counts& counts() const { return counts_; }
  SolverOptions& solver_options();
  const std::string& device() const { return device_; }  // of the last call
  const std::string& method() const { return method_; }

 private:
  struct Stage;
  void solve_stage(Stage& stage, const DsoInputs& inputs, const std::vector<std::int64_t>& rows, DsoAnswers& answers);
  void retry(Stage& stage, double factor, const DsoInputs& inputs, std::vector<std::int64_t>& open,
             DsoAnswers& answers);
  void verify(const DsoInputs& inputs, DsoAnswers& answers, std::int64_t row, double tolerance,
              DsoScratch& scratch) const;
  const DsoData& data_;
  std::string device_, method_;
  std::unique_ptr<Stage> plain_, capped_;
  Counts counts_;
};

}  // namespace wattstein::engine
