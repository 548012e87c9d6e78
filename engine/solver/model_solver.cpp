#include "engine/solver/model_solver.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "engine/error/error.hpp"
#include "engine/problem/elastic.hpp"
#include "engine/problem/presolve.hpp"
#include "engine/problem/recession.hpp"
#include "engine/problem/screen.hpp"
#include "engine/solver/methods.hpp"
#include "engine/solver/settle.hpp"
#include "kernels/polish/polish.hpp"

namespace wattstein::engine {
namespace {

using Clock = std::chrono::steady_clock;

// An answer further from optimal than this, although more digits were asked for, makes infeasible problems worth
// asking about: a barely infeasible one looks like that.
constexpr double suspicious = 1e-7;
// Digits asked of the elastic and the recession form: their value, the proof, may be small.
constexpr double proof_aim = 1e-10;
// Newton steps from there.
constexpr int most_steps = 20;

// Settings that this file changes on its way; given back at the end.
class Kept {
 public:
  explicit Kept(SolverOptions& options) : options_(options), kept_(options) {}
  ~Kept() {
    options_.aim = kept_.aim;
    options_.careful = kept_.careful;
    options_.others = kept_.others;
    options_.method = kept_.method;
    options_.time_limit_seconds = kept_.time_limit_seconds;
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  const SolverOptions& given() const { return kept_; }

 private:
  SolverOptions& options_;
  SolverOptions kept_;
};

// One problem on its way through forms and methods; the best answer so far, judged as the problem was given.
class Model {
 public:
  Model(Solver& solver, const Batch& problem)
      : solver_(solver), problem_(problem), kept_(solver.options()), begin_(Clock::now()), judge_(problem) {
    prepare_result(problem, result_);
    kernels::RawSolution none;
    none.resize(problem);
    hand_over(problem, {Settled{}}, none, result_);
    auto& options = solver.options();
    options.careful = true;
    options.others = false;
    if (!(options.aim > 0.0)) options.aim = 1e-8;
  }

  BatchResult go() {
    const bool plain = !problem_.A.varies() && !problem_.P.varies() && !problem_.G.varies();
    if (!screen(problem_)[0] || !plain) {
      take(solved(problem_), nullptr);
      return finished();
    }
    const Presolve presolve(problem_);
    const Presolve* small = presolve.changed() ? &presolve : nullptr;
    for (const Presolve* form : {small, static_cast<const Presolve*>(nullptr)}) {
      if (form == nullptr && small != nullptr && !open()) break;
      const Batch& batch = form ? form->reduced() : problem_;
      take(solved(batch), form);
      // Not reached: infeasible or unbounded? Nearly reached: barely so?
      if (!settled() && within_time()) prove(batch, form);
    }
    if (kept_.given().method == "auto")
      for (const auto method : {MethodName::admm, MethodName::pdhg}) {
        if (!open()) continue;
        solver_.options().method = method_word(method);
        take(solved(small ? small->reduced() : problem_), small);
      }
    return finished();
  }

