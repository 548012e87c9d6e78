// The case reader: every case at hand, the unit conversions, and files that must be refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/grid/matpower.hpp"
#include "engine/grid/network.hpp"

namespace wattstein::grid {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string small = R"(function mpc = small
%SMALL  a comment with dots ... and a quote ' in it
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [ % kW
	1	3	0	0	0	0	1	1	0	12.66	1	1	1;
	2	1	100	60	0	0	1	1	0	12.66	1	1.1	0.9; 3 1 90 40 0 0 1 1 0 12.66 1 1.1 0.9
];
mpc.gen = [
	1	0	0	Inf	-Inf	1	100	1	10	0;
];
mpc.branch = [	%% ohm ...
	1	2	0.0922	0.047	0.001	0	0	0	0	0	1	-360	360;
	2	3	0.4930	0.2511 ... the row goes on
	0	0	0	0	0	0	1	-360	360;
];
mpc.gencost = [
	2	0	0	3	0	20	0;
];
)";

const std::string conversions = R"([PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN, LAM_P, LAM_Q, MU_VMAX, MU_VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X, BR_B, RATE_A, RATE_B, RATE_C, ...
    TAP, SHIFT, BR_STATUS, PF, QF, PT, QT, MU_SF, MU_ST, ...
    ANGMIN, ANGMAX, MU_ANGMIN, MU_ANGMAX] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

