#pragma once
// The points that a worst-case expectation sums over. det, sp, ro and dro differ only in them:
//
//     W(x) = min_{0 ≤ ζ ≤ ζ_max}  ζ φ + Σ_h Σ_a weight_a  max_{ω ∈ candidates_a} [ Q_h(x_h; ω) − ζ ‖ω − ω_a‖₁ ]
//
//   det: one atom an hour, the mean, which does not move.        sp: the samples, which do not move.
//   dro: the samples, moving within the support box, ζ free.     ro: one atom an hour, moving, ζ = 0.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/uncertainty/recourse.hpp"

namespace wattstein::engine {

enum class UncertaintyModel { det, sp, ro, dro };

/// "det" | "sp" | "ro" | "dro"; Error otherwise.
UncertaintyModel uncertainty_model(const std::string& word);

struct UncertaintySettings {
  UncertaintyModel model = UncertaintyModel::dro;
  double confidence = 0.95;    // κ of the radius
  double radius_factor = 1.0;  // multiplies an automatic radius
  int scenarios = 0;           // sp: 0 = every sample; else so many, drawn without replacement
  std::uint64_t seed = 1;      // of that draw
};

struct Atoms {
  int hours = 0, resources = 0;
  std::vector<int> first;            // (H + 1) atoms of hour h: first[h] .. first[h+1]
  std::vector<double> omega;         // (atoms, n_r) MW
  std::vector<double> weight;        // (atoms), 1 in every hour
  std::vector<double> lower, upper;  // (H, n_r) support
  std::vector<int> atom_of_sample;   // (E, H), of the samples themselves (dro, and sp without a draw); else empty
  bool moves = false;                // the adversary may move an atom
  bool priced = false;               // moving costs ζ a MW (dro)
  double radius = 0.0;               // φ, MW

  int count() const { return static_cast<int>(weight.size()); }
  const double* at(int atom) const { return omega.data() + static_cast<std::ptrdiff_t>(atom) * resources; }
  const double* low(int hour) const { return lower.data() + static_cast<std::ptrdiff_t>(hour) * resources; }
  const double* high(int hour) const { return upper.data() + static_cast<std::ptrdiff_t>(hour) * resources; }
};

/// Equal realisations of an hour (solar power at night) become one atom with their common weight.
/// Without renewables: one atom an hour with an empty realisation.
Atoms make_atoms(const AgentSamples& samples, const UncertaintySettings& settings, int hours);

/// Numbers 0..count-1 of which `drawn` are chosen without replacement, ascending; the same for the same seed on every
/// machine.
std::vector<int> draw_without_replacement(int count, int drawn, std::uint64_t seed);

}  // namespace wattstein::engine
