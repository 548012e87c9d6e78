#pragma once
// A MATPOWER case (format version 2) as typed rows, in MW, MVAr and per unit: the statements after the tables that
// convert ohm and kW are already applied. Columns: MATPOWER manual, appendix B (Zimmerman, Murillo-Sánchez, 2020).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wattstein::grid {

enum class BusType : int { pq = 1, pv = 2, reference = 3, isolated = 4 };

struct MatpowerBus {
  int number = 0;
  BusType type = BusType::pq;
  double p_mw = 0.0, q_mvar = 0.0;              // Pd, Qd: demand
  double shunt_g_mw = 0.0, shunt_b_mvar = 0.0;  // Gs drawn, Bs injected, at 1 p.u.
  int area = 1;
  double vm_pu = 1.0, va_deg = 0.0;
  double base_kv = 0.0;
  int zone = 1;
  double v_max_pu = 1.1, v_min_pu = 0.9;
  int line = 0;  // of the file, from 1
};

struct MatpowerUnit {
  int bus = 0;
  double p_mw = 0.0, q_mvar = 0.0;            // Pg, Qg
  double q_max_mvar = 0.0, q_min_mvar = 0.0;  // may be infinite
  double v_set_pu = 1.0;                      // Vg
  double base_mva = 0.0;                      // mBase
  bool in_service = true;                     // status > 0
  double p_max_mw = 0.0, p_min_mw = 0.0;      // may be infinite
  double ramp_10_mw = 0.0, ramp_30_mw = 0.0;  // 0 where the table has no such column
  int line = 0;
};

struct MatpowerBranch {
  int from = 0, to = 0;                                         // bus numbers
  double r_pu = 0.0, x_pu = 0.0, b_pu = 0.0;                    // series impedance, total charging
  double rate_a_mva = 0.0, rate_b_mva = 0.0, rate_c_mva = 0.0;  // 0: no limit
  double ratio = 0.0, shift_deg = 0.0;                          // as in the file: ratio 0 means 1
  bool in_service = true;                                       // status != 0
  double angle_min_deg = -360.0, angle_max_deg = 360.0;
  int line = 0;

  double tap() const { return ratio == 0.0 ? 1.0 : ratio; }
};

struct MatpowerCost {
  int model = 2;                         // 1: points (p_1, f_1, p_2, f_2, …); 2: polynomial, highest power first
  double startup = 0.0, shutdown = 0.0;  // $
  std::vector<double> coefficients;      // model 1: 2 × points, MW and $/h; model 2: n coefficients
  int line = 0;
};

struct MatpowerCase {
  std::filesystem::path file;
  double base_mva = 0.0;
  std::vector<MatpowerBus> buses;
  std::vector<MatpowerUnit> units;
  std::vector<MatpowerBranch> branches;
  std::vector<MatpowerCost> costs;  // none, one per unit, or two per unit (reactive ones after all active ones)

  /// "case33bw.m, line 12": the start of a message about a row.
  std::string where(int line) const;
};

/// Reads a case file. Every table row is checked: known buses, distinct bus numbers, finite numbers (limits may be
/// ±Inf). The conversions of a distribution case are applied in file order:
///     Vbase = mpc.bus(1, BASE_KV) * 1e3;  Sbase = mpc.baseMVA * 1e6;
///     mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
///     mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
///     pf = 0.85;  mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));  mpc.bus(:, PD) = mpc.bus(:, PD) * pf;
/// Any other statement is an Error that names file and line and quotes it. Nothing is guessed.
MatpowerCase read_matpower(const std::filesystem::path& file);

/// The same from text; `name_for_messages` stands where the file's name would.
MatpowerCase parse_matpower(std::string_view text, const std::filesystem::path& name_for_messages);

}  // namespace wattstein::grid