std::string refusal(const std::string& text) {
  try {
    parse_matpower(text, "case.m");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

double load_mw(const MatpowerCase& c) {
  double sum = 0.0;
  for (const MatpowerBus& bus : c.buses) sum += bus.p_mw;
  return sum;
}

TEST(Matpower, rows_on_one_line_and_continued_rows_are_read) {
  const MatpowerCase c = parse_matpower(small, "small.m");
  ASSERT_EQ(c.buses.size(), 3u);
  ASSERT_EQ(c.branches.size(), 2u);
  EXPECT_EQ(c.buses[2].number, 3);
  EXPECT_EQ(c.buses[2].line, 7);
  EXPECT_EQ(c.branches[1].r_pu, 0.4930);
  EXPECT_EQ(c.branches[1].angle_max_deg, 360.0);
  EXPECT_EQ(c.branches[1].line, 14);
  EXPECT_TRUE(std::isinf(c.units[0].q_max_mvar));
  EXPECT_EQ(c.costs[0].coefficients, (std::vector<double>{0.0, 20.0, 0.0}));
}

TEST(Matpower, conversions_are_applied_in_file_order_and_leave_charging_alone) {
  const MatpowerCase c = parse_matpower(small + conversions, "small.m");
  const double base_ohm = 12660.0 * 12660.0 / 10e6;
  EXPECT_DOUBLE_EQ(c.branches[0].r_pu, 0.0922 / base_ohm);
  EXPECT_DOUBLE_EQ(c.branches[0].x_pu, 0.047 / base_ohm);
  EXPECT_EQ(c.branches[0].b_pu, 0.001);
  EXPECT_DOUBLE_EQ(c.buses[1].p_mw, 0.1);
  EXPECT_DOUBLE_EQ(c.buses[1].q_mvar, 0.06);
}

TEST(Matpower, power_factor_statements_take_reactive_power_from_the_old_active_column) {
  const MatpowerCase c = parse_matpower(
      small + "pf = 0.85;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf)); mpc.bus(:, PD) = mpc.bus(:, PD) * pf;\n",
      "a.m");
  EXPECT_DOUBLE_EQ(c.buses[1].p_mw, 85.0);
  EXPECT_DOUBLE_EQ(c.buses[1].q_mvar, 100.0 * std::sin(std::acos(0.85)));
}

TEST(Matpower, quoted_tables_and_block_comments_are_read_over) {
  const std::string text = small +
                           "%{\nmpc.bus = nonsense\n%}\nmpc.bus_name = {\n\t'Olive 50% ; [';\n\t\"N. E. ... "
                           "V2\";\n};\nmpc.extra = [1 2; 3 4];\n";
  EXPECT_EQ(parse_matpower(text, "a.m").buses.size(), 3u);
}

TEST(Matpower, every_other_statement_is_refused_and_quoted) {
  for (const std::string statement :
       {"mpc.gen(:, PG) = mpc.gen(:, PG) / 1e3", "mpc.branch(:, BR_B) = mpc.branch(:, BR_B) / 2", "mpc.bus(2, PD) = 5",
        "mpc = loadcase('other')", "for k = 1:3", "end", "mpc.bus(:, PD) = mpc.bus(:, PD) * unknown_name",
        "mpc.bus(:, PD) = mpc.bus(:, PD) + 1", "Vbase = mpc.bus(2, BASE_KV) * 1e3", "mpc.scale = 3",
        "mpc.bus(:, PD) =", "mpc.bus(:, [PD QD]) = mpc.bus(:, PD) / 2", "[QD, PD] = idx_bus", "x = [1 2",
        "pf = 0.85 0.9", "mpc.other = [1 2] * 3"}) {
    const std::string message = refusal(small + "\n" + statement + ";\n");
    EXPECT_THAT(message, AllOf(HasSubstr("case.m, line 2"), HasSubstr(statement))) << statement;
  }
}

TEST(Matpower, faults_name_the_line_and_what_was_expected) {
  const auto broken = [](const std::string& what, const std::string& by) { return refusal(replaced(small, what, by)); };
  EXPECT_THAT(broken("0.0922", "NaN"),
              AllOf(HasSubstr("line 13"), HasSubstr("'NaN' in table mpc.branch is not a number")));
  EXPECT_THAT(broken("0.0922", "Inf"), AllOf(HasSubstr("line 13"), HasSubstr("column 3"), HasSubstr("finite")));
  EXPECT_THAT(broken("0.0922", "0.09x"), HasSubstr("'0.09x'"));
  EXPECT_THAT(broken("0.047\t", ""), AllOf(HasSubstr("line 14"), HasSubstr("has 13 columns, the first row has 12")));
  EXPECT_THAT(broken("mpc.baseMVA = 10;", ""), HasSubstr("mpc.baseMVA is missing"));
  EXPECT_THAT(broken("mpc.baseMVA = 10;", "mpc.baseMVA = -10;"), HasSubstr("positive"));
  EXPECT_THAT(broken("mpc.gen =", "mpc.gem ="), HasSubstr("mpc.gen is missing"));
  EXPECT_THAT(broken("mpc.gencost =", "mpc.gen ="), HasSubstr("mpc.gen is given a second time"));
  EXPECT_THAT(broken("3 1 90", "2 1 90"), HasSubstr("bus 2 is given a second time"));
  EXPECT_THAT(broken("3 1 90", "3 7 90"), HasSubstr("type 7"));
  EXPECT_THAT(broken("3 1 90", "3.5 1 90"), HasSubstr("whole number"));
  EXPECT_THAT(broken("3 1 90", "8 1 90"), AllOf(HasSubstr("line 14"), HasSubstr("bus 3, which is not in mpc.bus")));
  EXPECT_THAT(broken("\t2\t3\t0.4930", "\t2\t2\t0.4930"), HasSubstr("connects bus 2 with itself"));
  EXPECT_THAT(broken("2	0	0	3	0", "2	0	0	4	0"),
              HasSubstr("announces 4 coefficients"));
  EXPECT_THAT(broken("];\nmpc.gen =", "\nmpc.gen ="), HasSubstr("not closed"));
  EXPECT_THAT(refusal(""), HasSubstr("missing"));
  EXPECT_THAT(refusal(replaced(small, "0 12.66 1 1.1 0.9\n", "0 12.66 1 1.1 0.9\n'open\n")),
              HasSubstr("quoted text is not closed"));
  EXPECT_THAT(refusal(replaced(small, "12.66\t1\t1\t1", "0\t1\t1\t1") + conversions),
              HasSubstr("not finite after the conversions"));
}

TEST(Matpower, a_file_cut_anywhere_is_refused_or_whole) {
  const std::string text = small + conversions;
  int refused = 0;
  for (std::size_t length = 0; length < text.size(); ++length) {
    try {
      const MatpowerCase c = parse_matpower(text.substr(0, length), "cut.m");
      EXPECT_EQ(c.buses.size(), 3u) << length;
      EXPECT_EQ(c.branches.size(), 2u) << length;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(small.size()) / 2);
}

TEST(Matpower, random_damage_never_gives_a_number_that_is_not_finite) {
  std::mt19937 random(7);
  const std::string text = small + conversions;
  const std::string letters = "0123456789.eE+-*/^()[]{}';,%\n\t abcNInf=:";
  for (int trial = 0; trial < 4000; ++trial) {
    std::string damaged = text;
    for (int k = 0; k < 1 + trial % 4; ++k) damaged[random() % damaged.size()] = letters[random() % letters.size()];
    try {
      const MatpowerCase c = parse_matpower(damaged, "damaged.m");
      for (const MatpowerBus& bus : c.buses) ASSERT_TRUE(std::isfinite(bus.p_mw) && std::isfinite(bus.vm_pu));
      for (const MatpowerBranch& branch : c.branches)
        ASSERT_TRUE(std::isfinite(branch.r_pu) && std::isfinite(branch.x_pu));
    } catch (const Error& error) {
      ASSERT_GT(std::string(error.what()).size(), 10u);
    }
  }
}

std::vector<fs::path> shared_cases() {
  std::vector<fs::path> files;
  for (const char* folder : {"data/networks", "studies", "golden"}) {
    const fs::path root = fs::path(WATTSTEIN_SHARED) / folder;
    if (!fs::exists(root)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".m") files.push_back(entry.path());
    }
  }
  return files;
}

TEST(Matpower, every_case_at_hand_is_read_and_makes_a_network) {
  const std::vector<fs::path> files = shared_cases();
  if (files.empty()) GTEST_SKIP() << "no shared data at " << WATTSTEIN_SHARED;
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.string());
    const MatpowerCase c = read_matpower(file);
    EXPECT_GT(c.buses.size(), 1u);
    EXPECT_NO_THROW(require_reference_everywhere(make_network(c)));
  }
}

TEST(Matpower, loads_of_published_cases) {
  const fs::path folder = fs::path(WATTSTEIN_SHARED) / "data/networks";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data at " << WATTSTEIN_SHARED;
  const MatpowerCase c33 = read_matpower(folder / "case33bw.m");
  EXPECT_NEAR(load_mw(c33), 3.715, 1e-12);
  EXPECT_EQ(make_network(c33).lines.size(), 32u);  // five tie lines are open
  EXPECT_NEAR(load_mw(read_matpower(folder / "case69.m")), 3.8021, 1e-3);
  EXPECT_NEAR(load_mw(read_matpower(folder / "case118.m")), 4242.0, 1e-9);
}

}  // namespace
}  // namespace wattstein::grid
