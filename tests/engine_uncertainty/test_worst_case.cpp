// Worst cases against plain enumeration of every candidate.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/uncertainty/certify.hpp"
#include "engine/uncertainty/radius.hpp"
#include "engine/uncertainty/sample_figures.hpp"
#include "tests/engine_uncertainty/small_system.hpp"

using namespace wattstein::engine;
using namespace wattstein::engine::test;

namespace {

RecourseSolver tight_solver() {
  SolverOptions options;
  options.tolerance = 1e-9;
  options.method = "ipm";
  return RecourseSolver(options);
}

/// Q at any realisation, one LP.
std::vector<double> solve_all(const Small& system, std::span<const double> x, int hour,
                              const std::vector<std::vector<double>>& points) {
  DualPool pool(system.recourse);
  const auto shift = pool.shift(x);
  std::vector<RecourseRequest> requests;
  for (const auto& p : points) requests.push_back({&pool, hour, shift.data() + hour * pool.moved_width(), p});
  std::vector<double> values(points.size());
  auto solver = tight_solver();
  solver.solve(requests, [&](const RecourseAnswer& a) { values[a.request] = a.value; });
  return values;
}

/// W by the formula of the page: all 3^n candidates of every sample, ζ by ternary search.
double enumerate(const Small& system, std::span<const double> x, UncertaintyModel model, double radius) {
  const AgentSamples& s = system.samples;
  const int n = s.resources(), H = s.hours;
  struct Candidate {
    double q, distance;
  };
  std::vector<std::vector<Candidate>> inner;  // (e, h)
  std::vector<double> weight;
  double ro = 0.0;
  for (int h = 0; h < H; ++h) {
    std::vector<std::vector<double>> bases;
    if (model == UncertaintyModel::sp || model == UncertaintyModel::dro)
      for (int e = 0; e < s.count; ++e) bases.emplace_back(s.at(e, h), s.at(e, h) + n);
    else bases.emplace_back(s.mean.begin() + h * n, s.mean.begin() + (h + 1) * n);
    double worst = -1e300;
    for (const auto& base : bases) {
      std::vector<std::vector<double>> points;
      std::vector<double> distances;
      int all = 1;
      for (int r = 0; r < n; ++r) all *= 3;
      for (int code = 0; code < all; ++code) {
        auto p = base;
        double d = 0.0;
        for (int r = 0, c = code; r < n; ++r, c /= 3) {
          const auto rr = static_cast<std::size_t>(r);
          if (c % 3 == 1) p[rr] = s.lower[static_cast<std::size_t>(h * n + r)];
          if (c % 3 == 2) p[rr] = s.upper[static_cast<std::size_t>(h * n + r)];
          d += std::abs(p[rr] - base[rr]);
        }
        if (code > 0 && (model == UncertaintyModel::sp || model == UncertaintyModel::det)) break;
        points.push_back(p);
        distances.push_back(d);
      }
      const auto q = solve_all(system, x, h, points);
      inner.emplace_back();
      for (std::size_t i = 0; i < q.size(); ++i)
        inner.back().push_back({q[i], distances[i]}), worst = std::max(worst, q[i]);
      weight.push_back(1.0 / static_cast<double>(bases.size()));
    }
    ro += worst;
  }
  if (model == UncertaintyModel::ro) return ro;
  const auto total = [&](double zeta) {
    double sum = zeta * radius;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      double best = -1e300;
      for (const auto& c : inner[i]) best = std::max(best, c.q - zeta * c.distance);
      sum += weight[i] * best;
    }
    return sum;
  };
  double low = 0.0, high = 2000.0;
  for (int i = 0; i < 300; ++i) {
    const double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
    (total(a) <= total(b) ? high : low) = total(a) <= total(b) ? b : a;
  }
  return std::min(total(low), total(0.0));
}

struct Case {
  UncertaintyModel model;
  int resources;
  double radius;
};

class WorstCaseAgainstEnumeration : public testing::TestWithParam<Case> {};

}  // namespace

