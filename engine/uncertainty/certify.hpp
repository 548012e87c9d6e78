#pragma once
// W(x) from above: the inner maxima over all candidates (every coordinate lo, hi or its sample value), without solving
// most of them. Q_h is convex in ω, so with t the place of ω_r between lo and hi
//
//     Q(.., ω_r, ..) ≤ t Q(.., hi_r, ..) + (1−t) Q(.., lo_r, ..)        and     Q(ω + δ e_r) ≤ Q(ω) + C_r δ
//
// (more of a renewable can always be curtailed at C_r). Starting from known corners and samples these two bound every
// candidate of the lattice from above; the pool bounds the maximum from below; only candidates between the two are
// looked at, and Q there is mostly read off a piece that another candidate has found (recourse_pieces.hpp).

#include <span>
#include <vector>

#include "engine/uncertainty/worst_case.hpp"

namespace wattstein::engine {

struct CertifySettings {
  bool enumerate = true;    // solve candidates until the bounds meet; false (climb): no more than corners and samples
  double tolerance = 1e-3;  // $: allowed difference of upper and lower value of W
  int per_round = 16;       // candidates of an atom asked for at a time
};

struct Certificate {
  double zeta = 0.0;
  double upper = 0.0;           // W(x) ≤ upper
  double lower = 0.0;           // the same sum from the pool at this ζ
  std::vector<double> hourly;   // (H) upper, without ζ φ
  std::int64_t candidates = 0;  // of all atoms
  std::int64_t solved = 0;      // of them looked at
};

/// Upper bounds of W at the agents' current points (WorstCase::set_point), each at its ζ. New duals join the pools.
std::vector<Certificate> certify(std::span<WorstCase* const> agents, std::span<const double> zetas,
                                 RecourseSolver& solver, const CertifySettings& settings);

/// W(x) of agents at their current points: climbs and certifies until the best ζ of the pool no longer changes the
/// value by more than the tolerance.
std::vector<Certificate> evaluate(std::span<WorstCase* const> agents, RecourseSolver& solver,
                                  const CertifySettings& settings);

}  // namespace wattstein::engine
