#include "engine/solver/methods.hpp"

#include <algorithm>

#include "engine/error/error.hpp"
#include "kernels/admm/admm.hpp"
#include "kernels/ipm/ipm.hpp"
#include "kernels/pdhg/pdhg.hpp"
#include "kernels/polish/polish.hpp"
#include "kernels/pool/basis_pool.hpp"
#include "kernels/wide/wide.hpp"

namespace wattstein::engine {

namespace {

// Matrices with costs whose pools are kept at a time.
constexpr std::size_t kept_pools = 8;

}  // namespace

const char* method_word(MethodName name) {
  switch (name) {
    case MethodName::ipm:
      return "ipm";
    case MethodName::pdhg:
      return "pdhg";
    case MethodName::admm:
      return "admm";
    case MethodName::pool:
      return "pool";
  }
  return "unknown";
}

MethodName method_from_word(const std::string& word) {
  for (const auto name : {MethodName::ipm, MethodName::pdhg, MethodName::admm})
    if (word == method_word(name)) return name;
  throw Error("solver.method = '{}' is not known; expected auto, pdhg, admm or ipm", word);
}

PatternPlans::PatternPlans(const kernels::Batch& batch)
    : a_(batch.A.pattern), p_(batch.P.pattern), g_(batch.G.pattern), cones_(batch.cones) {}
PatternPlans::~PatternPlans() = default;

bool PatternPlans::fits(const kernels::Batch& batch) const {
  return a_ == batch.A.pattern && p_ == batch.P.pattern && g_ == batch.G.pattern && cones_ == batch.cones;
}

bool PatternPlans::supports(MethodName name, const kernels::Batch& batch) {
  if (name == MethodName::pdhg) return kernels::PdhgMethod::supports(batch);
  return name != MethodName::admm || kernels::AdmmMethod::supports(batch);
}

void PatternPlans::plan(MethodName name, const kernels::Batch& batch, const kernels::MethodSettings& settings) {
  auto& ipm = settings.careful ? ipm_careful_ : ipm_;
  if (name == MethodName::ipm && !ipm) ipm = std::make_unique<kernels::IpmMethod>(batch, settings);
  if (name == MethodName::pdhg && !pdhg_) pdhg_ = std::make_unique<kernels::PdhgMethod>(batch, settings);
  // Lockstep has a plan of its own: only where these settings choose it for problems of any size.
  if (name == MethodName::pdhg && !wide_ && kernels::wide_suits(settings.layout, settings.device, true, 1, 0))
    wide_ = std::make_unique<kernels::WideMethod>(batch, settings);
  if (name == MethodName::admm && !admm_) admm_ = std::make_unique<kernels::AdmmMethod>(batch, settings);
}

MethodName PatternPlans::choose(const kernels::Batch& batch, double tolerance, bool careful) {
  kernels::MethodSettings settings;
  settings.careful = careful;
  plan(MethodName::ipm, batch, settings);
  const kernels::IpmMethod& planned = careful ? *ipm_careful_ : *ipm_;
  // Multiply-adds of a problem: interior point, 15 factorisations with two solves each and as many passes over the
  // data; first order, two products with [A; G] an iteration. Medians over the standard batches: 1000 iterations to
  // 1e-4, growing by half with each decade.
  const auto nonzeros =
      static_cast<double>(batch.A.pattern.nonzeros() + batch.G.pattern.nonzeros() + batch.P.pattern.nonzeros());
  const double size = batch.variables + batch.rows + batch.cone_rows();
  const double interior = 15.0 * (static_cast<double>(planned.factor_flops()) +
                                  8.0 * static_cast<double>(planned.factor_nonzeros()) + 8.0 * nonzeros + 40.0 * size);
  double iterations = 1000.0;
  for (double reached = 1e-4; reached > 1.01 * tolerance; reached *= 0.1) iterations *= 1.5;
  const double first_order = iterations * (2.0 * nonzeros + 10.0 * size);
  // The interior point is the one that is sure to get there: leave it only for much less work, or for lack of memory.
  const bool too_large = planned.factor_nonzeros() > 400'000'000;
  if (too_large || interior > 20.0 * first_order)
    return batch.P.pattern.nonzeros() == 0 && batch.cones.empty() ? MethodName::pdhg
           : too_large                                            ? MethodName::pdhg
                                                                  : MethodName::ipm;
  return MethodName::ipm;
}

void PatternPlans::solve(MethodName name, const kernels::Batch& batch, std::span<const std::int64_t> problems,
                         const kernels::MethodSettings& settings, kernels::RawSolution& out, kernels::Resume* resume) {
  plan(name, batch, settings);
  switch (name) {
    case MethodName::ipm:
      (settings.careful ? ipm_careful_ : ipm_)->solve(batch, problems, settings, out);
      break;
    case MethodName::pdhg:
      if (wide_ && wide_->chosen(batch, settings)) wide_->solve(batch, problems, settings, out, resume);
      else pdhg_->solve(batch, problems, settings, out, resume);
      break;
    case MethodName::admm:
      admm_->solve(batch, problems, settings, out, resume);
      break;
    case MethodName::pool:
      break;  // pool_of
  }
}

const kernels::Polish* PatternPlans::polish_of(const kernels::Batch& batch) {
  if (!polish_) polish_ = std::make_unique<kernels::Polish>(batch);
  return polish_->supports() ? polish_.get() : nullptr;
}

kernels::BasisPool& PatternPlans::pool_of(const kernels::Batch& batch) {
  for (auto at = pools_.end(); at != pools_.begin();) {
    --at;
    if (!(*at)->fits(batch)) continue;
    std::rotate(at, at + 1, pools_.end());
    return *pools_.back();
  }
  if (pools_.size() >= kept_pools) pools_.erase(pools_.begin());
  pools_.push_back(std::make_unique<kernels::BasisPool>(batch));
  return *pools_.back();
}

}  // namespace wattstein::engine
