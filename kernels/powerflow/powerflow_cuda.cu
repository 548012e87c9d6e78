// The bodies of both methods on CUDA: one thread a scenario, numbers of neighbouring threads side by side in memory.
// A thread that is done takes the next scenario, so that its warp goes on together.

#include <algorithm>

#include "kernels/backend/buffer_cuda.hpp"
#include "kernels/backend/device.hpp"
#include "kernels/backend/shares_cuda.hpp"
#include "kernels/powerflow/newton_body.hpp"
#include "kernels/powerflow/powerflow_cuda.hpp"
#include "kernels/powerflow/sweep_body.hpp"

namespace wattstein::kernels {
namespace {

constexpr int threads_per_block = 128;

struct ThreadMemory {
  double* base;         // of this thread
  std::int64_t stride;  // threads
  __device__ double get(int i) const { return base[i * stride]; }
  __device__ void set(int i, double value) const { base[i * stride] = value; }
};

__device__ std::int64_t take(std::int64_t* next) {
  return static_cast<std::int64_t>(atomicAdd(reinterpret_cast<unsigned long long*>(next), 1ULL));
}

/// One iteration after another, a new scenario whenever one is done.
template <class Start, class Advance>
__device__ void stream(const PowerFlowTask& task, const int* order, ThreadMemory m, int re, int im, Start&& start,
                       Advance&& advance) {
  std::int64_t s = take(task.next);
  if (s >= task.scenarios) return;
  start(s);
  int iterations = 0;
  for (;;) {
    bool finite = false;
    const double mismatch = advance(finite);
    ++iterations;
    const bool going = finite && mismatch > task.tolerance;
    if (going && iterations < task.max_iterations) continue;
    const bool converged = finite && !going;
    for (int i = 0; i < task.nodes; ++i) {
      task.re[s * task.nodes + order[i]] = converged ? m.get(re + i) : nan("");
      task.im[s * task.nodes + order[i]] = converged ? m.get(im + i) : nan("");
    }
    task.mismatch[s] = mismatch;
    task.iterations[s] = iterations;
    task.converged[s] = converged ? 1 : 0;
    s = take(task.next);
    if (s >= task.scenarios) return;
    start(s);
    iterations = 0;
  }
}

__global__ void __launch_bounds__(threads_per_block)
    newton_kernel(NewtonView view, const int* order, PowerFlowTask task, double* workspace) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  const ThreadMemory m{workspace + static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x, stride};
  const NewtonBody<double, ThreadMemory> body(view, m);
  const NewtonWorkspace& at = body.at;
  const auto start = [&](std::int64_t s) {
    for (int i = 0; i < view.nodes; ++i) {
      m.set(at.re + i, view.start[2 * i]);
      m.set(at.im + i, view.start[2 * i + 1]);
    }
    for (int i = 0; i < view.free; ++i) {
      m.set(at.power + 2 * i, view.start_power[2 * i]);
      m.set(at.power + 2 * i + 1, view.start_power[2 * i + 1]);
      m.set(at.p + i, task.p[s * task.nodes + order[i]]);
      m.set(at.q + i, task.q[s * task.nodes + order[i]]);
    }
  };
  stream(task, order, m, at.re, at.im, start, [&](bool& finite) {
    body.step();
    return body.power_mismatch(finite);
  });
}

__global__ void __launch_bounds__(threads_per_block)
    sweep_kernel(SweepView view, PowerFlowTask task, double* workspace) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  const std::int64_t thread = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const ThreadMemory m{workspace + thread, stride};
  const SweepBody<double, ThreadMemory> body(view, m);
  stream(
      task, view.order, m, body.at.re, body.at.im,
      [&](std::int64_t s) {
        start_sweep(view, workspace, stride, thread, task.p + s * task.nodes, task.q + s * task.nodes);
      },
      [&](bool& finite) { return body.step(finite); });
}

NewtonView on_device(DeviceArrays& arrays, const NewtonView& host) {
  NewtonView v = host;
  const std::int64_t free = host.free, entries = host.y_start[free], left = host.left_start[free],
                     right = host.right_start[free];
  std::int64_t targets = 0;  // one for each (i, k) and each j right of k
  for (std::int64_t l = 0; l < left; ++l)
    targets += host.right_start[host.left[l] + 1] - host.right_start[host.left[l]];
  v.size = arrays.put(host.size, free);
  v.unknown = arrays.put(host.unknown, free);
  v.y_diagonal = arrays.put(host.y_diagonal, 2 * free);
  v.y_start = arrays.put(host.y_start, free + 1);
  v.y_column = arrays.put(host.y_column, entries);
  v.y_block = arrays.put(host.y_block, entries);
  v.y_value = arrays.put(host.y_value, 2 * entries);
  v.diagonal_block = arrays.put(host.diagonal_block, free);
  v.fill_start = arrays.put(host.fill_start, free + 1);
  v.fill = arrays.put(host.fill, host.fill_start[free]);
  v.left_start = arrays.put(host.left_start, free + 1);
  v.left = arrays.put(host.left, left);
  v.left_block = arrays.put(host.left_block, left);
  v.target = arrays.put(host.target, targets);
  v.right_start = arrays.put(host.right_start, free + 1);
  v.right_single = arrays.put(host.right_single, free);
  v.right = arrays.put(host.right, right);
  v.right_block = arrays.put(host.right_block, right);
  v.right_value = arrays.put(host.right_value, free);
  v.start = arrays.put(host.start, 2 * host.nodes);
  v.start_power = arrays.put(host.start_power, 2 * free);
  return v;
}

