#pragma once
// The three methods behind one face, planned once per pattern, and the choice between them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/batch/resume.hpp"

namespace wattstein::kernels {
class IpmMethod;
class PdhgMethod;
class WideMethod;
class AdmmMethod;
class BasisPool;
class Polish;
}  // namespace wattstein::kernels

namespace wattstein::engine {

/// pool: kept bases and the dual simplex; no method of its own, it goes before the others where asked for.
enum class MethodName : std::int8_t { ipm, pdhg, admm, pool };
const char* method_word(MethodName name);
/// Error listing what is known when the word is no method.
MethodName method_from_word(const std::string& word);

/// Plans for one pattern (A, P, G, cones); each method is planned when it is first asked for.
class PatternPlans {
 public:
  explicit PatternPlans(const kernels::Batch& batch);
  ~PatternPlans();
  bool fits(const kernels::Batch& batch) const;

  /// Least expected work for a problem of this pattern at a tolerance; `careful`: with the interior point's careful
  /// plan.
  MethodName choose(const kernels::Batch& batch, double tolerance, bool careful = false);

  /// Plans the method if that has not been done.
  void plan(MethodName name, const kernels::Batch& batch, const kernels::MethodSettings& settings);
  static bool supports(MethodName name, const kernels::Batch& batch);
  void solve(MethodName name, const kernels::Batch& batch, std::span<const std::int64_t> problems,
             const kernels::MethodSettings& settings, kernels::RawSolution& out, kernels::Resume* resume = nullptr);

  /// Newton's method for the last digits of what pdhg and admm find; null where the pattern is none for it.
  const kernels::Polish* polish_of(const kernels::Batch& batch);

  /// The pool of bases for the matrix and the costs of the batch, which it must support.
  kernels::BasisPool& pool_of(const kernels::Batch& batch);

 private:
  kernels::CsrPattern a_, p_, g_;
  std::vector<kernels::Cone> cones_;
  std::unique_ptr<kernels::IpmMethod> ipm_, ipm_careful_;  // a careful solve has a plan of its own
  std::unique_ptr<kernels::PdhgMethod> pdhg_;
  std::unique_ptr<kernels::WideMethod> wide_;  // pdhg in lockstep
  std::unique_ptr<kernels::AdmmMethod> admm_;
  std::unique_ptr<kernels::Polish> polish_;
  std::vector<std::unique_ptr<kernels::BasisPool>> pools_;  // one per matrix and costs, used last at the end
};

}  // namespace wattstein::engine