 private:
  double left() const {
    return kept_.given().time_limit_seconds - std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  bool within_time() const {
    const auto& options = solver_.options();
    if (options.stop != nullptr && options.stop->load()) return false;
    return !(kept_.given().time_limit_seconds > 0.0) || left() > 0.0;
  }
  bool open() const { return !known_.done() && within_time(); }

  BatchResult solved(const Batch& batch) {
    if (kept_.given().time_limit_seconds > 0.0) solver_.options().time_limit_seconds = std::max(1e-3, left());
    BatchResult answer = solver_.solve(batch);
    setup_ += answer.seconds_setup, solving_ += answer.seconds_solve, cpu_ += answer.cpu_seconds;
    return answer;
  }

  // Proven infeasible or unbounded, or solved so well that nothing else is to be feared.
  bool settled() const { return known_.done() && !(result_.relative_residual[0] > suspicious); }

  // Asks for a proof that the problem has no feasible point, then for one that it has no bound: by the interior point
  // whatever was asked for, and where that lacks digits by Newton's method from there.
  void prove(const Batch& batch, const Presolve* form) {
    for (const Status claim : {Status::primal_infeasible, Status::dual_infeasible}) {
      const Batch question = claim == Status::primal_infeasible ? elastic_form(batch) : recession_form(batch);
      BatchResult proof = proof_of(question);
      take(claim_of(batch, claim, question, proof), form);
      if (settled() || !within_time()) return;
      const kernels::Polish polish(question);
      if (polish.supports() && kernels::Polish::Work(polish, question)
                                       .improve(0, most_steps, proof.x.data(), proof.y.data(), proof.w.data()) > 0)
        take(claim_of(batch, claim, question, proof), form);
      if (settled() || !within_time()) return;
    }
  }

  BatchResult proof_of(const Batch& question) {
    const double aim = solver_.options().aim;
    const std::string method = solver_.options().method;
    solver_.options().aim = std::min(aim, proof_aim);
    solver_.options().method = method_word(MethodName::ipm);
    BatchResult answer = solved(question);
    solver_.options().aim = aim;
    solver_.options().method = method;
    return answer;
  }

  // An answer of `batch` that claims infeasibility, with the multipliers of its elastic form as ray, or unboundedness,
  // with the point of its recession form.
  static BatchResult claim_of(const Batch& batch, Status claim, const Batch& question, const BatchResult& proof) {
    BatchResult answer;
    prepare_result(batch, answer);
    answer.status[0] = claim;
    answer.iterations = proof.iterations;
    answer.restarts = proof.restarts;
    answer.method_code = proof.method_code;
    answer.method = proof.method, answer.device = proof.device, answer.threads = proof.threads;
    answer.x.assign(static_cast<std::size_t>(batch.variables), 0.0);
    answer.y.assign(static_cast<std::size_t>(batch.rows), 0.0);
    answer.w.assign(static_cast<std::size_t>(batch.cone_rows()), 0.0);
    if (claim == Status::primal_infeasible) {
      answer.y = proof.y, answer.w = proof.w;
    } else {
      answer.x = proof.x;
      clean_direction(question, answer.x.data());
    }
    return answer;
  }

  // Judges an answer, led back when it belongs to a presolved form, and keeps it when it is better than what is known.
  void take(const BatchResult& answer, const Presolve* form) {
    if (result_.method.empty())
      result_.method = answer.method, result_.device = answer.device, result_.threads = answer.threads;
    if (answer.status[0] == Status::invalid_data) return;
    kernels::RawSolution raw;
    raw.resize(problem_);
    raw.status = answer.status;
    raw.iterations = answer.iterations;
    raw.restarts = answer.restarts;
    if (form) {
      const bool ray = answer.status[0] == Status::primal_infeasible;
      form->restore(answer.x.data(), answer.y.data(), answer.w.data(), ray, raw.x, raw.y, raw.w);
      if (answer.status[0] == Status::dual_infeasible) raw.x = form->restore_direction(answer.x.data());
    } else {
      raw.x = answer.x, raw.y = answer.y, raw.w = answer.w;
    }
    // A claim of infeasibility is taken only when proven, and then outweighs a point feasible within the tolerance; one
    // of unboundedness outweighs no answer, which is optimal within the tolerance.
    const bool claim = answer.status[0] == Status::primal_infeasible || answer.status[0] == Status::dual_infeasible;
    BatchResult judged = result_;
    Settled known = claim ? Settled{} : known_;
    if (settle(problem_, 0, method_from_word(answer.method_of(0)), raw, solver_.options().tolerance, judge_, judged,
               known))
      judged.x = std::move(raw.x), judged.y = std::move(raw.y), judged.w = std::move(raw.w);
    if (claim && known.status != Status::primal_infeasible && known_.done()) return;
    if (claim && !known.done() && !(known.distance < known_.distance)) return;
    result_ = std::move(judged), known_ = known;
  }

  BatchResult finished() {
    result_.seconds_setup = setup_, result_.seconds_solve = solving_, result_.cpu_seconds = cpu_;
    return std::move(result_);
  }

  Solver& solver_;
  const Batch& problem_;
  Kept kept_;
  Clock::time_point begin_;
  Judge judge_;
  BatchResult result_;
  Settled known_;
  double setup_ = 0.0, solving_ = 0.0, cpu_ = 0.0;
};

}  // namespace

BatchResult solve_model(Solver& solver, const Batch& problem) {
  if (problem.problems != 1) throw Error("batch '{}': {} problems, expected one", problem.name, problem.problems);
  require_consistent(problem);
  return Model(solver, problem).go();
}

}  // namespace wattstein::engine
