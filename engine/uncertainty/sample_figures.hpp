#pragma once
// What given realisations cost at a given first stage: out-of-sample figures, curtailment, shedding, evaluation.

#include <span>
#include <vector>

#include "engine/uncertainty/recourse_solver.hpp"

namespace wattstein::engine {

struct SampleQuestion {
  const Recourse* recourse = nullptr;
  std::span<const double> x;       // first stage
  std::span<const double> values;  // (E, H, n_r) MW available
  int count = 0;                   // E
};

struct SampleFigures {
  std::vector<double> hourly;          // (E, H) Q_h(x; ω^e)
  std::vector<double> total;           // (E) Σ_h
  double mean = 0.0;                   // of total
  double standard_error = 0.0;         // of that mean
  double shed_mwh = 0.0;               // mean over the realisations
  double shed_days_percent = 0.0;      // realisations that shed more than 1 kWh
  double violated_days_percent = 0.0;  // realisations that shed so, or exceed a voltage or line limit by more than 1e-3
                                       // of the unit its slack is held in (0.01 p.u. of squared voltage, MW)
  double available_mwh = 0.0;          // renewable energy, mean over the realisations
  double curtailment_percent = 0.0;    // 100 Σ(ω − u)/Σω; 0 when nothing was available
};

/// One answer a question. Questions must share one recourse pattern (they are one batch); equal realisations of an hour
/// are solved once.
std::vector<SampleFigures> price_samples(std::span<const SampleQuestion> questions, RecourseSolver& solver);

}  // namespace wattstein::engine
