// One problem per thread, storage interleaved over the warp: every access of a warp is one run of 32 doubles. Threads
// take problems from an atomic queue, so a warp stays full while there are problems left. Chunks of problems travel
// through page-locked memory on two streams: while one is computed the other one is packed or unpacked.

#include <algorithm>
#include <chrono>
#include <thread>

#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/backend/shares_cuda.hpp"
#include "kernels/backend/two_slots.hpp"
#include "kernels/ipm/ipm_stream.hpp"
#include "kernels/ipm/ipm_threads.hpp"

namespace wattstein::kernels {

namespace {

__global__ void __launch_bounds__(WarpVec::threads)
    ipm_kernel(IpmFlatView flat, IpmView view, double* storage, std::int64_t elements) {
  double* base = storage + static_cast<std::int64_t>(blockIdx.x) * elements * WarpVec::threads + threadIdx.x;
  ipm_thread(flat, view, base);
}

// The plan's arrays on the device.
IpmView device_view(const IpmPlan& plan, DeviceArrays& arrays) {
  const auto put = [&arrays](const auto& values) {
    return arrays.put(values.data(), static_cast<std::int64_t>(values.size()));
  };
  IpmView v = plan.view;
  v.a_start = put(plan.a.indptr), v.a_index = put(plan.a.indices);
  v.p_start = put(plan.p.indptr), v.p_index = put(plan.p.indices);
  v.p_diagonal = put(plan.p_diagonal), v.p_changing = put(plan.p_changing);
  v.g_start = put(plan.g.indptr), v.g_index = put(plan.g.indices);
  v.cone_start = put(plan.cone_start), v.cone_changing = put(plan.cone_changing);
  v.cone_row = put(plan.cone_row), v.cone_extra = put(plan.cone_extra);
  v.cone_variable_start = put(plan.cone_variable_start), v.cone_variable = put(plan.cone_variable);
  v.g_local = put(plan.g_local), v.cone_gram = put(plan.cone_gram);
  v.place = put(plan.ldl.place);
  v.ldl.column = put(plan.ldl.column), v.ldl.index = put(plan.ldl.index), v.ldl.row = put(plan.ldl.row);
  v.ldl.row_column = put(plan.ldl.row_column), v.ldl.row_entry = put(plan.ldl.row_entry);
  v.ldl.sign = put(plan.sign), v.ldl.least = put(plan.least);
  v.ldl.constant = put(plan.constant), v.ldl.constant_row = put(plan.constant_row);
  v.ldl.constant_source = put(plan.constant_source);
  v.ldl.changing = put(plan.changing), v.ldl.changing_row = put(plan.changing_row);
  v.ldl.changing_source = put(plan.changing_source);
  v.ldl.block = put(plan.ldl.block);
  if (v.ldl.list.row) {
    LdlListView& list = v.ldl.list;
    list.row = put(plan.list.row), list.row_entry = put(plan.list.row_entry), list.column = put(plan.list.column);
    list.source = put(plan.list.source), list.product = put(plan.list.product);
    list.left = put(plan.list.left), list.right = put(plan.list.right);
    list.first_entry = put(plan.list.first_entry), list.first_source = put(plan.list.first_source);
    list.first_constant = put(plan.list.first_constant);
    list.more_entry = put(plan.list.more_entry), list.more_source = put(plan.list.more_source);
  }
  return v;
}

struct Slot {
  PinnedBuffer in, out;
  DeviceBuffer device_in, device_out, next, storage;
  cudaStream_t stream = nullptr;
  IpmChunk chunk;
  Slot() = default;
  Slot(const Slot&) = delete;
  ~Slot() {
    if (stream) cudaStreamDestroy(stream);
  }
};

/// The device as run_two_slots wants it.
class Warps {
 public:
  explicit Warps(IpmStream& stream) : stream_(stream) {}

