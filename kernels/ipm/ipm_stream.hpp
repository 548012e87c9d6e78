#pragma once
// The problems of a call on their way, chunk after chunk, to threads that each solve one, and back. What a device has
// to add is memory, copies and kernels: ipm_cuda.cu; run_ipm_emulated is the device without a device.

#include <functional>
#include <span>
#include <vector>

#include "kernels/ipm/ipm_flat.hpp"

namespace wattstein::kernels {

/// A run of listed problems: positions first .. first + count - 1.
struct IpmChunk {
  std::int64_t first = 0, count = 0;
};

/// Status of a row that no thread has begun; what the answers are filled with before a launch (every byte 0xff).
inline constexpr int ipm_not_begun = -1;

class IpmStream {
 public:
  /// own: progress and threads of this part of the call. chunk: problems at a time; 0: as chunk_size says.
  IpmStream(const IpmCall& call, std::span<const std::int64_t> problems, const MethodSettings& own,
            std::int64_t chunk = 0);

  const IpmCall& call() const { return call_; }
  const IpmFlatLayout& layout() const { return layout_; }

  /// Puts the next problems into the rows of `in`, on all threads; returns how many. 0: none left, or stopped.
  std::int64_t pack(char* in, IpmChunk& chunk);
  /// Takes the answers of a chunk from `out`.
  void unpack(const char* out, const IpmChunk& chunk);
  /// Answers what was not packed because the run had to stop.
  void answer_rest();

 private:
  const IpmCall& call_;
  std::span<const std::int64_t> problems_;
  std::function<void(std::int64_t)> progress_;
  IpmFlatLayout layout_;
  std::vector<IpmWorker> workers_;
  std::int64_t next_ = 0, done_ = 0;
};

/// All listed problems by the thread body, one thread after the other.
void run_ipm_emulated(const IpmCall& call, std::span<const std::int64_t> problems);

/// The same on the CUDA devices, which share the problems. Returns those that no device could do.
std::vector<std::int64_t> run_ipm_cuda(const IpmCall& call, std::span<const std::int64_t> problems);

}  // namespace wattstein::kernels
