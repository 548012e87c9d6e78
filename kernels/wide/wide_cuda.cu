// Problems in lockstep on CUDA. A window of iterations, its check, and the change of problems in the columns are one
// graph; the host reads back two counts a window. When no problem waits any more, columns move together and the graph
// is made anew for fewer of them. Two host threads drive a device, each with its half of the problems and a stream of
// its own: while one packs and copies, the other one's kernels run.

#include <thrust/iterator/counting_iterator.h>

#include <algorithm>
#include <chrono>
#include <cub/device/device_select.cuh>
#include <thread>

#include "kernels/backend/shares_cuda.hpp"
#include "kernels/math/sparse_cuda.hpp"
#include "kernels/wide/wide_machine_cuda.cuh"
#include "kernels/wide/wide_plan.hpp"

namespace wattstein::kernels {

namespace {

constexpr int warp = 32;                     // columns come in multiples of it, or of cuSPARSE's panel
constexpr std::int64_t most_columns = 4096;  // (n, columns) fills a device long before

/// What the device counts, and the host reads after each window.
struct Counts {
  std::int64_t next = 0, problems = 0;  // of the chunk
  int empty = 0, live = 0;              // columns, as selected last
};

struct IsEmpty {
  WideView v;
  __host__ __device__ bool operator()(int c) const { return v.control[c].problem < 0; }
};
struct IsLive {
  WideView v;
  __host__ __device__ bool operator()(int c) const { return v.control[c].problem >= 0; }
};

/// The waiting problems go to the empty columns, in order.
__global__ void assign_kernel(WideView v, const int* empty, Counts* counts) {
  const int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r >= counts->empty || counts->next + r >= counts->problems) return;
  v.control[empty[r]].problem = counts->next + r;
  v.fresh[empty[r]] = 1.0;
}
__global__ void count_kernel(Counts* counts) {
  const std::int64_t next = counts->next + counts->empty;
  counts->next = next < counts->problems ? next : counts->problems;
}

/// The moves, from lists and counts on the device.
__device__ ColumnMoves moves_of(const int* live, const int* empty, const Counts* counts, int width) {
  return {live, empty, counts->live, counts->empty, width};
}
__global__ void move_kernel(WideView v, const int* live, const int* empty, const Counts* counts, int width) {
  const ColumnMoves moves = moves_of(live, empty, counts, width);
  const int r = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x), i = static_cast<int>(blockIdx.x);
  if (r < moves.count()) move_entry(v, i, moves.from(r), moves.to(r));
}
__global__ void move_scalars_kernel(WideView v, const int* live, const int* empty, const Counts* counts, int width) {
  const ColumnMoves moves = moves_of(live, empty, counts, width);
  const int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r < moves.count()) move_scalars(v, moves.from(r), moves.to(r));
}

class WideRun {
 public:
  WideRun(const PdhgJob& job, const MethodSettings& settings) : job_(job), settings_(settings) {
    deadline_ = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                       std::chrono::duration<double>(settings.time_limit_seconds));
  }
  WideRun(const WideRun&) = delete;
  ~WideRun() { drop_graph(); }

  bool solve(const CudaChunk& chunk, WideProducts products);

 private:
  bool prepare(std::int64_t problems, WideProducts products, cudaStream_t stream);
  std::int64_t round_up(std::int64_t columns) const { return (columns + unit_ - 1) / unit_ * unit_; }
  bool make_graph();
  /// make_graph, if need be without cuSPARSE.
  bool graph() {
    if (make_graph()) return true;
    if (!machine_.product[0]) return false;
    machine_.product[0] = machine_.product[1] = nullptr;
    machine_.good = true;
    cudaGetLastError();  // forgotten
    return make_graph();
  }
  void drop_graph() {
    if (graph_) cudaGraphExecDestroy(graph_);
    graph_ = nullptr;
  }
  template <class Predicate>
  bool select(int width, const Predicate& predicate, int* list, int* count);
  bool window(Counts& counts);
  bool compact(int width);
  bool stopped() const {
    return (settings_.stop && settings_.stop->load(std::memory_order_relaxed)) ||
           (settings_.time_limit_seconds > 0.0 && std::chrono::steady_clock::now() >= deadline_);
  }

  PdhgJob job_;  // arrays on the device
  const MethodSettings& settings_;
  std::chrono::steady_clock::time_point deadline_;
  WideView v_{};
  std::int64_t columns_ = 0;  // in memory
  int unit_ = warp;
  DeviceBuffer state_, partial_, lists_, counts_, temporary_;
  PinnedBuffer stop_, read_back_;
  SparseProduct products_[2];
  std::size_t temporary_bytes_ = 0;
  cudaStream_t stream_ = nullptr;
  cudaGraphExec_t graph_ = nullptr;
  WideCuda machine_{v_, nullptr, nullptr, {nullptr, nullptr}};
};

