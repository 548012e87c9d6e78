#pragma once
// What every method (pdhg, admm, ipm) takes and returns. A method never throws and never judges itself:
// engine/problem recomputes residuals and bounds from (x, y, w) on the unscaled data.
//
// Each method offers the same class shape (see kernels/ipm/ipm.hpp, pdhg/pdhg.hpp, admm/admm.hpp):
//
//     class IpmMethod {
//      public:
//       explicit IpmMethod(const Batch& batch, const MethodSettings& settings);  // plan: ordering, symbolic work; once
//       per pattern void solve(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings&
//       settings, RawSolution& out) const;
//     };
//
// The plan depends on the pattern alone (A, P, G, cones), so one object serves every later batch of that pattern.

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/batch/batch.hpp"

namespace wattstein::kernels {

/// Codes as written to files.
enum class Status : std::int8_t {
  solved = 0,
  solved_inaccurate = 1,
  primal_infeasible = 2,
  dual_infeasible = 3,
  iteration_limit = 4,
  time_limit = 5,
  numerical_error = 6,
  invalid_data = 7
};
inline constexpr int status_count = 8;
const char* status_word(Status status);

enum class Device : std::int8_t { cpu = 0, cuda = 1, emulated_block = 2 };

/// How problems lie in memory (pdhg). lanes: each on its own, in the lanes of vector registers or a CUDA block; wide:
/// those that share a matrix side by side, in lockstep.
enum class Layout : std::int8_t { automatic = 0, lanes = 1, wide = 2 };

struct MethodSettings {
  double tolerance_relative = 1e-4;
  double tolerance_absolute = 1e-4;
  int max_iterations = 0;           // 0: the method's own default
  double time_limit_seconds = 0.0;  // 0: none; for the whole call
  int threads = 0;                  // 0: all cores
  int lanes = 0;                    // 0: the instruction set's width; 1, 2, 4, 8 force it (tests)
  Device device = Device::cpu;
  int devices = 0;  // CUDA devices that share the problems; 0: all that are visible
  Layout layout = Layout::automatic;
  bool careful = false;                     // ipm: least-squares start (no other), refined solves, patience
  bool rough = true;                        // ipm, lanes: first iterations in single precision where that pays
  bool warm_start = true;                   // use start_x, start_y, start_w of the batch when present
  const std::atomic<bool>* stop = nullptr;  // set by a signal handler: finish soon, unfinished problems get time_limit
  std::function<void(std::int64_t finished)> progress;  // called now and then from one thread
};

/// Raw answers, rows in the order of the batch (row b belongs to problem b; only asked rows are written).
/// Signs of the canonical form: y > 0 only at the lower side; w_k in the dual cone of K_k.
/// primal_infeasible: (y, w) holds the ray; dual_infeasible: x holds the ray.
struct RawSolution {
  std::vector<Status> status;   // (B)
  std::vector<int> iterations;  // (B)
  std::vector<int> restarts;    // (B) pdhg: restarts; admm: changes of rho; ipm: 0
  std::vector<double> x;        // (B, n)
  std::vector<double> y;        // (B, m)
  std::vector<double> w;        // (B, k)
  void resize(const Batch& batch);
};

}  // namespace wattstein::kernels
