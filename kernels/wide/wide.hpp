#pragma once
// PDHG of kernels/pdhg for problems that share a matrix, iterated in lockstep: all of them make the same iteration at
// the same time, entry i of all problems side by side in global memory. For problems whose state is too large for the
// memory of a CUDA block; restart, step weight and stopping are each problem's own.

#include <memory>
#include <span>

#include "kernels/batch/batch.hpp"
#include "kernels/batch/method.hpp"
#include "kernels/batch/resume.hpp"

namespace wattstein::kernels {

struct PdhgPlan;
enum class WideProducts : std::int8_t;

class WideMethod {
 public:
  static constexpr int default_max_iterations = 200000;

  explicit WideMethod(const Batch& batch, const MethodSettings& settings = {});
  ~WideMethod();
  WideMethod(WideMethod&&) noexcept;
  WideMethod& operator=(WideMethod&&) noexcept;

  /// P diagonal, and one set of numbers in A, P, G for the whole batch.
  static bool supports(const Batch& batch);

  /// Is this, and not PdhgMethod, the way to solve `batch` under `settings`? Depends on sizes alone.
  bool chosen(const Batch& batch, const MethodSettings& settings) const;

  /// As PdhgMethod::solve. A batch that is not supported: every listed problem gets numerical_error.
  void solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
             RawSolution& out, Resume* resume = nullptr) const;

  int columns = 0;        // on a CPU: problems side by side, a multiple of 8; 0: chosen
  WideProducts products;  // on CUDA

 private:
  std::unique_ptr<PdhgPlan> plan_;
};

/// The rule behind `chosen`: lockstep when asked for, or on CUDA when the state of a block, `block_bytes`, is larger
/// than the memory that a block may have.
bool wide_suits(Layout layout, Device device, bool shared_matrix, std::int64_t block_bytes, std::int64_t block_memory);

/// Is there a cuSPARSE to load, and was its header there when the CUDA side was compiled?
bool cusparse_found();

/// Columns of one worker on a CPU: enough that a row of the matrix is worth reading, few enough for the caches.
int wide_columns(std::int64_t problems, int threads);

}  // namespace wattstein::kernels
