#include "engine/dataset/factory.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "engine/dataset/metadata.hpp"
#include "engine/dataset/split_writer.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/models/dso/dso_bound.hpp"

namespace wattstein::engine {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Block {
  int family = 0;
  std::int64_t first_id = 0;
  DsoInputs inputs;
  DsoAnswers answers;

  BlockArrays arrays() {
    BlockArrays out;
    const auto add = [&out](auto&... values) { (add_array(out, values), ...); };
    auto& in = inputs;
    auto& an = answers;
    add(in.id, in.load_scale, in.power_factor, in.shed_cost, in.correction_cost, in.pd, in.qd, in.pv, in.net);
    add(an.pg, an.qg, an.pm, an.shed, an.pf, an.qf, an.l, an.v);
    add(an.balance_p, an.balance_q, an.drop, an.cone, an.voltage_cap, an.price_p, an.price_q);
    add(an.status, an.objective, an.lower_bound, an.socp_gap, an.fictitious_loss, an.seconds, an.iterations);
    add(an.tight, an.accepted);
    return out;
  }
};

/// One thread that writes blocks in the order they come; at most two wait. A failure is kept and thrown to the next
/// caller.
class WriterThread {
 public:
  explicit WriterThread(std::function<void(Block&)> write) : write_(std::move(write)), thread_([this] { work(); }) {}
  ~WriterThread() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      abandoned_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  /// A block to fill: a used one when there is one.
  std::unique_ptr<Block> spare() {
    const std::lock_guard lock(mutex_);
    if (spares_.empty()) return std::make_unique<Block>();
    auto block = std::move(spares_.back());
    spares_.pop_back();
    return block;
  }

  void submit(std::unique_ptr<Block> block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < 2 || failure_; });
    rethrow();
    waiting_.push_back(std::move(block));
    changed_.notify_all();
  }

  /// Waits until everything is written.
  void finish() {
    {
      std::unique_lock lock(mutex_);
      closing_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    rethrow();
  }

  /// Waits until nothing is waiting or being written.
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return (waiting_.empty() && !busy_) || failure_; });
    rethrow();
  }

  double seconds() const { return seconds_; }  // after finish()

 private:
  void rethrow() {
    if (failure_) std::rethrow_exception(failure_);
  }

  void work() {
    for (;;) {
      std::unique_ptr<Block> block;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !waiting_.empty() || closing_; });
        if (waiting_.empty() || abandoned_) return;
        block = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        changed_.notify_all();
      }
      const auto begin = Clock::now();
      std::exception_ptr failure;
      try {
        write_(*block);
      } catch (...) {
        failure = std::current_exception();
      }
      seconds_ += seconds_since(begin);
      const std::lock_guard lock(mutex_);
      busy_ = false;
      failure_ = failure;
      if (!failure) spares_.push_back(std::move(block));
      changed_.notify_all();
      if (failure) return;
    }
  }

  std::function<void(Block&)> write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> waiting_;
  std::vector<std::unique_ptr<Block>> spares_;
  std::exception_ptr failure_;
  bool closing_ = false, abandoned_ = false, busy_ = false;
  double seconds_ = 0.0;
  std::thread thread_;  // last: starts when all the rest is there
};

std::filesystem::path part_of(const std::filesystem::path& folder) {
  return folder.parent_path() / (folder.filename().string() + ".part");
}

void remove_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::remove_all(folder, problem);
  if (problem) throw Error("{}: cannot be removed: {}", folder.string(), problem.message());
}

/// The finished folder takes its name; an older one of that name goes first.
void publish(const std::filesystem::path& part, const std::filesystem::path& folder) {
  remove_folder(folder);
  std::error_code problem;
  std::filesystem::rename(part, folder, problem);
  if (problem) throw Error("{}: cannot be renamed to {}: {}", part.string(), folder.string(), problem.message());
}