bool WideRun::prepare(std::int64_t problems, WideProducts products, cudaStream_t stream) {
  stream_ = machine_.stream = stream;
  const int longest = std::max(job_.pattern.n, job_.pattern.rows);
  if (columns_ == 0) {
    unit_ = products == WideProducts::cusparse ? SparseProduct::panel : warp;
    // Later chunks are not larger. Two threads share the device: a third of what is free for each.
    std::size_t free_bytes = 0, all_bytes = 0;
    if (cudaMemGetInfo(&free_bytes, &all_bytes) != cudaSuccess) return false;
    WideView one = wide_view(job_, unit_);
    Arena sizes;
    take(one, sizes);
    const std::int64_t bytes = sizes.slow_used + WideCuda::partial_size(longest, unit_) * 8;
    const std::int64_t fit = static_cast<std::int64_t>(free_bytes / 3) / bytes * unit_;
    columns_ = std::min({round_up(problems), most_columns, fit});
    if (columns_ < unit_) return false;
    v_ = wide_view(job_, columns_);
    Arena arena;
    take(v_, arena);
    state_ = DeviceBuffer(arena.slow_used);
    partial_ = DeviceBuffer(WideCuda::partial_size(longest, columns_) * 8);
    lists_ = DeviceBuffer(2 * columns_ * static_cast<std::int64_t>(sizeof(int)));
    counts_ = DeviceBuffer(sizeof(Counts));
    stop_ = PinnedBuffer(sizeof(int), cudaHostAllocMapped);
    read_back_ = PinnedBuffer(sizeof(Counts));
    const auto room = [&](const auto& predicate) {
      std::size_t needed = 0;
      const bool known = cub::DeviceSelect::If(nullptr, needed, thrust::counting_iterator<int>(0), lists_.as<int>(),
                                               static_cast<int*>(nullptr), static_cast<int>(columns_), predicate,
                                               stream) == cudaSuccess;
      temporary_bytes_ = std::max(temporary_bytes_, needed);
      return known;
    };
    if (!room(IsEmpty{v_}) || !room(IsLive{v_})) return false;
    temporary_ = DeviceBuffer(static_cast<std::int64_t>(temporary_bytes_));
    for (const DeviceBuffer* buffer : {&state_, &partial_, &lists_, &counts_, &temporary_})
      if (!buffer->ok()) return false;
    if (!stop_.ok() || !read_back_.ok()) return false;
    *stop_.as<int>() = 0;
    if (cudaMemsetAsync(state_.as(), 0, static_cast<std::size_t>(arena.slow_used), stream) != cudaSuccess) return false;
    machine_.partial = partial_.as<double>();
  }
  v_ = wide_view(job_, columns_);
  Arena arena;
  arena.slow = state_.as();
  take(v_, arena);
  void* stop = nullptr;
  if (cudaHostGetDevicePointer(&stop, stop_.as(), 0) != cudaSuccess) return false;
  v_.stop = static_cast<const int*>(stop);
  if (products == WideProducts::cusparse && !machine_.product[0]) {
    const PatternView& p = job_.pattern;
    // Where cuSPARSE refuses, the fused kernels do it.
    if (p.nnz > 0 &&
        products_[0].prepare(p.rows, p.n, p.nnz, p.row_start, p.column_index, job_.shared.row_form, v_.x_bar,
                             v_.image_bar, columns_, stream) &&
        products_[1].prepare(p.n, p.rows, p.nnz, p.column_start, p.row_index, job_.shared.column_form, v_.y, v_.slope,
                             columns_, stream)) {
      machine_.product[0] = &products_[0];
      machine_.product[1] = &products_[1];
    }
  }
  for (const SparseProduct* product : machine_.product)
    if (product && !product->set_stream(stream)) return false;
  return true;
}

template <class Predicate>
bool WideRun::select(int width, const Predicate& predicate, int* list, int* count) {
  std::size_t bytes = temporary_bytes_;
  return cub::DeviceSelect::If(temporary_.as(), bytes, thrust::counting_iterator<int>(0), list, count, width, predicate,
                               stream_) == cudaSuccess;
}

/// New problems into empty columns, a window, the live columns: once to a graph.
bool WideRun::make_graph() {
  drop_graph();
  int *empty = lists_.as<int>(), *live = empty + columns_;
  auto* counts = counts_.as<Counts>();
  // Thread-local: the other thread of this device goes on allocating and copying.
  if (cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal) != cudaSuccess) return false;
  bool good = select(machine_.width, IsEmpty{v_}, empty, &counts->empty);
  const auto blocks = static_cast<unsigned>((machine_.width + strip - 1) / strip);
  assign_kernel<<<blocks, strip, 0, stream_>>>(v_, empty, counts);
  count_kernel<<<1, 1, 0, stream_>>>(counts);
  WideBody<WideCuda> body{machine_, v_};
  body.load();
  body.window();
  good = select(machine_.width, IsLive{v_}, live, &counts->live) && good && machine_.good;
  good =
      cudaMemcpyAsync(read_back_.as(), counts, sizeof(Counts), cudaMemcpyDeviceToHost, stream_) == cudaSuccess && good;
  cudaGraph_t graph = nullptr;
  if (cudaStreamEndCapture(stream_, &graph) != cudaSuccess) return false;
  good = good && cudaGraphInstantiate(&graph_, graph, 0) == cudaSuccess;
  cudaGraphDestroy(graph);
  return good;
}

