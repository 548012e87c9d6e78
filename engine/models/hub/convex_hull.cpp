#include <algorithm>
#include <cmath>

#include "engine/models/hub/heat.hpp"

namespace wattstein::engine {
namespace {

double cross(const PowerHeat& a, const PowerHeat& b, const PowerHeat& c) {
  return (b.p_mw - a.p_mw) * (c.h_mw - a.h_mw) - (b.h_mw - a.h_mw) * (c.p_mw - a.p_mw);
}

// The side from a to b: what lies left of it is inside.
HalfPlane side(const PowerHeat& a, const PowerHeat& b) {
  const double dp = b.p_mw - a.p_mw, dh = b.h_mw - a.h_mw;
  const double length = std::hypot(dp, dh);
  const double p_factor = dh / length, h_factor = -dp / length;
  return {p_factor, h_factor, p_factor * a.p_mw + h_factor * a.h_mw};
}

}  // namespace

// Andrew's monotone chain.
std::vector<HalfPlane> convex_hull(std::vector<PowerHeat> corners) {
  const auto before = [](const PowerHeat& a, const PowerHeat& b) {
    return a.p_mw != b.p_mw ? a.p_mw < b.p_mw : a.h_mw < b.h_mw;
  };
  std::sort(corners.begin(), corners.end(), before);
  corners.erase(std::unique(corners.begin(), corners.end(),
                            [](const auto& a, const auto& b) { return a.p_mw == b.p_mw && a.h_mw == b.h_mw; }),
                corners.end());
  double size = 0.0;
  for (const auto& corner : corners) size = std::max({size, std::abs(corner.p_mw), std::abs(corner.h_mw)});
  const double flat = 1e-12 * size * size;  // a corner this close to a side's line is no corner
  std::vector<PowerHeat> hull;
  const auto chain = [&](auto begin, auto end) {
    const std::size_t start = hull.size();
    for (auto it = begin; it != end; ++it) {
      while (hull.size() >= start + 2 && cross(hull[hull.size() - 2], hull.back(), *it) <= flat) hull.pop_back();
      hull.push_back(*it);
    }
    hull.pop_back();  // the other chain starts here
  };
  chain(corners.begin(), corners.end());
  chain(corners.rbegin(), corners.rend());
  std::vector<HalfPlane> sides;
  for (std::size_t k = 0; k < hull.size(); ++k) sides.push_back(side(hull[k], hull[(k + 1) % hull.size()]));
  return sides;
}

}  // namespace wattstein::engine
