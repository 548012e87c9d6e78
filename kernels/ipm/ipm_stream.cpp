#include "kernels/ipm/ipm_stream.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/backend/threads.hpp"
#include "kernels/backend/two_slots.hpp"
#include "kernels/ipm/ipm_threads.hpp"

namespace wattstein::kernels {

namespace {

// Rows that are packed or unpacked by one thread at a time.
constexpr std::int64_t rows_of_a_turn = 64;

std::int64_t rows_of(const IpmCall& call, std::size_t problems, std::int64_t chunk) {
  const auto count = static_cast<std::int64_t>(problems);
  return chunk > 0 ? std::min(chunk, std::max<std::int64_t>(count, 1))
                   : chunk_size(count, IpmFlatLayout::bytes_per_problem(call));
}

}  // namespace

IpmStream::IpmStream(const IpmCall& call, std::span<const std::int64_t> problems, const MethodSettings& own,
                     std::int64_t chunk)
    : call_(call), problems_(problems), progress_(own.progress), layout_(call, rows_of(call, problems.size(), chunk)) {
  const int threads = thread_count(own.threads, (layout_.capacity() + rows_of_a_turn - 1) / rows_of_a_turn);
  for (int i = 0; i < threads; ++i) workers_.emplace_back(call, 1);
}

std::int64_t IpmStream::pack(char* in, IpmChunk& chunk) {
  chunk.first = next_;
  chunk.count = call_.stopped() ? 0 : std::min(layout_.capacity(), static_cast<std::int64_t>(problems_.size()) - next_);
  next_ += chunk.count;
  const auto threads = static_cast<std::int64_t>(workers_.size());
  run_workers(static_cast<int>(threads), [&](int id) {
    IpmProblem problem{};
    for (std::int64_t row = id * chunk.count / threads; row < (id + 1) * chunk.count / threads; ++row) {
      workers_[static_cast<std::size_t>(id)].load(problems_[static_cast<std::size_t>(chunk.first + row)], 0, problem);
      layout_.put(problem, row, in);
    }
  });
  return chunk.count;
}

void IpmStream::unpack(const char* out, const IpmChunk& chunk) {
  const IpmPlan& plan = call_.plan;
  const IpmFlatView v = layout_.view(call_, chunk.count, nullptr, nullptr, const_cast<char*>(out));
  const auto threads = static_cast<std::int64_t>(workers_.size());
  run_workers(static_cast<int>(threads), [&](int id) {
    const IpmWorker& worker = workers_[static_cast<std::size_t>(id)];
    for (std::int64_t row = id * chunk.count / threads; row < (id + 1) * chunk.count / threads; ++row) {
      const std::int64_t b = problems_[static_cast<std::size_t>(chunk.first + row)];
      if (v.status[row] == ipm_not_begun) {
        worker.never_begun(b);
        continue;
      }
      std::copy_n(v.x + row * plan.n, plan.n, worker.x(b));
      std::copy_n(v.y + row * plan.m, plan.m, worker.y(b));
      std::copy_n(v.w + row * plan.k, plan.k, worker.w(b));
      worker.finish(b, static_cast<Status>(v.status[row]), v.iterations[row]);
    }
  });
  done_ += chunk.count;
  if (progress_) progress_(done_);
}

void IpmStream::answer_rest() {
  for (; next_ < static_cast<std::int64_t>(problems_.size()); ++next_)
    workers_.front().never_begun(problems_[static_cast<std::size_t>(next_)]);
}

namespace {

/// One warp whose threads take turns, each on its own column of the storage.
struct EmulatedWarp {
  IpmStream& stream;
  std::vector<char> shared, in[2], out[2];
  std::vector<double> storage;
  IpmChunk chunk[2];

  explicit EmulatedWarp(IpmStream& s) : stream(s) {
    const IpmFlatLayout& layout = s.layout();
    shared.resize(static_cast<std::size_t>(layout.shared_bytes()));
    layout.fill_shared(s.call(), shared.data());
    for (int slot = 0; slot < 2; ++slot) {
      in[slot].resize(static_cast<std::size_t>(layout.in_bytes()));
      out[slot].resize(static_cast<std::size_t>(layout.out_bytes()));
    }
    const std::int64_t elements = ipm_thread_elements(s.call().plan.view, !s.call().shared_matrix);
    storage.assign(static_cast<std::size_t>(elements * WarpVec::threads), 0.0);
  }
  std::int64_t pack(int slot) { return stream.pack(in[slot].data(), chunk[slot]); }
  bool launch(int slot) {
    std::fill(out[slot].begin(), out[slot].end(), static_cast<char>(0xff));
    unsigned long long next = 0;
    int stop = 0;
    IpmFlatView view = stream.layout().view(stream.call(), 0, shared.data(), in[slot].data(), out[slot].data());
    view.next = &next;
    view.stop = &stop;
    // Each turn sees one problem more than are taken, so every thread takes one and leaves.
    for (int thread = 0; static_cast<std::int64_t>(next) < chunk[slot].count;
         thread = (thread + 1) % WarpVec::threads) {
      const unsigned long long end = next + 1;
      stop = stream.call().stopped() ? 1 : 0;
      view.count = static_cast<std::int64_t>(end);
      ipm_thread(view, stream.call().plan.view, storage.data() + thread);
      next = end;
    }
    return true;
  }
  bool collect(int slot) {
    stream.unpack(out[slot].data(), chunk[slot]);
    return true;
  }
};

}  // namespace

void run_ipm_emulated(const IpmCall& call, std::span<const std::int64_t> problems) {
  constexpr std::int64_t chunk = 16;  // small, so that tests go through several
  IpmStream stream(call, problems, call.settings, chunk);
  run_two_slots(EmulatedWarp(stream));
  stream.answer_rest();
}

}  // namespace wattstein::kernels