  /// Memory, plan and shared numbers, once per solve. False: something is not to be had.
  bool prepare() {
    const IpmFlatLayout& layout = stream_.layout();
    const IpmCall& call = stream_.call();
    int device = 0, processors = 0;
    std::size_t free_bytes = 0, total_bytes = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess)
      return false;
    std::vector<char> shared(static_cast<std::size_t>(layout.shared_bytes()));
    layout.fill_shared(call, shared.data());
    shared_ = arrays_.put(shared.data(), layout.shared_bytes());
    view_ = device_view(call.plan, arrays_);
    stop_ = PinnedBuffer(sizeof(int), cudaHostAllocMapped);
    if (!arrays_.ok() || !stop_.ok() ||
        cudaHostGetDevicePointer(reinterpret_cast<void**>(&device_stop_), stop_.as<int>(), 0) != cudaSuccess)
      return false;
    *stop_.as<int>() = 0;
    for (Slot& slot : slots_) {
      slot.in = PinnedBuffer(layout.in_bytes());
      slot.out = PinnedBuffer(layout.out_bytes());
      slot.device_in = DeviceBuffer(layout.in_bytes());
      slot.device_out = DeviceBuffer(layout.out_bytes());
      slot.next = DeviceBuffer(sizeof(unsigned long long));
      if (!slot.in.ok() || !slot.out.ok() || !slot.device_in.ok() || !slot.device_out.ok() || !slot.next.ok() ||
          cudaStreamCreateWithFlags(&slot.stream, cudaStreamNonBlocking) != cudaSuccess)
        return false;
    }
    // As many warps as the chunk fills and the device holds at a time, within half of what memory is left for both.
    if (cudaMemGetInfo(&free_bytes, &total_bytes) != cudaSuccess) return false;
    elements_ = ipm_thread_elements(call.plan.view, !call.shared_matrix);
    const std::int64_t warp_bytes = elements_ * WarpVec::threads * static_cast<std::int64_t>(sizeof(double));
    const std::int64_t room = static_cast<std::int64_t>(free_bytes / 4) / std::max<std::int64_t>(warp_bytes, 1);
    const std::int64_t wanted = (layout.capacity() + WarpVec::threads - 1) / WarpVec::threads;
    warps_ = std::min({wanted, room, static_cast<std::int64_t>(processors) * 16});
    if (warps_ < 1) return false;
    for (Slot& slot : slots_) {
      slot.storage = DeviceBuffer(warps_ * warp_bytes);
      if (!slot.storage.ok() || cudaMemsetAsync(slot.storage.as(), 0, static_cast<std::size_t>(warps_ * warp_bytes),
                                                slot.stream) != cudaSuccess)
        return false;
    }
    return true;
  }

  std::int64_t pack(int at) { return stream_.pack(slots_[at].in.as(), slots_[at].chunk); }

  bool launch(int at) {
    Slot& slot = slots_[at];
    const IpmFlatLayout& layout = stream_.layout();
    const auto in_bytes = static_cast<std::size_t>(layout.in_bytes());
    const auto out_bytes = static_cast<std::size_t>(layout.out_bytes());
    IpmFlatView flat = layout.view(stream_.call(), slot.chunk.count, const_cast<char*>(shared_), slot.device_in.as(),
                                   slot.device_out.as());
    flat.next = slot.next.as<unsigned long long>();
    flat.stop = device_stop_;
    if (cudaMemcpyAsync(slot.device_in.as(), slot.in.as(), in_bytes, cudaMemcpyHostToDevice, slot.stream) !=
            cudaSuccess ||
        cudaMemsetAsync(slot.next.as(), 0, sizeof(unsigned long long), slot.stream) != cudaSuccess ||
        cudaMemsetAsync(slot.device_out.as(), 0xff, out_bytes, slot.stream) != cudaSuccess)
      return false;
    const std::int64_t wanted = (slot.chunk.count + WarpVec::threads - 1) / WarpVec::threads;
    ipm_kernel<<<static_cast<unsigned>(std::min(wanted, warps_)), WarpVec::threads, 0, slot.stream>>>(
        flat, view_, slot.storage.as<double>(), elements_);
    return cudaGetLastError() == cudaSuccess && cudaMemcpyAsync(slot.out.as(), slot.device_out.as(), out_bytes,
                                                                cudaMemcpyDeviceToHost, slot.stream) == cudaSuccess;
  }

  bool collect(int at) {
    Slot& slot = slots_[at];
    while (true) {
      const cudaError_t state = cudaStreamQuery(slot.stream);
      if (state == cudaSuccess) break;
      if (state != cudaErrorNotReady) return false;
      if (stream_.call().stopped()) *static_cast<volatile int*>(stop_.as<int>()) = 1;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    stream_.unpack(slot.out.as(), slot.chunk);
    return true;
  }

 private:
  IpmStream& stream_;
  DeviceArrays arrays_;
  IpmView view_{};
  const char* shared_ = nullptr;
  PinnedBuffer stop_;
  int* device_stop_ = nullptr;
  std::int64_t elements_ = 0, warps_ = 0;
  Slot slots_[2];
};

}  // namespace

std::vector<std::int64_t> run_ipm_cuda(const IpmCall& call, std::span<const std::int64_t> problems) {
  return run_on_devices(problems, call.settings, least_of_threads,
                        [&](std::span<const std::int64_t> part, const MethodSettings& own) {
                          IpmStream stream(call, part, own);
                          Warps warps(stream);
                          if (!warps.prepare() || !run_two_slots(warps)) return false;
                          stream.answer_rest();
                          return true;
                        });
}

}  // namespace wattstein::kernels
