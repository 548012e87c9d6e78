#pragma once
// The three methods behind one face, planned once per pattern, and the choice between them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"

namespace wattstein::kernels {
class IpmMethod;
class PdhgMethod;
class AdmmMethod;
}  // namespace wattstein::kernels

namespace wattstein::engine {

enum class MethodName : std::int8_t { ipm, pdhg, admm };
const char* method_word(MethodName name);
/// Error listing what is known when the word is no method.
MethodName method_from_word(const std::string& word);

/// Plans for one pattern (A, P, G, cones); each method is planned when it is first asked for.
class PatternPlans {
 public:
  explicit PatternPlans(const kernels::Batch& batch);
  ~PatternPlans();
  bool fits(const kernels::Batch& batch) const;

  /// Least expected work for a problem of this pattern at a tolerance; `shared`: one set of matrix values for the
  /// batch.
  MethodName choose(const kernels::Batch& batch, double tolerance);

  /// Plans the method if that has not been done.
  void plan(MethodName name, const kernels::Batch& batch, const kernels::MethodSettings& settings);
  static bool supports(MethodName name, const kernels::Batch& batch);
  void solve(MethodName name, const kernels::Batch& batch, std::span<const std::int64_t> problems,
             const kernels::MethodSettings& settings, kernels::RawSolution& out);

 private:
  kernels::CsrPattern a_, p_, g_;
  std::vector<kernels::Cone> cones_;
  std::unique_ptr<kernels::IpmMethod> ipm_;
  std::unique_ptr<kernels::PdhgMethod> pdhg_;
  std::unique_ptr<kernels::AdmmMethod> admm_;
};

}  // namespace wattstein::engine
