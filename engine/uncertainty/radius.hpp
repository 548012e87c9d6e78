#pragma once
// Radius of the Wasserstein ball from the spread of the samples (coordination.md, "Ambiguity set and worst case").

#include <span>

#include "engine/uncertainty/recourse.hpp"

namespace wattstein::engine {

/// C √(ln(1/(1−κ))/E) with C = 2 inf_{ρ>0} √((1 + ln (1/E) Σ_e exp(ρ a_e)) / (2ρ)), a_e the squared distances of the
/// samples from their mean (MW², whole day, ℓ1). `confidence` κ in (0, 1). MW.
double radius_of_squares(std::span<const double> squared_distances, double confidence);

/// a_e = ‖ω^e − mean‖₁² over all hours and renewables, one per sample. MW².
std::vector<double> squared_distances(const AgentSamples& samples);

/// The radius that an agent uses: the given one, else `factor` times the formula. MW.
double wasserstein_radius(const AgentSamples& samples, double confidence, double factor);

}  // namespace wattstein::engine
