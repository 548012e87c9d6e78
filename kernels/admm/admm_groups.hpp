#pragma once
// Problems of one rung side by side: the others wait in slots. Included by admm_body.hpp.

#include "kernels/admm/admm_body.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::park(int lane) {
  int slot = 0;
  while (parked_control[slot].problem >= 0)
    ++slot;  // there is one: a problem is taken only when all lanes can be parked
  parked_control[slot] = control[lane];
  control[lane].problem = -1;
  double* to = slot_state(slot);
  const int n = job.pattern.n, rows = job.pattern.rows;
  team.each(n, [&](int j) {
    to[j] = get_lane(x[j], lane);
    to[n + j] = get_lane(z_b[j], lane);
    to[2 * n + j] = get_lane(u_b[j], lane);
  });
  team.each(rows, [&](int i) {
    to[3 * n + i] = get_lane(z[i], lane);
    to[3 * n + rows + i] = get_lane(u[i], lane);
  });
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::unpark(int slot, int lane) {
  control[lane] = parked_control[slot];
  parked_control[slot].problem = -1;
  load_data(lane, control[lane].problem);
  take_rung(lane);
  const double* from = slot_state(slot);
  const int n = job.pattern.n, rows = job.pattern.rows;
  team.each(n, [&](int j) {
    set_lane(x[j], lane, from[j]);
    set_lane(z_b[j], lane, from[n + j]);
    set_lane(u_b[j], lane, from[2 * n + j]);
  });
  team.each(rows, [&](int i) {
    set_lane(z[i], lane, from[3 * n + i]);
    set_lane(u[i], lane, from[3 * n + rows + i]);
  });
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::take_group(int key, int rung) {
  group_key = key;
  group_rung = rung;
  rho = Real(rho_of(rung));
  if constexpr (Shared) {
    const FactorNumbers numbers = job.table ? job.table[key * RhoLadder::rungs + rung - RhoLadder::lowest]
                                            : job.factors.get(job.factors.context, key, rung);
    by_column = numbers.by_column;
    by_row = numbers.by_row;
    inverse_pivot = numbers.inverse_pivot;
  }
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY auto AdmmBody<Team, Real, Shared>::active_lanes() const -> int {
  int active = 0;
  for (int lane = 0; lane < lanes; ++lane) active += control[lane].problem >= 0 ? 1 : 0;
  return active;
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::fill_group(bool& more) {
  for (int lane = 0; lane < lanes; ++lane) {
    for (int slot = 0; slot < slots && control[lane].problem < 0; ++slot) {
      const AdmmControl& c = parked_control[slot];
      if (c.problem >= 0 && c.key == group_key && c.rung == group_rung) unpark(slot, lane);
    }
    while (more && control[lane].problem < 0) {
      int free = 0;
      for (int slot = 0; slot < slots; ++slot) free += parked_control[slot].problem < 0 ? 1 : 0;
      if (free < active_lanes() + 1) break;
      const std::int64_t b = team.next(job.queue);
      if (b < 0) {
        more = false;
      } else if (load(lane, b)) {
        if (group_key < 0) take_group(control[lane].key, control[lane].rung);
        if (control[lane].key != group_key || control[lane].rung != group_rung) park(lane);
      }
    }
  }
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY auto AdmmBody<Team, Real, Shared>::fullest_slot(int than) const -> int {
  int best = -1;
  for (int slot = 0; slot < slots; ++slot) {
    if (parked_control[slot].problem < 0) continue;
    int count = 0;
    for (int other = 0; other < slots; ++other)
      if (parked_control[other].problem >= 0 && parked_control[other].key == parked_control[slot].key &&
          parked_control[other].rung == parked_control[slot].rung)
        ++count;
    if (count > than) {
      than = count;
      best = slot;
    }
  }
  return best;
}

template <class Team, class Real, bool Shared>
WATTSTEIN_BODY void AdmmBody<Team, Real, Shared>::run_groups() {
  bool more = true;
  while (true) {
    fill_group(more);
    const int active = active_lanes();
    if (active < lanes) {
      const int slot = fullest_slot(active);
      if (slot >= 0) {
        const int key = parked_control[slot].key, rung = parked_control[slot].rung;
        for (int lane = 0; lane < lanes; ++lane)
          if (control[lane].problem >= 0) park(lane);
        take_group(key, rung);
        fill_group(more);
      }
    }
    if (active_lanes() == 0) break;
    window(team.stop(job.queue));
  }
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
