#pragma once
// Rough answers of a first-order method, finished by Newton's method and judged.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/solver/settle.hpp"
#include "kernels/polish/polish.hpp"

namespace wattstein::engine {

class Polishing {
 public:
  /// All must outlive it. tolerance: of the judgement. threads: 0: all cores.
  Polishing(const kernels::Polish& polish, const Batch& batch, double tolerance, int threads)
      : polish_(polish), batch_(batch), tolerance_(tolerance), threads_(threads) {}

  /// Settles the named problems: the raw answer as it stands, then, where that is not done, its polished form. The raw
  /// answer itself is left as the method gave it. Each problem's answer depends on its own raw answer alone.
  void finish(MethodName method, std::span<const std::int64_t> problems, kernels::RawSolution& raw, BatchResult& result,
              std::vector<Settled>& known, const std::function<bool()>& stop) const;

 private:
  const kernels::Polish& polish_;
  const Batch& batch_;
  double tolerance_;
  int threads_;
};

}  // namespace wattstein::engine
