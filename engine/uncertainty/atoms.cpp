#include "engine/uncertainty/atoms.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "engine/error/error.hpp"
#include "engine/uncertainty/radius.hpp"

namespace wattstein::engine {

UncertaintyModel uncertainty_model(const std::string& word) {
  if (word == "det") return UncertaintyModel::det;
  if (word == "sp") return UncertaintyModel::sp;
  if (word == "ro") return UncertaintyModel::ro;
  if (word == "dro") return UncertaintyModel::dro;
  throw Error("uncertainty model '{}'; expected dro, sp, ro or det", word);
}

std::vector<int> draw_without_replacement(int count, int drawn, std::uint64_t seed) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  std::mt19937_64 random(seed);  // its raw numbers are the same everywhere, those of the distributions are not
  drawn = std::min(drawn, count);
  for (int i = 0; i < drawn; ++i) {
    const auto j = static_cast<std::uint64_t>(i) + random() % static_cast<std::uint64_t>(count - i);
    std::swap(all[static_cast<std::size_t>(i)], all[j]);
  }
  all.resize(static_cast<std::size_t>(drawn));
  std::sort(all.begin(), all.end());
  return all;
}

Atoms make_atoms(const AgentSamples& samples, const UncertaintySettings& settings, int hours) {
  Atoms atoms;
  atoms.hours = hours;
  atoms.resources = samples.resources();
  atoms.lower = samples.lower;
  atoms.upper = samples.upper;
  atoms.first.assign(1, 0);
  const int n = atoms.resources;
  const bool whole = n > 0 && samples.count > 0;
  std::vector<int> used;
  if (whole && (settings.model == UncertaintyModel::dro || settings.model == UncertaintyModel::sp)) {
    used = draw_without_replacement(samples.count, samples.count, settings.seed);
    if (settings.model == UncertaintyModel::sp && settings.scenarios > 0)
      used = draw_without_replacement(samples.count, settings.scenarios, settings.seed);
    else atoms.atom_of_sample.resize(static_cast<std::size_t>(samples.count) * static_cast<std::size_t>(hours));
  }
  for (int h = 0; h < hours; ++h) {
    if (used.empty()) {  // det, ro, or nothing uncertain
      for (int r = 0; r < n; ++r) atoms.omega.push_back(samples.mean[static_cast<std::size_t>(h * n + r)]);
      atoms.weight.push_back(1.0);
    } else {
      std::map<std::vector<double>, int> seen;
      for (const int e : used) {
        std::vector<double> point(samples.at(e, h), samples.at(e, h) + n);
        const auto [place, fresh] = seen.emplace(point, atoms.count());
        if (fresh) {
          atoms.omega.insert(atoms.omega.end(), point.begin(), point.end());
          atoms.weight.push_back(0.0);
        }
        atoms.weight[static_cast<std::size_t>(place->second)] += 1.0 / static_cast<double>(used.size());
        if (!atoms.atom_of_sample.empty())
          atoms.atom_of_sample[static_cast<std::size_t>(e * hours + h)] = place->second;
      }
    }
    atoms.first.push_back(atoms.count());
  }
  if (whole && settings.model == UncertaintyModel::ro) atoms.moves = true;
  if (whole && settings.model == UncertaintyModel::dro) {
    atoms.radius = wasserstein_radius(samples, settings.confidence, settings.radius_factor);
    atoms.moves = atoms.priced = atoms.radius > 0.0;  // φ = 0 is the sample average
  }
  return atoms;
}

}  // namespace wattstein::engine
