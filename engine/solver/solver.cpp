#include "engine/solver/solver.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/error/error.hpp"
#include "engine/problem/judge.hpp"
#include "engine/problem/screen.hpp"
#include "engine/solver/forms.hpp"
#include "engine/solver/lifting.hpp"
#include "engine/solver/methods.hpp"
#include "engine/solver/polishing.hpp"
#include "engine/solver/settle.hpp"
#include "kernels/admm/admm.hpp"
#include "kernels/backend/device.hpp"
#include "kernels/backend/threads.hpp"
#include "kernels/pdhg/pdhg.hpp"
#include "kernels/pool/basis_pool.hpp"

namespace wattstein::engine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Patterns kept at a time; the least recently used one goes first.
constexpr std::size_t kept_patterns = 16;

// Residual, and iterations, at which polishing is tried first: least time over the standard batches.
struct FirstStage {
  double tolerance;
  int iterations;
};
constexpr FirstStage first_stage_pdhg{1e-3, 800}, first_stage_admm{1e-2, 200};

kernels::Device choose_device(const std::string& word) {
  if (word == "cpu") return kernels::Device::cpu;
  if (word == "auto") return kernels::cuda_device_count() > 0 ? kernels::Device::cuda : kernels::Device::cpu;
  if (word != "cuda") throw Error("solver.device = '{}' is not known; expected auto, cpu or cuda", word);
  if (kernels::cuda_device_count() == 0) throw Error("solver.device = 'cuda': {}", kernels::cuda_why_not());
  return kernels::Device::cuda;
}

kernels::Layout choose_layout(const std::string& word) {
  if (word == "auto") return kernels::Layout::automatic;
  if (word == "lanes") return kernels::Layout::lanes;
  if (word == "wide") return kernels::Layout::wide;
  throw Error("solver.layout = '{}' is not known; expected auto, lanes or wide", word);
}

// Fisher–Yates on SplitMix64: the same order on every machine.
void shuffle(std::vector<std::int64_t>& order, std::uint64_t state) {
  for (std::size_t i = order.size(); i > 1; --i) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t word = state;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
    word ^= word >> 31;
    std::swap(order[i - 1], order[word % i]);
  }
}

}  // namespace

struct Solver::State {
  SolverOptions options;
  std::vector<std::unique_ptr<PatternPlans>> plans;  // most recently used last
  BoundScreen bounds;
  std::unique_ptr<PatternPlans> small;  // of the last smaller form

  PatternPlans& plans_of(const Batch& batch) {
    for (std::size_t i = plans.size(); i-- > 0;)
      if (plans[i]->fits(batch)) {
        std::rotate(plans.begin() + static_cast<std::ptrdiff_t>(i), plans.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    plans.end());
        return *plans.back();
      }
    if (plans.size() >= kept_patterns) plans.erase(plans.begin());
    plans.push_back(std::make_unique<PatternPlans>(batch));
    return *plans.back();
  }
};

