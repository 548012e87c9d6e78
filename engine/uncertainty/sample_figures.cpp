#include "engine/uncertainty/sample_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

namespace wattstein::engine {

std::vector<SampleFigures> price_samples(std::span<const SampleQuestion> questions, RecourseSolver& solver) {
  std::vector<SampleFigures> figures(questions.size());
  std::vector<std::unique_ptr<DualPool>> pools;  // only for the places that x moves
  std::vector<std::vector<double>> shifts;
  std::vector<RecourseRequest> requests;
  std::vector<std::size_t> owner;
  std::vector<std::vector<std::size_t>> request_of(questions.size());  // (E, H)
  for (std::size_t q = 0; q < questions.size(); ++q) {
    const SampleQuestion& question = questions[q];
    pools.push_back(std::make_unique<DualPool>(*question.recourse));
    shifts.push_back(pools.back()->shift(question.x));
    const int H = pools.back()->hours(), n = pools.back()->resources();
    const auto width = static_cast<std::size_t>(pools.back()->moved_width());
    request_of[q].resize(static_cast<std::size_t>(question.count * H));
    for (int h = 0; h < H; ++h) {
      std::map<std::vector<double>, std::size_t> seen;
      for (int e = 0; e < question.count; ++e) {
        const double* omega = question.values.data() + (static_cast<std::ptrdiff_t>(e) * H + h) * n;
        std::vector<double> point(omega, omega + n);
        const auto [place, fresh] = seen.emplace(point, requests.size());
        if (fresh) {
          requests.push_back(
              {pools.back().get(), h, shifts.back().data() + static_cast<std::size_t>(h) * width, std::move(point)});
          owner.push_back(q);
        }
        request_of[q][static_cast<std::size_t>(e * H + h)] = place->second;
      }
    }
  }
  std::vector<double> value(requests.size()), shed(requests.size()), used(requests.size()), excess(requests.size());
  solver.solve(requests, [&](const RecourseAnswer& answer) {
    const Recourse& recourse = *questions[owner[answer.request]].recourse;
    value[answer.request] = answer.value;
    if (answer.z.empty()) return;
    for (const int j : recourse.shed) shed[answer.request] += answer.z[static_cast<std::size_t>(j)];
    for (const int j : recourse.violation)
      excess[answer.request] = std::max(excess[answer.request], answer.z[static_cast<std::size_t>(j)]);
    for (const int j : recourse.used) used[answer.request] += answer.z[static_cast<std::size_t>(j)];
  });
  for (std::size_t q = 0; q < questions.size(); ++q) {
    SampleFigures& out = figures[q];
    const int H = pools[q]->hours(), E = questions[q].count;
    const double step = questions[q].recourse->step_hours;
    double available = 0.0, taken = 0.0, squares = 0.0, days = 0.0, violated = 0.0;
    for (const double omega : questions[q].values) available += omega;
    for (int e = 0; e < E; ++e) {
      double sum = 0.0, energy = 0.0, most = 0.0;
      for (int h = 0; h < H; ++h) {
        const std::size_t r = request_of[q][static_cast<std::size_t>(e * H + h)];
        out.hourly.push_back(value[r]);
        sum += value[r];
        energy += step * shed[r];
        taken += used[r];
        most = std::max(most, excess[r]);
      }
      out.total.push_back(sum);
      out.mean += sum / E;
      out.shed_mwh += energy / E;
      days += energy > 1e-3 ? 1.0 : 0.0;
      violated += energy > 1e-3 || most > 1e-3 ? 1.0 : 0.0;
    }
    for (const double total : out.total) squares += (total - out.mean) * (total - out.mean);
    if (E > 1) out.standard_error = std::sqrt(squares / (E - 1.0) / E);
    if (E > 0) {
      out.shed_days_percent = 100.0 * days / E;
      out.violated_days_percent = 100.0 * violated / E;
      out.available_mwh = step * available / E;
    }
    if (available > 0.0) out.curtailment_percent = 100.0 * std::max(0.0, available - taken) / available;
  }
  return figures;
}

}  // namespace wattstein::engine