TEST_P(WorstCaseAgainstEnumeration, UpperAndLowerMeetTheExactValue) {
  const auto [model, resources, radius] = GetParam();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Small system = small_system(2, resources, 5, seed);
    system.samples.radius_mw = radius;
    const auto x = some_point(2, seed);
    UncertaintySettings settings;
    settings.model = model;
    WorstCase worst(system.recourse, make_atoms(system.samples, settings, 2));
    worst.set_point(x);
    auto solver = tight_solver();
    CertifySettings certify_settings;
    certify_settings.tolerance = 1e-5;
    WorstCase* const pointer = &worst;
    const Certificate c = evaluate({&pointer, 1}, solver, certify_settings).front();
    const double exact = enumerate(system, x, model, radius);
    const double tolerance = 1e-6 * (1.0 + std::abs(exact));
    EXPECT_NEAR(c.upper, exact, 2e-5 + tolerance) << "seed " << seed;
    EXPECT_NEAR(c.lower, exact, 4e-5 + tolerance) << "seed " << seed;
    EXPECT_LE(c.lower, c.upper + tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, WorstCaseAgainstEnumeration,
                         testing::Values(Case{UncertaintyModel::det, 2, 0.0}, Case{UncertaintyModel::sp, 2, 0.0},
                                         Case{UncertaintyModel::ro, 3, 0.0}, Case{UncertaintyModel::dro, 1, 2.0},
                                         Case{UncertaintyModel::dro, 2, 0.5}, Case{UncertaintyModel::dro, 2, 5.0},
                                         Case{UncertaintyModel::dro, 3, 3.0}, Case{UncertaintyModel::dro, 4, 4.0},
                                         Case{UncertaintyModel::dro, 3, 1e4}));

TEST(WorstCase, RadiusZeroIsTheSampleAverageAndALargeRadiusTheRobustCase) {
  Small system = small_system(2, 2, 6, 11);
  const auto x = some_point(2, 3);
  const auto value = [&](UncertaintyModel model, double radius) {
    system.samples.radius_mw = radius;
    UncertaintySettings settings;
    settings.model = model;
    WorstCase worst(system.recourse, make_atoms(system.samples, settings, 2));
    worst.set_point(x);
    auto solver = tight_solver();
    CertifySettings certify_settings;
    certify_settings.tolerance = 1e-5;
    WorstCase* const pointer = &worst;
    return evaluate({&pointer, 1}, solver, certify_settings).front().upper;
  };
  const double sp = value(UncertaintyModel::sp, 0.0), ro = value(UncertaintyModel::ro, 0.0);
  EXPECT_NEAR(value(UncertaintyModel::dro, 0.0), sp, 1e-4);
  EXPECT_NEAR(value(UncertaintyModel::dro, 1e3), ro, 1e-4);
  double previous = sp;
  for (const double radius : {0.5, 1.0, 3.0, 9.0}) {
    const double now = value(UncertaintyModel::dro, radius);
    EXPECT_GE(now, previous - 1e-4);
    EXPECT_LE(now, ro + 1e-4);
    previous = now;
  }
}

TEST(WorstCase, CutsHoldAtEveryOtherPoint) {
  Small system = small_system(2, 2, 5, 5);
  system.samples.radius_mw = 2.0;
  UncertaintySettings settings;
  WorstCase worst(system.recourse, make_atoms(system.samples, settings, 2));
  auto solver = tight_solver();
  const auto at = some_point(2, 1);
  worst.set_point(at);
  WorstCase* const pointer = &worst;
  const std::vector<double> zetas{40.0};
  climb({&pointer, 1}, zetas, solver, {.rounds = 5, .per_hour = 20});
  const auto sweep = worst.sweep(40.0);
  std::vector<WorstCaseCut> cuts;
  for (int h = 0; h < 2; ++h) cuts.push_back(worst.cut(sweep, h, at.size()));
  const auto model = [&](const std::vector<double>& x, double zeta) {
    double sum = zeta * worst.atoms().radius;
    for (const auto& cut : cuts) {
      sum += cut.constant - cut.distance * zeta;
      for (std::size_t c = 0; c < x.size(); ++c) sum += cut.gradient[c] * x[c];
    }
    return sum;
  };
  const double at_point = model(at, 40.0);
  EXPECT_NEAR(at_point, sweep.total, 1e-8 * (1.0 + std::abs(at_point)));  // tight where it was taken
  for (unsigned seed = 20; seed < 26; ++seed) {
    const auto x = some_point(2, seed);
    const double elsewhere = enumerate(system, x, UncertaintyModel::dro, 2.0);
    double least = 1e300;
    for (int i = 0; i <= 1000; ++i) least = std::min(least, model(x, i * 1.0));
    EXPECT_LE(least, elsewhere + 1e-5 * (1.0 + std::abs(elsewhere)));
  }
}

TEST(WorstCase, ClimbReturnsARigorousUpperBound) {
  for (const int resources : {3, 9}) {  // 9: more coordinates than the lattice takes
    Small system = small_system(1, resources, 4, 2);
    system.samples.radius_mw = 3.0;
    const auto x = some_point(1, 9);
    WorstCase worst(system.recourse, make_atoms(system.samples, {}, 1));
    worst.set_point(x);
    auto solver = tight_solver();
    CertifySettings settings;
    settings.enumerate = false;
    WorstCase* const pointer = &worst;
    const Certificate c = evaluate({&pointer, 1}, solver, settings).front();
    EXPECT_LE(c.lower, c.upper + 1e-6);
    if (resources == 3) {
      const double exact = enumerate(system, x, UncertaintyModel::dro, 3.0);
      EXPECT_GE(c.upper, exact - 1e-5 * std::abs(exact));
      EXPECT_LE(c.lower, exact + 1e-5 * std::abs(exact));
    }
  }
}

TEST(WorstCase, AnHourWithoutUncertaintyIsCertifiedInEveryModel) {
  Small system = small_system(2, 2, 4, 6);
  AgentSamples& s = system.samples;
  for (int e = 0; e < s.count; ++e)  // solar power at night
    for (int r = 0; r < 2; ++r) s.values[static_cast<std::size_t>(4 * e + 2 + r)] = 0.0;
  for (std::size_t i = 2; i < 4; ++i) s.lower[i] = s.upper[i] = s.mean[i] = 0.0;
  s.radius_mw = 1.5;
  const auto x = some_point(2, 4);
  for (const auto model : {UncertaintyModel::det, UncertaintyModel::sp, UncertaintyModel::ro, UncertaintyModel::dro}) {
    UncertaintySettings settings;
    settings.model = model;
    WorstCase worst(system.recourse, make_atoms(s, settings, 2));
    worst.set_point(x);
    auto solver = tight_solver();
    CertifySettings certify_settings;
    certify_settings.tolerance = 1e-5;
    WorstCase* const pointer = &worst;
    const double value = evaluate({&pointer, 1}, solver, certify_settings).front().upper;
    const double exact = enumerate(system, x, model, 1.5);
    EXPECT_TRUE(std::abs(value - exact) <= 1e-4 * (1.0 + std::abs(exact))) << value << " " << exact;
  }
}

TEST(SampleFigures, MeanIsTheSampleAverage) {
  const Small system = small_system(2, 2, 6, 4);
  const auto x = some_point(2, 2);
  auto solver = tight_solver();
  const SampleQuestion question{&system.recourse, x, system.samples.values, system.samples.count};
  const SampleFigures figures = price_samples({&question, 1}, solver).front();
  const double exact = enumerate(system, x, UncertaintyModel::sp, 0.0);
  EXPECT_NEAR(figures.mean, exact, 1e-6 * (1.0 + std::abs(exact)));
  EXPECT_GE(figures.curtailment_percent, 0.0);
  EXPECT_LE(figures.curtailment_percent, 100.0);
}
