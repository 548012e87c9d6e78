#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "kernels/backend/two_slots.hpp"
#include "kernels/math/sparse_cuda.hpp"

namespace wattstein::kernels {

PatternView upload(DeviceArrays& arrays, const PatternView& host) {
  PatternView v = host;
  v.row_start = arrays.put(host.row_start, host.rows + 1);
  v.column_index = arrays.put(host.column_index, host.nnz);
  v.column_start = arrays.put(host.column_start, host.n + 1);
  v.row_index = arrays.put(host.row_index, host.nnz);
  v.to_row_form = arrays.put(host.to_row_form, host.nnz);
  v.cone_start = arrays.put(host.cone_start, host.cones + 1);
  v.cone_kind = arrays.put(host.cone_kind, host.cones);
  v.p_diagonal = arrays.put(host.p_diagonal, host.n);
  return v;
}

FactorView upload(DeviceArrays& arrays, const FactorView& host) {
  FactorView v = host;
  v.place = arrays.put(host.place, host.size);
  v.level_start = arrays.put(host.level_start, host.levels + 1);
  v.row_start = arrays.put(host.row_start, host.size + 1);
  v.row_column = arrays.put(host.row_column, host.entries);
  v.row_entry = arrays.put(host.row_entry, host.entries);
  v.column_start = arrays.put(host.column_start, host.size + 1);
  v.column_row = arrays.put(host.column_row, host.entries);
  v.source = arrays.put(host.source, host.entries);
  v.update_start = arrays.put(host.update_start, host.entries + 1);
  const std::int64_t updates = host.update_start[host.entries];
  v.update_left = arrays.put(host.update_left, updates);
  v.update_right = arrays.put(host.update_right, updates);
  return v;
}

namespace {

/// Two of these: one is packed or unpacked while the other one is on the device.
struct Slot {
  PinnedBuffer host_in, host_out;
  DeviceBuffer device_in, device_out, counters;
  cudaStream_t stream = nullptr;
  std::int64_t first = 0, count = 0;  // range of `problems` in flight
  ~Slot() {
    if (stream) cudaStreamDestroy(stream);
  }
};

class Streamer {
 public:
  Streamer(const Batch& batch, std::span<const std::int64_t> problems, const int* keys, const MethodSettings& settings,
           const std::function<bool(const CudaChunk&)>& launch, RawSolution& out)
      : batch_(batch), problems_(problems), keys_(keys), settings_(settings), launch_(launch), out_(out) {}

  bool run(int parts);
  // The steps of run_two_slots:
  std::int64_t pack(int slot);
  bool launch(int slot);
  bool collect(int slot);

 private:
  std::int64_t bytes_per_problem() const;
  std::int64_t most_deltas(const Matrix& matrix, std::int64_t chunk) const;
  const double* shared(const Field& field) {
    return field.empty() || field.per_problem ? nullptr : constants_.put(field.data.data(), field.width);
  }
  bool prepare(std::int64_t chunk);
  CudaChunk fill(Slot& slot);
  FieldView pack_field(const Field& field, const double* on_device, Slot& slot, ByteLayout& layout);
  MatrixView pack_matrix(const Matrix& matrix, const double* on_device, Slot& slot, ByteLayout& layout);
  bool wait(Slot& slot);
  void unpack(Slot& slot);

  const Batch& batch_;
  std::span<const std::int64_t> problems_;
  const int* keys_;
  const MethodSettings& settings_;
  const std::function<bool(const CudaChunk&)>& launch_;
  RawSolution& out_;
  DeviceArrays constants_;
  std::vector<const double*> shared_fields_;  // in the order of fields()
  std::vector<const double*> shared_matrices_;
  std::int64_t in_bytes_ = 0, out_bytes_ = 0, chunk_ = 0;
  PinnedBuffer stop_;
  std::chrono::steady_clock::time_point deadline_;
  Slot slots_[2];
  CudaChunk chunks_[2];
  std::int64_t next_ = 0, done_ = 0;

