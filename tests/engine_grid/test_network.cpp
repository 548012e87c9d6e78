// Networks as graphs: what exists, islands, loops, trees, two-ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <string>

#include "engine/error/error.hpp"
#include "engine/grid/network.hpp"

namespace wattstein::grid {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

MatpowerCase star() {  // 10 - 20 - 30, 20 - 40, and 50 left out
  MatpowerCase c;
  c.file = "star.m";
  c.base_mva = 10.0;
  for (int number : {10, 20, 30, 40, 50}) {
    MatpowerBus bus;
    bus.number = number;
    bus.type = number == 10 ? BusType::reference : number == 50 ? BusType::isolated : BusType::pq;
    c.buses.push_back(bus);
  }
  const auto line = [&](int from, int to) {
    MatpowerBranch branch;
    branch.from = from, branch.to = to;
    branch.r_pu = 0.01, branch.x_pu = 0.02;
    c.branches.push_back(branch);
  };
  line(20, 10), line(20, 30), line(40, 20), line(40, 50);
  MatpowerUnit unit;
  unit.bus = 10;
  c.units.push_back(unit);
  return c;
}

template <class Body>
std::string message_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Network, leaves_out_type_4_and_what_is_out_of_service) {
  MatpowerCase c = star();
  c.buses[2].type = BusType::pv;  // without a unit: PQ
  MatpowerUnit off;
  off.bus = 30;
  off.in_service = false;
  c.units.push_back(off);
  const Network network = make_network(c);
  EXPECT_EQ(network.buses(), 4);
  EXPECT_EQ(network.lines.size(), 3u);
  EXPECT_EQ(network.types[2], BusType::pq);
  EXPECT_THAT(network.unit_rows, ElementsAre(0));
  EXPECT_THAT(message_of([&] { network.index_of(50); }), HasSubstr("left out"));
  EXPECT_THAT(message_of([&] { network.index_of(60); }), HasSubstr("no bus 60"));
}

TEST(Network, tree_points_to_the_reference) {
  const Network network = make_network(star());
  const Tree tree = orient_tree(network);
  EXPECT_THAT(tree.order, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(tree.parent, ElementsAre(-1, 0, 1, 1));
  EXPECT_THAT(tree.depth, ElementsAre(0, 1, 2, 2));
  EXPECT_THAT(tree.path(3), ElementsAre(0, 2));
  EXPECT_THAT(tree.path(0), ElementsAre());
}

TEST(Network, loops_and_islands_are_named) {
  MatpowerCase c = star();
  c.branches[3].to = 30;  // 40 - 30 closes a loop
  EXPECT_THAT(find_loop(make_network(c)), ::testing::AnyOf("40-20-30-40", "30-20-40-30"));
  EXPECT_THAT(message_of([&] { orient_tree(make_network(c)); }), AllOf(HasSubstr("meshed"), HasSubstr("20")));
  c.branches[1].in_service = false;
  EXPECT_EQ(find_loop(make_network(c)), "");
  c.branches[3].in_service = false;
  EXPECT_THAT(message_of([&] { require_reference_everywhere(make_network(c)); }),
              HasSubstr("connects bus 30 to a reference"));
  EXPECT_THAT(message_of([&] { orient_tree(make_network(c)); }), HasSubstr("connects bus 30 to bus 10"));
  EXPECT_THAT(islands(make_network(c)), ElementsAre(0, 0, 1, 0));
}

TEST(Network, parallel_lines_are_a_loop) {
  MatpowerCase c = star();
  c.branches[3] = c.branches[1];
  EXPECT_THAT(find_loop(make_network(c)), ::testing::AnyOf("20-30-20", "30-20-30"));
}

TEST(Network, several_or_no_references_are_refused_for_a_tree) {
  MatpowerCase c = star();
  c.buses[3].type = BusType::reference;
  EXPECT_THAT(message_of([&] { orient_tree(make_network(c)); }), HasSubstr("10, 40"));
  c.buses[3].type = c.buses[0].type = BusType::pq;
  EXPECT_THAT(message_of([&] { require_reference_everywhere(make_network(c)); }), HasSubstr("no reference bus"));
}

TEST(Network, a_line_without_impedance_is_refused) {
  MatpowerCase c = star();
  c.branches[1].r_pu = c.branches[1].x_pu = 0.0;
  EXPECT_THAT(message_of([&] { make_network(c); }), HasSubstr("no impedance"));
}

TEST(Network, two_port_of_an_ideal_transformer_scales_voltages) {
  MatpowerBranch branch;
  branch.r_pu = 0.01, branch.x_pu = 0.1, branch.b_pu = 0.04, branch.ratio = 0.95, branch.shift_deg = 30.0;
  const TwoPort port = two_port(branch);
  // No current in the series element when V_from = a V_to: only charging currents are left.
  const std::complex<double> a = std::polar(0.95, branch.shift_deg * 3.14159265358979323846 / 180.0), v_to(1.02, -0.1),
                             v_from = a * v_to;
  const std::complex<double> half_charging(0.0, 0.02);
  EXPECT_NEAR(std::abs(port.tf * v_from + port.tt * v_to - half_charging * v_to), 0.0, 1e-14);
  EXPECT_NEAR(std::abs(port.ff * v_from + port.ft * v_to - half_charging * v_from / (0.95 * 0.95)), 0.0, 1e-13);
}

}  // namespace
}  // namespace wattstein::grid