Solver::Solver(SolverOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Solver::~Solver() = default;
Solver::Solver(Solver&&) noexcept = default;
Solver& Solver::operator=(Solver&&) noexcept = default;

const SolverOptions& Solver::options() const {
  return state_->options;
}
SolverOptions& Solver::options() {
  return state_->options;
}

namespace {

// One call of Solver::solve.
class Run {
 public:
  Run(const SolverOptions& options, const Batch& batch, PatternPlans& plans, BoundScreen& bounds,
      std::unique_ptr<PatternPlans>& small, BatchResult& result)
      : options_(options),
        batch_(batch),
        plans_(plans),
        bounds_(bounds),
        small_(small),
        result_(result),
        begin_(Clock::now()) {
    settings_.max_iterations = options.max_iterations;
    settings_.threads = options.threads;
    settings_.lanes = options.lanes;
    settings_.warm_start = options.warm_start;
    settings_.rough = options.single_precision;
    settings_.stop = options.stop;
    settings_.progress = options.progress;
    settings_.device = choose_device(options.device);
    settings_.careful = options.careful;
    settings_.devices = options.devices;
    settings_.layout = choose_layout(options.layout);
  }

  void go() {
    const bool automatic = options_.method == "auto";
    const MethodName first =
        automatic ? plans_.choose(batch_, options_.tolerance, options_.careful) : method_from_word(options_.method);
    plans_.plan(first, batch_, settings_);
    result_.method = method_word(first);
    result_.device = settings_.device == kernels::Device::cuda ? "cuda" : "cpu";
    prepare_result(batch_, result_);
    known_.resize(static_cast<std::size_t>(batch_.problems));
    result_.seconds_setup = seconds_since(begin_);

    const auto solving = Clock::now();
    const auto valid = screen(batch_);
    std::vector<std::int64_t> open;
    for (std::int64_t b = 0; b < batch_.problems; ++b)
      if (valid[b]) open.push_back(b);
    if (options_.shuffle_seed >= 0) shuffle(open, static_cast<std::uint64_t>(options_.shuffle_seed));
    result_.threads =
        kernels::thread_count(options_.threads, static_cast<long long>(std::max<std::size_t>(open.size(), 1)));
    raw_.resize(batch_);
    settings_.careful = options_.careful;
    if (options_.pool > 0 && first == MethodName::ipm && kernels::BasisPool::supports(batch_)) {
      ask_pool(open);
      std::erase_if(open, [&](std::int64_t b) { return known_[b].done(); });
    }
    if (options_.screen || options_.form == "auto") {
      in_smaller_form(open);
      std::erase_if(open, [&](std::int64_t b) { return known_[b].done(); });
    }
    attempt(first, open, settings_for(first, 1.0));

    // What the judgement refutes is tried again: tighter, then by the other methods.
    for (const double factor : {0.1, 1e-3}) {
      std::vector<std::int64_t>
          refuted;  // called solved and found not to be: a method that gave up would only do so again
      for (const auto b : open)
        if (raw_.status[b] == Status::solved || raw_.status[b] == Status::solved_inaccurate) refuted.push_back(b);
      again(first, tightened(first, factor), refuted);
    }
    // Where the interior point did not arrive it begins elsewhere.
    settings_.careful = !options_.careful;
    if (first == MethodName::ipm) again(first, tightened(first, 1.0), open);
    if (automatic && options_.others) {
      for (const auto other : {MethodName::ipm, MethodName::admm, MethodName::pdhg})
        if (other != first && PatternPlans::supports(other, batch_)) again(other, tightened(other, 0.5), open);
    }
    hand_over(batch_, known_, raw_, result_);
    result_.seconds_solve = seconds_since(solving);
  }

 private:
  bool out_of_time() const {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) return true;
    return options_.time_limit_seconds > 0.0 && seconds_since(begin_) >= options_.time_limit_seconds;
  }

  // The interior point gains digits cheaply, the others don't: `aim` is for it alone.
  kernels::MethodSettings settings_for(MethodName method, double factor) const {
    const bool closer = method == MethodName::ipm && options_.aim > 0.0 && options_.aim < options_.tolerance;
    auto settings = settings_;
    settings.tolerance_relative = settings.tolerance_absolute = factor * (closer ? options_.aim : options_.tolerance);
    return settings;
  }

  kernels::MethodSettings tightened(MethodName method, double factor) const {
    auto settings = settings_for(method, factor);
    settings.warm_start = settings.rough = false;
    settings.progress = nullptr;
    return settings;
  }

  void again(MethodName method, const kernels::MethodSettings& settings, std::vector<std::int64_t>& open) {
    std::erase_if(open, [&](std::int64_t b) { return known_[b].done(); });
    if (open.empty() || out_of_time()) return;
    attempt(method, open, settings);
  }

  // As many problems at a time as fit into the memory limit.
  std::size_t slice_size() const {
    if (!(options_.memory_gb > 0.0)) return static_cast<std::size_t>(batch_.problems);
    const double numbers =
        12.0 * (batch_.variables + batch_.rows + batch_.cone_rows()) +
        static_cast<double>(batch_.A.pattern.nonzeros() + batch_.P.pattern.nonzeros() + batch_.G.pattern.nonzeros());
    return static_cast<std::size_t>(std::max(1.0, options_.memory_gb * 1e9 / (8.0 * numbers)));
  }

  void attempt(MethodName method, const std::vector<std::int64_t>& open, kernels::MethodSettings settings) {
    const std::size_t slice = slice_size();
    std::int64_t before = 0;
    const bool polished = options_.polish && (method == MethodName::pdhg || method == MethodName::admm) &&
                          plans_.polish_of(batch_) != nullptr;
    for (std::size_t at = 0; at < open.size(); at += slice) {
      const std::span<const std::int64_t> part(open.data() + at, std::min(slice, open.size() - at));
      if (options_.time_limit_seconds > 0.0)
        settings.time_limit_seconds = std::max(1e-3, options_.time_limit_seconds - seconds_since(begin_));
      if (settings_.progress && settings.progress)
        settings.progress = [this, before](std::int64_t finished) { settings_.progress(before + finished); };
      if (polished) {
        in_stages(method, part, settings);
      } else {
        plans_.solve(method, batch_, part, settings, raw_);
        judge(method, part);
        if (options_.polish && method == MethodName::ipm) finish_nearly_solved(method, part);
      }
      before += static_cast<std::int64_t>(part.size());
    }
  }

  // Where an interior point ends within sight of the tolerance, at the end of its digits, Newton's method may go on.
  void finish_nearly_solved(MethodName method, std::span<const std::int64_t> part) {
    std::vector<std::int64_t> near;
    for (const std::int64_t b : part)
      if (known_[static_cast<std::size_t>(b)].status == Status::solved_inaccurate) near.push_back(b);
    if (near.empty() || out_of_time() || plans_.polish_of(batch_) == nullptr) return;
    Polishing(*plans_.polish_of(batch_), batch_, options_.tolerance, options_.threads)
        .finish(method, near, raw_, result_, known_, [this] { return out_of_time(); });
  }

  // A first-order method goes a decade of accuracy, or twice the iterations, at a time; after each, Newton's method is
  // tried on what is still open.
  void in_stages(MethodName method, std::span<const std::int64_t> part, kernels::MethodSettings settings) {
    const auto progress = std::exchange(settings.progress, nullptr);
    const double last = settings.tolerance_relative;
    const bool pdhg = method == MethodName::pdhg;
    const FirstStage& first = pdhg ? first_stage_pdhg : first_stage_admm;
    const int own = pdhg ? kernels::PdhgMethod::default_max_iterations : kernels::AdmmMethod::default_max_iterations;
    const int limit = settings.max_iterations > 0 ? settings.max_iterations : own;
    Polishing polishing(*plans_.polish_of(batch_), batch_, options_.tolerance, options_.threads);
    kernels::Resume resume;
    resume.weight.assign(static_cast<std::size_t>(batch_.problems), 0.0);
    std::vector<std::int64_t> left(part.begin(), part.end());
    double stage = std::max(first.tolerance, last);
    int most = std::min(first.iterations, limit);
    while (true) {
      settings.tolerance_relative = settings.tolerance_absolute = stage;
      settings.max_iterations = most;
      if (options_.time_limit_seconds > 0.0)
        settings.time_limit_seconds = std::max(1e-3, options_.time_limit_seconds - seconds_since(begin_));
      plans_.solve(method, batch_, left, settings, raw_, &resume);
      resume.going = true;
      polishing.finish(method, left, raw_, result_, known_, [this] { return out_of_time(); });
      // Done, or given up by the method itself.
      std::erase_if(left, [&](std::int64_t b) {
        const auto at = static_cast<std::size_t>(b);
        const bool goes_on = (raw_.status[at] == Status::solved && stage > last) ||
                             (raw_.status[at] == Status::iteration_limit && raw_.iterations[at] < limit);
        return known_[at].done() || !goes_on;
      });
      if (progress) progress(static_cast<std::int64_t>(part.size() - left.size()));
      if (left.empty() || out_of_time()) break;
      stage = std::max(0.1 * stage, last);
      most = most < limit / 2 ? 2 * most : limit;
    }
  }

  // Screened and reduced; answers are led back and judged as given, what is not solved then stays open.
  void in_smaller_form(const std::vector<std::int64_t>& open) {
    if (!Reduction::supports(batch_) || open.empty() || out_of_time()) return;
    std::vector<char> free(static_cast<std::size_t>(batch_.variables), 0);
    if (options_.screen) free = bounds_.implied(batch_, open, options_);
    const bool screened = std::find(free.begin(), free.end(), 1) != free.end();
    std::unique_ptr<Reduction> form;
    if (options_.form == "auto") form = cheapest_form(batch_, free);
    if (!form && !screened) return;
    if (form) form->build();
    const Batch& batch = form ? form->reduced() : (dropped_ = without_bounds(batch_, free));

    if (!small_ || !small_->fits(batch)) small_ = std::make_unique<PatternPlans>(batch);
    const MethodName method =
        options_.method == "auto" ? small_->choose(batch, options_.tolerance) : method_from_word(options_.method);
    auto settings = settings_for(method, 1.0);
    kernels::RawSolution answer;
    answer.resize(batch);
    constexpr std::size_t slice = 1024;  // led back and judged while it is in the cache
    for (std::size_t at = 0; at < open.size() && !out_of_time(); at += slice) {
      const std::span<const std::int64_t> part(open.data() + at, std::min(slice, open.size() - at));
      if (options_.time_limit_seconds > 0.0)
        settings.time_limit_seconds = std::max(1e-3, options_.time_limit_seconds - seconds_since(begin_));
      if (settings_.progress)
        settings.progress = [this, at](std::int64_t done) { settings_.progress(static_cast<std::int64_t>(at) + done); };
      small_->solve(method, batch, part, settings, answer);
      in_chunks(part, [&](Judge& judge, std::int64_t b) {
        const auto row = static_cast<std::size_t>(b);
        if (answer.status[row] != Status::solved) return;
        const double *x = answer.x.data() + b * batch.variables, *y = answer.y.data() + b * batch.rows,
                     *w = answer.w.data() + b * batch.cone_rows();
        double *full_x = raw_.x.data() + b * batch_.variables, *full_y = raw_.y.data() + b * batch_.rows;
        if (form) form->restore(b, x, y, full_x, full_y);
        else std::copy(x, x + batch_.variables, full_x), std::copy(y, y + batch_.rows, full_y);
        std::copy(w, w + batch_.cone_rows(), raw_.w.data() + b * batch_.cone_rows());
        raw_.status[row] = Status::solved;
        raw_.iterations[row] = answer.iterations[row];
        raw_.restarts[row] = answer.restarts[row];
        settle_row(judge, method, b);
      });
    }
  }

  // What the pool answers is judged as any answer; the rest stays open.
  void ask_pool(const std::vector<std::int64_t>& open) {
    auto settings = settings_for(MethodName::pool, 1.0);
    if (options_.time_limit_seconds > 0.0)
      settings.time_limit_seconds = std::max(1e-3, options_.time_limit_seconds - seconds_since(begin_));
    auto& pool = plans_.pool_of(batch_);
    // Answers are judged while they are in the cache.
    std::vector<std::unique_ptr<Judge>> judges(
        static_cast<std::size_t>(kernels::thread_count(options_.threads, std::numeric_limits<long long>::max())));
    const auto answered = [&](int thread, std::int64_t b) {
      auto& judge = judges[static_cast<std::size_t>(thread)];
      if (!judge) judge = std::make_unique<Judge>(batch_);
      settle_row(*judge, MethodName::pool, b);
    };
    constexpr std::size_t slice = 512;
    for (std::size_t at = 0; at < open.size(); at += slice)
      pool.solve(batch_, std::span(open).subspan(at, std::min(slice, open.size() - at)), settings, options_.pool, raw_,
                 answered);
  }

  void judge(MethodName method, std::span<const std::int64_t> part) {
    in_chunks(part, [&](Judge& judge, std::int64_t b) { settle_row(judge, method, b); });
  }

  void settle_row(Judge& judge, MethodName method, std::int64_t b) {
    settle(batch_, b, method, raw_, options_.tolerance, judge, result_, known_[static_cast<std::size_t>(b)]);
  }

  // work(judge, b) for all of `part`, on all threads.
  template <class Work>
  void in_chunks(std::span<const std::int64_t> part, const Work& work) {
    std::atomic<std::size_t> next{0};
    constexpr std::size_t chunk = 16;
    const int threads =
        kernels::thread_count(options_.threads, static_cast<long long>((part.size() + chunk - 1) / chunk));
    kernels::run_workers(threads, [&](int) {
      Judge judge(batch_);
      for (std::size_t from = next.fetch_add(chunk); from < part.size(); from = next.fetch_add(chunk))
        for (std::size_t i = from; i < std::min(from + chunk, part.size()); ++i) work(judge, part[i]);
    });
  }

  const SolverOptions& options_;
  const Batch& batch_;
  PatternPlans& plans_;
  BoundScreen& bounds_;
  std::unique_ptr<PatternPlans>& small_;
  BatchResult& result_;
  Clock::time_point begin_;
  kernels::MethodSettings settings_;
  kernels::RawSolution raw_;
  Batch dropped_;  // without the bounds that cannot bind
  std::vector<Settled> known_;
};

}  // namespace

const char* BatchResult::method_of(std::int64_t b) const {
  const auto code = method_code[static_cast<std::size_t>(b)];
  return code < 0 ? "none" : method_word(static_cast<MethodName>(code));
}

BatchResult Solver::solve(const Batch& batch) {
  if (!(state_->options.tolerance > 0.0))
    throw Error("solver.tolerance = {}, expected a positive number", state_->options.tolerance);
  require_consistent(batch);
  const std::string& method = state_->options.method;
  if (method != "auto" && !PatternPlans::supports(method_from_word(method), batch))
    return solve_lifted(state_->options, batch);
  BatchResult result;
  const std::clock_t begin = std::clock();
  Run(state_->options, batch, state_->plans_of(batch), state_->bounds, state_->small, result).go();
  result.cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return result;
}

}  // namespace wattstein::engine
