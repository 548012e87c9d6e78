#include "engine/solver/polishing.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/backend/threads.hpp"

namespace wattstein::engine {

namespace {

constexpr int most_steps = 15;

struct Point {
  std::vector<double> x, y, w;
};

}  // namespace

void Polishing::finish(MethodName method, std::span<const std::int64_t> problems, kernels::RawSolution& raw,
                       BatchResult& result, std::vector<Settled>& known, const std::function<bool()>& stop) const {
  std::atomic<std::size_t> next{0};
  constexpr std::size_t chunk = 16;
  const int threads = kernels::thread_count(threads_, static_cast<long long>((problems.size() + chunk - 1) / chunk));
  kernels::run_workers(threads, [&](int) {
    Judge judge(batch_);
    kernels::Polish::Work work(polish_, batch_);
    Point kept;
    for (std::size_t from = next.fetch_add(chunk); from < problems.size(); from = next.fetch_add(chunk))
      for (std::size_t i = from; i < std::min(from + chunk, problems.size()); ++i) {
        const std::int64_t b = problems[i];
        double *x = raw.x.data() + b * batch_.variables, *y = raw.y.data() + b * batch_.rows,
               *w = raw.w.data() + b * batch_.cone_rows();
        // Judging cuts y and projects w in place.
        kept.x.assign(x, x + batch_.variables);
        kept.y.assign(y, y + batch_.rows);
        kept.w.assign(w, w + batch_.cone_rows());
        Settled& of_problem = known[static_cast<std::size_t>(b)];
        settle(batch_, b, method, raw, tolerance_, judge, result, of_problem);
        const Status said = raw.status[static_cast<std::size_t>(b)];
        const bool ray = said == Status::primal_infeasible || said == Status::dual_infeasible;
        if (!of_problem.done() && !ray && said != Status::numerical_error && !stop()) {
          std::copy(kept.y.begin(), kept.y.end(), y);
          std::copy(kept.w.begin(), kept.w.end(), w);
          if (work.improve(b, most_steps, x, y, w) > 0)
            settle(batch_, b, method, raw, tolerance_, judge, result, of_problem);
        }
        if (of_problem.done()) continue;
        std::copy(kept.x.begin(), kept.x.end(), x);
        std::copy(kept.y.begin(), kept.y.end(), y);
        std::copy(kept.w.begin(), kept.w.end(), w);
      }
  });
}

}  // namespace wattstein::engine
