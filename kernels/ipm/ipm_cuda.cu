// One problem per thread, storage interleaved over the warp: every access of a warp is one run of 32 doubles. Threads
// take problems from an atomic queue, so a warp stays full while there are problems left.

#include <algorithm>
#include <chrono>
#include <thread>

#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/ipm/ipm_flat.hpp"
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
  return v;
}

}  // namespace

bool run_ipm_cuda(const IpmPlan& plan, IpmFlat& flat, const std::function<bool()>& halt) {
  int device = 0, processors = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return false;
  if (cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess) return false;
  std::size_t free_bytes = 0, total_bytes = 0;
  if (cudaMemGetInfo(&free_bytes, &total_bytes) != cudaSuccess) return false;

  const std::int64_t count = flat.view.count, n = plan.n, m = plan.m, k = plan.k;
  const std::int64_t elements = ipm_thread_elements(plan.view, flat.view.shared_matrix == 0);
  const std::int64_t warp_bytes = elements * WarpVec::threads * static_cast<std::int64_t>(sizeof(double));
  const std::int64_t room = static_cast<std::int64_t>(free_bytes / 2) / std::max<std::int64_t>(warp_bytes, 1);
  const std::int64_t wanted = (count + WarpVec::threads - 1) / WarpVec::threads;
  const std::int64_t warps = std::min({wanted, room, static_cast<std::int64_t>(processors) * 16});
  if (warps < 1) return false;

  DeviceArrays arrays;
  const IpmView view = device_view(plan, arrays);
  IpmFlatView f = flat.view;
  const auto problems = [&](const double* host, std::int64_t stride, std::int64_t width) {
    return arrays.put(host, stride == 0 ? width : count * width);
  };
  f.constant = problems(f.constant, f.constant_stride, plan.view.constant_count);
  f.q = problems(f.q, f.q_stride, n), f.lb = problems(f.lb, f.lb_stride, n), f.ub = problems(f.ub, f.ub_stride, n);
  f.l = problems(f.l, f.l_stride, m), f.u = problems(f.u, f.u_stride, m), f.g = problems(f.g, f.g_stride, k);
  f.r = problems(f.r, f.r_stride, 1), f.cost_scale = arrays.put(f.cost_scale, count);
  f.start_x = arrays.put(f.start_x, count * n), f.start_y = arrays.put(f.start_y, count * m);
  f.start_w = arrays.put(f.start_w, count * k), f.has_start = arrays.put(f.has_start, count);
  const auto doubles = static_cast<std::int64_t>(sizeof(double)), ints = static_cast<std::int64_t>(sizeof(int));
  DeviceBuffer storage(warps * warp_bytes), x(count * n * doubles), y(count * m * doubles), w(count * k * doubles);
  DeviceBuffer status(count * ints), iterations(count * ints),
      next(static_cast<std::int64_t>(sizeof(unsigned long long)));
  PinnedBuffer stop(ints, cudaHostAllocMapped);
  if (!arrays.ok() || !storage.ok() || !x.ok() || !y.ok() || !w.ok() || !status.ok() || !iterations.ok() ||
      !next.ok() || !stop.ok())
    return false;
  volatile int* stop_flag = stop.as<int>();
  *stop_flag = 0;
  void* stop_device = nullptr;
  if (cudaHostGetDevicePointer(&stop_device, stop.as<int>(), 0) != cudaSuccess) return false;
  f.x = x.as<double>(), f.y = y.as<double>(), f.w = w.as<double>();
  f.status = status.as<int>(), f.iterations = iterations.as<int>();
  f.next = next.as<unsigned long long>();
  f.stop = static_cast<const volatile int*>(stop_device);
  cudaMemset(storage.as(), 0, static_cast<std::size_t>(warps * warp_bytes));
  cudaMemset(next.as(), 0, sizeof(unsigned long long));
  cudaMemset(x.as(), 0, static_cast<std::size_t>(count * n * doubles));
  cudaMemset(y.as(), 0, static_cast<std::size_t>(count * m * doubles));
  cudaMemset(w.as(), 0, static_cast<std::size_t>(count * k * doubles));
  cudaMemset(iterations.as(), 0, static_cast<std::size_t>(count * ints));
  if (cudaMemcpy(status.as(), flat.status.data(), static_cast<std::size_t>(count * ints), cudaMemcpyHostToDevice) !=
      cudaSuccess)
    return false;

  ipm_kernel<<<static_cast<unsigned>(warps), WarpVec::threads>>>(f, view, storage.as<double>(), elements);
  if (cudaGetLastError() != cudaSuccess) return false;
  while (cudaStreamQuery(nullptr) == cudaErrorNotReady) {
    if (halt()) *stop_flag = 1;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  bool good = cudaDeviceSynchronize() == cudaSuccess;
  const auto fetch = [&good](auto& host, const DeviceBuffer& from) {
    const std::size_t bytes = host.size() * sizeof(host[0]);
    good = good && (bytes == 0 || cudaMemcpy(host.data(), from.as(), bytes, cudaMemcpyDeviceToHost) == cudaSuccess);
  };
  fetch(flat.x, x);
  fetch(flat.y, y);
  fetch(flat.w, w);
  fetch(flat.status, status);
  fetch(flat.iterations, iterations);
  return good;
}

}  // namespace wattstein::kernels