/// One launch of the graph; counts as they are after it.
bool WideRun::window(Counts& counts) {
  if (cudaGraphLaunch(graph_, stream_) != cudaSuccess) return false;
  while (true) {
    const cudaError_t state = cudaStreamQuery(stream_);
    if (state == cudaSuccess) break;
    if (state != cudaErrorNotReady) return false;
    if (stopped()) *static_cast<volatile int*>(stop_.as<int>()) = 1;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  counts = *read_back_.as<Counts>();
  return true;
}

/// Live columns to the first `width`, which are enough.
bool WideRun::compact(int width) {
  int *empty = lists_.as<int>(), *live = empty + columns_;
  auto* counts = counts_.as<Counts>();
  if (!select(width, IsEmpty{v_}, empty, &counts->empty)) return false;
  const auto blocks = static_cast<unsigned>((width + strip - 1) / strip);
  const auto entries = static_cast<unsigned>(std::max(v_.pattern.n, v_.pattern.rows));
  move_kernel<<<dim3(entries, blocks), strip, 0, stream_>>>(v_, live, empty, counts, width);
  move_scalars_kernel<<<blocks, strip, 0, stream_>>>(v_, live, empty, counts, width);
  machine_.width = width;
  return cudaGetLastError() == cudaSuccess;
}

bool WideRun::solve(const CudaChunk& chunk, WideProducts products) {
  job_.batch = chunk.batch;
  job_.out = chunk.out;
  if (!prepare(chunk.count, products, chunk.stream)) return false;
  machine_.width = static_cast<int>(std::min(round_up(chunk.count), columns_));
  Counts counts;
  counts.problems = chunk.count;
  *read_back_.as<Counts>() = counts;
  machine_.columns(ClearColumn{v_});
  if (cudaMemcpyAsync(counts_.as(), read_back_.as(), sizeof(Counts), cudaMemcpyHostToDevice, stream_) != cudaSuccess ||
      cudaStreamSynchronize(stream_) != cudaSuccess || !graph())
    return false;
  while (true) {
    if (!window(counts)) return false;
    const bool waiting = counts.next < counts.problems;
    if (counts.live == 0 && !waiting) return true;
    const auto needed = static_cast<int>(round_up(counts.live));
    if (!waiting && 2 * needed <= machine_.width && !(compact(needed) && graph())) return false;
  }
}

bool run_half(const Batch& batch, std::span<const std::int64_t> problems, const MethodSettings& settings,
              const PdhgJob& job, WideProducts products, RawSolution& out) {
  DeviceArrays arrays;
  PdhgJob own = job;
  const PatternView& pattern = job.pattern;
  own.pattern = upload(arrays, pattern);
  own.shared.row_form = arrays.put(job.shared.row_form, pattern.nnz);
  own.shared.column_form = arrays.put(job.shared.column_form, pattern.nnz);
  own.shared.row_scale = arrays.put(job.shared.row_scale, pattern.rows);
  own.shared.column_scale = arrays.put(job.shared.column_scale, pattern.n);
  own.spent = nullptr;
  own.weight = nullptr;
  if (!arrays.ok()) return false;
  WideRun run(own, settings);
  // Chunks as large as they get: within one, columns are filled again as problems end; the other half is the overlap.
  return stream_batch(
      batch, problems, nullptr, settings, [&](const CudaChunk& chunk) { return run.solve(chunk, products); }, out, 1);
}

}  // namespace

std::vector<std::int64_t> run_wide_cuda(const PdhgPlan&, const Batch& batch, std::span<const std::int64_t> problems,
                                        const MethodSettings& settings, const PdhgJob& job, WideProducts products,
                                        RawSolution& out) {
  constexpr std::int64_t least_of_a_half = 512;
  return run_on_devices(
      problems, settings, least_of_blocks, [&](std::span<const std::int64_t> part, const MethodSettings& own) {
        int device = 0;
        if (cudaGetDevice(&device) != cudaSuccess) return false;
        const std::vector<Share> halves = contiguous_shares(static_cast<std::int64_t>(part.size()), 2, least_of_a_half);
        SharedProgress progress(own, halves.size());
        const std::vector<Share> left = run_shares(halves, [&](const Share& half) {
          if (cudaSetDevice(device) != cudaSuccess) return false;
          return run_half(batch,
                          part.subspan(static_cast<std::size_t>(half.first), static_cast<std::size_t>(half.count)),
                          progress.settings_of(half.first == 0 ? 0 : 1), job, products, out);
        });
        return left.empty();
      });
}

}  // namespace wattstein::kernels
