#include "engine/dataset/recourse_factory.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>

#include "engine/dataset/journal.hpp"
#include "engine/dataset/recourse_files.hpp"
#include "engine/error/error.hpp"

namespace wattstein::engine {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

BlockArrays arrays_of(RecourseRows& rows) {
  BlockArrays out;
  const auto add = [&out](auto&... values) { (add_array(out, values), ...); };
  add(rows.id, rows.load_scale, rows.pd, rows.pg, rows.reserve_up, rows.reserve_down, rows.available);
  add(rows.up, rows.down, rows.used, rows.shed, rows.surplus, rows.angle, rows.flow, rows.balance, rows.limit);
  add(rows.status, rows.objective, rows.lower_bound, rows.seconds, rows.iterations);
  return out;
}

void remove_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::remove_all(folder, problem);
  if (problem) throw Error("{}: cannot be removed: {}", folder.string(), problem.message());
}

}  // namespace

RecourseReport make_recourse_dataset(const RecourseJob& job) {
  const auto begin = Clock::now();
  RecourseReport report;
  const auto part = job.folder.parent_path() / (job.folder.filename().string() + ".part");
  const Journal journal(part / "blocks", job.fingerprint);
  const auto kept = job.resume ? journal.entries() : std::vector<Journal::Entry>{};
  if (!job.resume) remove_folder(part);
  for (const char* split : {"train", "test", "infeasible"}) remove_folder(part / split);
  const RecourseSystem& system = job.problem->system();
  const int threads = job.threads > 0 ? job.threads : omp_get_max_threads();
  const std::int64_t end = job.sampler.first_id + job.sampler.count;
  RecourseWriter writer(part, system, job.sampler.count);
  RecourseRows rows;
  std::int64_t next = job.sampler.first_id;
  const auto take = [&] {
    if (job.answered) job.answered(rows);
    const auto clock = Clock::now();
    for (std::int64_t s = 0; s < rows.count; ++s)
      writer.append(rows, s, job.sampler.split(rows.id[static_cast<std::size_t>(s)]));
    report.seconds_write += seconds_since(clock);
    next += rows.count;
  };
  for (const auto& entry : kept) {
    if (entry.first_id != next || entry.count < 1 || entry.first_id + entry.count > end) continue;
    rows.resize(entry.count, system);
    if (!journal.read(entry, arrays_of(rows))) break;
    report.resumed_rows += rows.count;
    take();
  }
  while (next < end) {
    auto clock = Clock::now();
    const std::int64_t first = next;
    draw_recourse(system, job.sampler, job.seed, first, std::min(job.block_rows, end - first), threads, rows);
    report.seconds_sample += seconds_since(clock);
    clock = Clock::now();
    job.problem->respond(rows);
    report.seconds_solve += seconds_since(clock);
    if (job.stop != nullptr && job.stop->load(std::memory_order_relaxed))
      throw Stopped("stopped after {} of {} rows; finished blocks are in {}, --resume goes on from there",
                    first - job.sampler.first_id, job.sampler.count, part.string());
    clock = Clock::now();
    journal.write(0, first, rows.count, arrays_of(rows));
    report.seconds_write += seconds_since(clock);
    report.new_rows += rows.count;
    take();
    if (job.progress) job.progress(next - job.sampler.first_id, job.sampler.count);
  }
  const auto clock = Clock::now();
  writer.close();
  report.rows = writer.rows();
  write_recourse_metadata(part, system, job.name, report.rows, job.config,
                          "sampled with seed " + std::to_string(job.seed));
  journal.remove();
  remove_folder(job.folder);
  std::error_code problem;
  std::filesystem::rename(part, job.folder, problem);
  if (problem) throw Error("{}: cannot be renamed to {}: {}", part.string(), job.folder.string(), problem.message());
  report.seconds_write += seconds_since(clock);
  report.seconds = seconds_since(begin);
  return report;
}

}  // namespace wattstein::engine