void round_rows(const DsoData& data, const DsoInputs& inputs, DsoAnswers& answers, int threads) {
#pragma omp parallel num_threads(threads)
  {
    DsoScratch scratch(data);
#pragma omp for schedule(static)
    for (std::int64_t row = 0; row < answers.count; ++row) {
      if (answers.status[static_cast<std::size_t>(row)] != kernels::Status::solved) continue;
      round_to_single(data, answers, row);
      dso_prices(data, answers, row, scratch);
      dso_judge(data, inputs, answers, row, scratch);
    }
  }
}

/// Everything that a row depends on. Ranges of ids and block sizes are not among it.
std::string fingerprint(const FactoryJob& job) {
  std::string text = "wattstein-block-1\n" + std::to_string(job.seed) + "\n" + fmt::format("{}", job.solver.tolerance) +
                     job.solver.method;
  const auto range = [&text](const Range& r) { text += fmt::format("{},{};", r.low, r.high); };
  for (const auto& family : job.families) {
    const auto& s = family.settings;
    text += network_json(family.data).dump() + family.name + "\n";
    for (const auto& microgrid : family.data.microgrids)
      text += fmt::format("{},{},{},{};", microgrid.name, microgrid.bus, microgrid.p_min_mw, microgrid.p_max_mw);
    for (const Range& r : {s.load_scale, s.power_factor, s.shed_cost, s.correction_cost, s.pv_level}) range(r);
    text += fmt::format("{},{},{},{},{},{},{};", s.has_power_factor, s.load_jitter, s.pv_error, s.from_market,
                        s.market_spread, s.net_scale, s.balanced);
    for (const auto& plant : s.pv) text += fmt::format("{},{};", plant.bus, plant.capacity_mw);
    for (const auto& limits : {s.net_min_mw, s.net_max_mw})
      for (const double limit : limits) text += fmt::format("{};", limit);
    if (s.from_market) text += files::read_whole(s.market);
  }
  return files::sha256(text);
}

std::vector<std::uint8_t> shedding_buses(const DsoData& data) {
  std::vector<std::uint8_t> may_shed;
  for (const double load : data.feeder.load_mw) may_shed.push_back(load > 0.0 ? 1 : 0);
  return may_shed;
}

/// Ids of a family that blocks at hand do not cover yet, as ranges; blocks that can be read are replayed to `use`.
std::vector<std::pair<std::int64_t, std::int64_t>> replay(const Journal& journal, const FactoryJob& job, int index,
                                                          const std::function<void(std::unique_ptr<Block>)>& use) {
  const SampleFamily& family = job.families[static_cast<std::size_t>(index)];
  const std::int64_t end = family.first_id() + family.count();
  std::int64_t next = family.first_id();
  if (job.resume)
    for (const auto& entry : journal.entries()) {
      if (entry.family != index || entry.first_id != next || entry.count < 1 || entry.first_id + entry.count > end)
        continue;
      auto block = std::make_unique<Block>();
      block->family = index;
      block->first_id = entry.first_id;
      block->inputs.resize(entry.count, family.data);
      block->answers.resize(entry.count, family.data);
      if (!journal.read(entry, block->arrays())) break;
      next += entry.count;
      use(std::move(block));
    }
  if (next < end) return {{next, end}};
  return {};
}

}  // namespace