  std::vector<const Field*> fields() const {
    return {&batch_.q,  &batch_.r, &batch_.l,       &batch_.u,       &batch_.lb,
            &batch_.ub, &batch_.g, &batch_.start_x, &batch_.start_y, &batch_.start_w};
  }
  std::vector<const Matrix*> matrices() const { return {&batch_.A, &batch_.G, &batch_.P}; }
};

std::int64_t Streamer::bytes_per_problem() const {
  std::int64_t bytes = 8 * (batch_.variables + batch_.rows + batch_.cone_rows()) + 16;
  for (const Field* field : fields())
    if (!field->empty() && field->per_problem) bytes += 8 * field->width;
  for (const Matrix* matrix : matrices())
    if (matrix->per_problem) bytes += 8 * matrix->pattern.nonzeros();
  return bytes;
}

/// Most delta entries of any run of `chunk` listed problems.
std::int64_t Streamer::most_deltas(const Matrix& matrix, std::int64_t chunk) const {
  if (matrix.delta_indptr.empty()) return 0;
  std::int64_t most = 0;
  const auto count = static_cast<std::int64_t>(problems_.size());
  for (std::int64_t first = 0; first < count; first += chunk) {
    std::int64_t sum = 0;
    for (std::int64_t i = first; i < std::min(count, first + chunk); ++i)
      sum += matrix.delta_indptr[problems_[i] + 1] - matrix.delta_indptr[problems_[i]];
    most = std::max(most, sum);
  }
  return most;
}

bool Streamer::prepare(std::int64_t chunk) {
  chunk_ = chunk;
  ByteLayout in, out;
  for (const Field* field : fields()) {
    shared_fields_.push_back(shared(*field));
    if (!field->empty() && field->per_problem) in.take(chunk * field->width * 8);
  }
  for (const Matrix* matrix : matrices()) {
    const std::int64_t nnz = matrix->pattern.nonzeros();
    shared_matrices_.push_back(matrix->per_problem ? nullptr : constants_.put(matrix->data.data(), nnz));
    if (matrix->per_problem) in.take(chunk * nnz * 8);
    if (!matrix->delta_indptr.empty()) {
      const std::int64_t deltas = most_deltas(*matrix, chunk);
      in.take((chunk + 1) * 8);
      in.take(deltas * 8);
      in.take(deltas * 8);
    }
  }
  if (keys_) in.take(chunk * 4);
  for (const std::int64_t width : {batch_.variables, batch_.rows, batch_.cone_rows()}) out.take(chunk * width * 8);
  out.take(chunk * 4);
  out.take(chunk * 4);
  out.take(chunk);
  in_bytes_ = in.used;
  out_bytes_ = out.used;
  stop_ = PinnedBuffer(sizeof(int), cudaHostAllocMapped);
  if (!stop_.ok() || !constants_.ok()) return false;
  *stop_.as<int>() = 0;
  for (Slot& slot : slots_) {
    slot.host_in = PinnedBuffer(in_bytes_);
    slot.host_out = PinnedBuffer(out_bytes_);
    slot.device_in = DeviceBuffer(in_bytes_);
    slot.device_out = DeviceBuffer(out_bytes_);
    slot.counters = DeviceBuffer(2 * sizeof(unsigned long long));
    if (!slot.host_in.ok() || !slot.host_out.ok() || !slot.device_in.ok() || !slot.device_out.ok() ||
        !slot.counters.ok() || cudaStreamCreateWithFlags(&slot.stream, cudaStreamNonBlocking) != cudaSuccess)
      return false;
  }
  return true;
}

FieldView Streamer::pack_field(const Field& field, const double* on_device, Slot& slot, ByteLayout& layout) {
  if (field.empty()) return {};
  if (!field.per_problem) return {on_device, 0};
  const std::int64_t at = layout.take(chunk_ * field.width * 8);
  auto* to = reinterpret_cast<double*>(slot.host_in.as() + at);
  for (std::int64_t i = 0; i < slot.count; ++i)
    std::memcpy(to + i * field.width, field.of(problems_[slot.first + i]), static_cast<std::size_t>(field.width) * 8);
  return {reinterpret_cast<const double*>(slot.device_in.as() + at), field.width};
}

MatrixView Streamer::pack_matrix(const Matrix& matrix, const double* on_device, Slot& slot, ByteLayout& layout) {
  MatrixView view;
  view.nnz = matrix.pattern.nonzeros();
  view.data = on_device;
  if (matrix.per_problem) {
    const std::int64_t at = layout.take(chunk_ * view.nnz * 8);
    auto* to = reinterpret_cast<double*>(slot.host_in.as() + at);
    for (std::int64_t i = 0; i < slot.count; ++i)
      std::memcpy(to + i * view.nnz, matrix.data.data() + problems_[slot.first + i] * view.nnz,
                  static_cast<std::size_t>(view.nnz) * 8);
    view.data = reinterpret_cast<const double*>(slot.device_in.as() + at);
    view.stride = view.nnz;
  }
  if (!matrix.delta_indptr.empty()) {
    const std::int64_t deltas = most_deltas(matrix, chunk_);
    const std::int64_t indptr = layout.take((chunk_ + 1) * 8), position = layout.take(deltas * 8),
                       value = layout.take(deltas * 8);
    auto* to_indptr = reinterpret_cast<std::int64_t*>(slot.host_in.as() + indptr);
    auto* to_position = reinterpret_cast<std::int64_t*>(slot.host_in.as() + position);
    auto* to_value = reinterpret_cast<double*>(slot.host_in.as() + value);
    std::int64_t used = 0;
    for (std::int64_t i = 0; i < slot.count; ++i) {
      to_indptr[i] = used;
      const std::int64_t b = problems_[slot.first + i];
      for (std::int64_t k = matrix.delta_indptr[b]; k < matrix.delta_indptr[b + 1]; ++k, ++used) {
        to_position[used] = matrix.delta_position[k];
        to_value[used] = matrix.delta_value[k];
      }
    }
    to_indptr[slot.count] = used;
    view.delta_indptr = reinterpret_cast<const std::int64_t*>(slot.device_in.as() + indptr);
    view.delta_position = reinterpret_cast<const std::int64_t*>(slot.device_in.as() + position);
    view.delta_value = reinterpret_cast<const double*>(slot.device_in.as() + value);
  }
  return view;
}

CudaChunk Streamer::fill(Slot& slot) {
  const std::int64_t count = slot.count;
  ByteLayout in, out;
  CudaChunk chunk;
  const std::vector<const Field*> all = fields();
  FieldView* to[] = {&chunk.batch.q,  &chunk.batch.r, &chunk.batch.l,       &chunk.batch.u,       &chunk.batch.lb,
                     &chunk.batch.ub, &chunk.batch.g, &chunk.batch.start_x, &chunk.batch.start_y, &chunk.batch.start_w};
  for (std::size_t f = 0; f < all.size(); ++f) *to[f] = pack_field(*all[f], shared_fields_[f], slot, in);
  chunk.batch.a = pack_matrix(batch_.A, shared_matrices_[0], slot, in);
  chunk.batch.g_matrix = pack_matrix(batch_.G, shared_matrices_[1], slot, in);
  chunk.batch.p = pack_matrix(batch_.P, shared_matrices_[2], slot, in);
  chunk.batch.matrix_varies = batch_.A.varies() || batch_.G.varies() || batch_.P.varies();
  if (keys_) {
    const std::int64_t at = in.take(chunk_ * 4);
    auto* keys = reinterpret_cast<int*>(slot.host_in.as() + at);
    for (std::int64_t i = 0; i < count; ++i) keys[i] = keys_[problems_[slot.first + i]];
    chunk.key = reinterpret_cast<const int*>(slot.device_in.as() + at);
  }
  char* base = slot.device_out.as();
  chunk.out.x = reinterpret_cast<double*>(base + out.take(chunk_ * batch_.variables * 8));
  chunk.out.y = reinterpret_cast<double*>(base + out.take(chunk_ * batch_.rows * 8));
  chunk.out.w = reinterpret_cast<double*>(base + out.take(chunk_ * batch_.cone_rows() * 8));
  chunk.out.iterations = reinterpret_cast<int*>(base + out.take(chunk_ * 4));
  chunk.out.restarts = reinterpret_cast<int*>(base + out.take(chunk_ * 4));
  chunk.out.status = reinterpret_cast<std::int8_t*>(base + out.take(chunk_));
  chunk.queue.next = slot.counters.as<unsigned long long>();
  chunk.queue.finished = chunk.queue.next + 1;
  chunk.queue.count = count;
  int* stop = nullptr;
  cudaHostGetDevicePointer(reinterpret_cast<void**>(&stop), stop_.as<int>(), 0);
  chunk.queue.stop = stop;
  chunk.count = count;
  chunk.stream = slot.stream;
  return chunk;
}

bool Streamer::wait(Slot& slot) {
  while (true) {
    const cudaError_t state = cudaStreamQuery(slot.stream);
    if (state == cudaSuccess) return true;
    if (state != cudaErrorNotReady) return false;
    if ((settings_.stop && settings_.stop->load(std::memory_order_relaxed)) ||
        (settings_.time_limit_seconds > 0.0 && std::chrono::steady_clock::now() >= deadline_))
      *static_cast<volatile int*>(stop_.as<int>()) = 1;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void Streamer::unpack(Slot& slot) {
  const std::int64_t n = batch_.variables, m = batch_.rows, k = batch_.cone_rows();
  ByteLayout out;
  const char* base = slot.host_out.as();
  const auto* x = reinterpret_cast<const double*>(base + out.take(chunk_ * n * 8));
  const auto* y = reinterpret_cast<const double*>(base + out.take(chunk_ * m * 8));
  const auto* w = reinterpret_cast<const double*>(base + out.take(chunk_ * k * 8));
  const auto* iterations = reinterpret_cast<const int*>(base + out.take(chunk_ * 4));
  const auto* restarts = reinterpret_cast<const int*>(base + out.take(chunk_ * 4));
  const auto* status = reinterpret_cast<const std::int8_t*>(base + out.take(chunk_));
  for (std::int64_t i = 0; i < slot.count; ++i) {
    const std::int64_t b = problems_[slot.first + i];
    std::memcpy(out_.x.data() + b * n, x + i * n, static_cast<std::size_t>(n) * 8);
    if (m > 0) std::memcpy(out_.y.data() + b * m, y + i * m, static_cast<std::size_t>(m) * 8);
    if (k > 0) std::memcpy(out_.w.data() + b * k, w + i * k, static_cast<std::size_t>(k) * 8);
    out_.iterations[b] = iterations[i];
    out_.restarts[b] = restarts[i];
    out_.status[b] = static_cast<Status>(status[i]);
  }
}

bool Streamer::run(int parts) {
  using clock = std::chrono::steady_clock;
  deadline_ = clock::now() +
              std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(settings_.time_limit_seconds));
  return prepare(chunk_size(static_cast<std::int64_t>(problems_.size()), bytes_per_problem(), parts)) &&
         run_two_slots(*this);
}

std::int64_t Streamer::pack(int slot) {
  Slot& to = slots_[slot];
  to.first = next_;
  to.count = std::min(chunk_, static_cast<std::int64_t>(problems_.size()) - next_);
  next_ += to.count;
  if (to.count == 0) return 0;
  chunks_[slot] = fill(to);
  chunks_[slot].slot = slot;
  return to.count;
}

bool Streamer::launch(int at) {
  Slot& slot = slots_[at];
  return cudaMemcpyAsync(slot.device_in.as(), slot.host_in.as(), static_cast<std::size_t>(in_bytes_),
                         cudaMemcpyHostToDevice, slot.stream) == cudaSuccess &&
         cudaMemsetAsync(slot.counters.as(), 0, 2 * sizeof(unsigned long long), slot.stream) == cudaSuccess &&
         launch_(chunks_[at]) &&
         cudaMemcpyAsync(slot.host_out.as(), slot.device_out.as(), static_cast<std::size_t>(out_bytes_),
                         cudaMemcpyDeviceToHost, slot.stream) == cudaSuccess;
}

bool Streamer::collect(int at) {
  Slot& slot = slots_[at];
  if (!wait(slot)) return false;
  done_ += slot.count;
  unpack(slot);
  if (settings_.progress) settings_.progress(done_);
  return true;
}

}  // namespace

bool stream_batch(const Batch& batch, std::span<const std::int64_t> problems, const int* keys,
                  const MethodSettings& settings, const std::function<bool(const CudaChunk&)>& launch, RawSolution& out,
                  int parts) {
  return Streamer(batch, problems, keys, settings, launch, out).run(parts);
}

}  // namespace wattstein::kernels