SweepView on_device(DeviceArrays& arrays, const SweepView& host) {
  SweepView v = host;
  const std::int64_t n = host.nodes;
  v.order = arrays.put(host.order, n);
  v.parent = arrays.put(host.parent, n);
  v.beta = arrays.put(host.beta, 2 * n);
  v.gamma = arrays.put(host.gamma, 2 * n);
  v.shunt = arrays.put(host.shunt, 2 * n);
  v.start = arrays.put(host.start, 2 * n);
  v.start_inverse = arrays.put(host.start_inverse, n);
  return v;
}

template <class T>
bool fetch(T* host, const DeviceBuffer& device, std::int64_t count) {
  return cudaMemcpy(host, device.as(), static_cast<std::size_t>(count) * sizeof(T), cudaMemcpyDeviceToHost) ==
         cudaSuccess;
}

/// The task on the current device. Returns "" or why not.
std::string solve_here(const NewtonView& newton, const int* newton_order, const SweepView* sweep,
                       const PowerFlowTask& host) {
  const std::int64_t numbers = sweep ? SweepWorkspace(*sweep).total : NewtonWorkspace(newton).total;
  int device = 0, multiprocessors = 0, resident = 0;
  std::size_t free_bytes = 0, all_bytes = 0;
  if (cudaGetDevice(&device) != cudaSuccess ||
      cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
      cudaMemGetInfo(&free_bytes, &all_bytes) != cudaSuccess ||
      (sweep ? cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, sweep_kernel, threads_per_block, 0)
             : cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, newton_kernel, threads_per_block, 0)) !=
          cudaSuccess) {
    return std::string("the CUDA device does not answer: ") + cudaGetErrorString(cudaGetLastError());
  }
  const std::int64_t cells = host.scenarios * host.nodes;
  const std::int64_t room = (static_cast<std::int64_t>(free_bytes) - 5 * cells * 8) / 10 * 9;
  const std::int64_t fitting = room / (numbers * 8 * threads_per_block);
  const std::int64_t wanted =
      std::min<std::int64_t>((host.scenarios + threads_per_block - 1) / threads_per_block,
                             static_cast<std::int64_t>(std::max(1, resident)) * multiprocessors);
  const std::int64_t blocks = std::min(wanted, fitting);
  if (blocks < 1) return "the CUDA device has too little memory for this many scenarios at once";

  DeviceArrays arrays;
  PowerFlowTask task = host;
  task.p = arrays.put(host.p, cells);
  task.q = arrays.put(host.q, cells);
  const std::int64_t zero = 0;
  task.next = const_cast<std::int64_t*>(arrays.put(&zero, 1));
  const DeviceBuffer re(cells * 8), im(cells * 8), mismatch(host.scenarios * 8), iterations(host.scenarios * 4),
      converged(host.scenarios);
  const DeviceBuffer workspace(numbers * 8 * blocks * threads_per_block);
  for (const DeviceBuffer* buffer : {&re, &im, &mismatch, &iterations, &converged, &workspace}) {
    if (!buffer->ok()) return "the CUDA device has too little memory for this many scenarios at once";
  }
  task.re = re.as<double>(), task.im = im.as<double>();
  task.mismatch = mismatch.as<double>(), task.iterations = iterations.as<int>(),
  task.converged = converged.as<std::int8_t>();
  const dim3 grid(static_cast<unsigned>(blocks));
  if (sweep) {
    const SweepView view = on_device(arrays, *sweep);
    if (!arrays.ok()) return "the CUDA device has too little memory for this many scenarios at once";
    sweep_kernel<<<grid, threads_per_block>>>(view, task, workspace.as<double>());
  } else {
    const NewtonView view = on_device(arrays, newton);
    const int* order = arrays.put(newton_order, newton.nodes);
    if (!arrays.ok()) return "the CUDA device has too little memory for this many scenarios at once";
    newton_kernel<<<grid, threads_per_block>>>(view, order, task, workspace.as<double>());
  }
  if (cudaGetLastError() != cudaSuccess || cudaDeviceSynchronize() != cudaSuccess || !fetch(host.re, re, cells) ||
      !fetch(host.im, im, cells) || !fetch(host.mismatch, mismatch, host.scenarios) ||
      !fetch(host.iterations, iterations, host.scenarios) || !fetch(host.converged, converged, host.scenarios)) {
    return std::string("the CUDA device failed: ") + cudaGetErrorString(cudaGetLastError());
  }
  return {};
}

/// The scenarios of one share.
PowerFlowTask part_of(const PowerFlowTask& task, const Share& share) {
  PowerFlowTask part = task;
  part.scenarios = share.count;
  const std::int64_t cell = share.first * task.nodes;
  part.p += cell, part.q += cell, part.re += cell, part.im += cell;
  part.mismatch += share.first, part.iterations += share.first, part.converged += share.first;
  return part;
}

}  // namespace

std::string solve_on_cuda(const NewtonView& newton, const int* newton_order, const SweepView* sweep,
                          const PowerFlowTask& host, int devices) {
  if (const std::string why = cuda_why_not(); !why.empty()) return why;
  const std::vector<Share> shares =
      contiguous_shares(host.scenarios, device_count(devices, cuda_device_count()), 2 * least_of_threads);
  std::vector<std::string> why(shares.size());
  const std::vector<Share> left = run_shares(shares, [&](const Share& share) {
    std::size_t number = 0;
    while (shares[number].first != share.first) ++number;
    if (shares.size() > 1 && cudaSetDevice(share.device) != cudaSuccess)
      why[number] = "the CUDA device does not answer";
    else why[number] = solve_here(newton, newton_order, sweep, part_of(host, share));
    return why[number].empty();
  });
  for (const std::string& reason : why)
    if (!left.empty() && !reason.empty()) return reason;
  return {};
}

}  // namespace wattstein::kernels