FactoryReport make_dataset(const FactoryJob& job) {
  const auto begin = Clock::now();
  FactoryReport report;
  const auto part = part_of(job.folder);
  const Journal journal(part / "blocks", fingerprint(job));
  if (job.resume) journal.entries();  // refuses those of another study before anything is touched
  else remove_folder(part);
  const int threads = job.solver.threads > 0 ? job.solver.threads : omp_get_max_threads();

  std::vector<std::unique_ptr<SplitWriter>> writers;
  std::int64_t all = 0, done = 0;
  for (const auto& family : job.families) {
    for (const auto& split : family.splits()) remove_folder(part / split);
    writers.push_back(std::make_unique<SplitWriter>(
        part,
        WrittenFamily{family.name, &family.data, family.splits(),
                      [&family](std::int64_t id) { return family.split(id); }, family.count()},
        job.single));
    all += family.count();
  }
  WriterThread writer([&](Block& block) {
    journal.write(block.family, block.first_id, block.inputs.count, block.arrays());
    writers[static_cast<std::size_t>(block.family)]->append(block.inputs, block.answers);
  });

  for (int index = 0; index < static_cast<int>(job.families.size()); ++index) {
    const SampleFamily& family = job.families[static_cast<std::size_t>(index)];
    DsoOperator dso(family.data, shedding_buses(family.data), family.settings.has_power_factor, job.solver);
    const auto missing = replay(journal, job, index, [&](std::unique_ptr<Block> block) {
      done += block->inputs.count;
      report.resumed_rows += block->inputs.count;
      if (job.answered) job.answered(index, block->inputs, block->answers);
      writers[static_cast<std::size_t>(index)]->append(block->inputs, block->answers);
    });
    for (const auto& [from, end] : missing)
      for (std::int64_t first = from; first < end; first += job.block_rows) {
        const std::int64_t count = std::min(job.block_rows, end - first);
        auto block = writer.spare();
        block->family = index;
        block->first_id = first;
        auto clock = Clock::now();
        draw_samples(family, job.seed, first, count, threads, job.market, block->inputs);
        report.seconds_sample += seconds_since(clock);
        dso.respond(block->inputs, block->answers);
        if (job.stop != nullptr && job.stop->load(std::memory_order_relaxed)) {
          writer.finish();
          throw Stopped("stopped after {} of {} rows; finished blocks are in {}, --resume goes on from there", done,
                        all, part.string());
        }
        if (job.single) round_rows(family.data, block->inputs, block->answers, threads);
        if (job.answered) job.answered(index, block->inputs, block->answers);
        done += count;
        report.new_rows += count;
        clock = Clock::now();
        writer.submit(std::move(block));
        report.seconds_wait += seconds_since(clock);
        if (job.progress) job.progress(done, all);
      }
    const auto& counts = dso.counts();
    report.capped_rows += counts.capped;
    report.seconds_assemble += counts.seconds_assemble;
    report.seconds_solve += counts.seconds_solve;
    report.seconds_judge += counts.seconds_judge;
    if (!dso.device().empty()) report.device = dso.device(), report.method = dso.method();
    // the next family replays into HDF5 from this thread: the writer must rest (HDF5 is not thread safe)
    writer.drain();
  }
  const auto clock = Clock::now();
  writer.finish();
  report.seconds_write = writer.seconds();
  for (auto& item : writers) {
    item->close();
    for (const auto& [folder, rows] : item->rows()) report.rows[folder] = rows;
  }
  write_metadata(part, {job.name, report.rows, job.config, fmt::format("sampled with seed {}", job.seed)},
                 job.families.front().data);
  journal.remove();
  publish(part, job.folder);
  report.seconds_wait += seconds_since(clock);
  report.seconds = seconds_since(begin);
  return report;
}

FactoryReport write_dataset(const std::filesystem::path& folder, const std::string& name, const std::string& config,
                            const DsoData& data, const DsoInputs& inputs, const DsoAnswers& answers, bool single) {
  const auto begin = Clock::now();
  FactoryReport report;
  std::vector<std::int64_t> order(static_cast<std::size_t>(inputs.count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return inputs.id[static_cast<std::size_t>(a)] < inputs.id[static_cast<std::size_t>(b)];
  });
  DsoAnswers rounded;
  if (single) {
    rounded = answers;
    round_rows(data, inputs, rounded, 1);
  }
  const auto part = part_of(folder);
  remove_folder(part);
  SplitWriter writer(part, {"", &data, {"test"}, [](std::int64_t) { return std::string("test"); }, inputs.count},
                     single);
  for (const std::int64_t row : order) writer.append_row(inputs, single ? rounded : answers, row);
  writer.close();
  report.rows = writer.rows();
  report.new_rows = inputs.count;
  write_metadata(part, {name, report.rows, config, "given proposals"}, data);
  publish(part, folder);
  report.seconds_write = report.seconds = seconds_since(begin);
  return report;
}

}  // namespace wattstein::engine
