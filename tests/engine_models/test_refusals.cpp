// Every refusal of the study page: the message names the file (and line or key) and what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "small_study.hpp"

namespace wattstein::engine {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::SmallStudy;

struct Fault {
  std::string name;
  std::function<void(SmallStudy&)> change;
  std::vector<std::string> overrides;
  std::vector<std::string> says;  // all of these
};

std::function<void(SmallStudy&)> replaced(std::string file, std::string from, std::string to) {
  return [=](SmallStudy& study) { study.replace(file, from, to); };
}
std::function<void(SmallStudy&)> appended(std::string file, std::string text) {
  return [=](SmallStudy& study) { study.append(file, text); };
}

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class Refused : public testing::TestWithParam<Fault> {};

TEST_P(Refused, NamesWhatIsWrong) {
  SmallStudy study;
  GetParam().change(study);
  const std::string message = study.refusal(GetParam().overrides);
  for (const auto& text : GetParam().says) EXPECT_THAT(message, HasSubstr(text));
}

const std::string unit_tail = "reserve_up_max_mw = 10.0\n";

INSTANTIATE_TEST_SUITE_P(
    Transmission, Refused,
    testing::Values(
        Fault{"UnknownKey",
              replaced("study.toml", "load_profile", "load_profil"),
              {},
              {"study.toml, line", "load_profil"}},
        Fault{"UnknownUnitKey",
              replaced("study.toml", unit_tail, unit_tail + "colour = 3\n"),
              {},
              {"study.toml", "colour"}},
        Fault{"UnitWithoutName", replaced("study.toml", "name = \"g\"\n", ""), {}, {"transmission.unit", "'name'"}},
        Fault{"UnitAtUnknownBus",
              replaced("study.toml", "bus = 1\n", "bus = 4\n"),
              {},
              {"study.toml", "'bus'", "bus 4", "net.m"}},
        Fault{"UnitLimitsCrossed",
              replaced("study.toml", unit_tail, unit_tail + "p_min_mw = 120.0\n"),
              {},
              {"'p_min_mw'", "120", "'p_max_mw'"}},
        Fault{"NegativeQuadraticCost",
              replaced("study.toml", unit_tail, unit_tail + "cost_per_mw2h = -1.0\n"),
              {},
              {"cost_per_mw2h", "-1"}},
        Fault{"NegativeCapacity",
              replaced("study.toml", "capacity_mw = 30.0", "capacity_mw = -3.0"),
              {},
              {"'capacity_mw'", "-3"}},
        Fault{"InfiniteCapacity", replaced("study.toml", "p_max_mw = 100.0", "p_max_mw = inf"), {}, {"'p_max_mw'"}},
        Fault{"NotANumber", replaced("study.toml", "p_max_mw = 100.0", "p_max_mw = nan"), {}, {"'p_max_mw'"}},
        Fault{"InitialChargeOutside",
              replaced("study.toml", "soc_initial_mwh = 4.0", "soc_initial_mwh = 14.0"),
              {},
              {"'soc_initial_mwh'", "14"}},
        Fault{"NoEfficiency",
              replaced("study.toml", "soc_initial_mwh = 4.0", "soc_initial_mwh = 4.0\nefficiency = 0.0"),
              {},
              {"'efficiency'", "(0, 1]"}},
        Fault{"EfficiencyAboveOne",
              replaced("study.toml", "soc_initial_mwh = 4.0", "soc_initial_mwh = 4.0\nefficiency = 1.2"),
              {},
              {"'efficiency'", "1.2"}},
        Fault{"EqualNames", replaced("study.toml", "name = \"e\"", "name = \"g\""), {}, {"'g'", "twice"}},
        Fault{"ProfileTooShort",
              replaced("study.toml", "load_profile = [1.0, 0.8]", "load_profile = [1.0]"),
              {},
              {"'load_profile'", "expected 2"}},
        Fault{"ProfileFileAbsent",
              replaced("study.toml", "load_profile = [1.0, 0.8]", "load_profile = \"p.csv:load\""),
              {},
              {"p.csv"}},
        Fault{"CaseAbsent", replaced("study.toml", "network = \"net.m\"", "network = \"nets.m\""), {}, {"nets.m"}},
        Fault{"SamplesMissing",
              replaced("study.toml", "samples = \"wind.csv\"\n", ""),
              {},
              {"'samples'", "[transmission]"}},
        Fault{"SamplesLacking",
              replaced("study.toml", "samples = \"wind.csv\"\n",
                       "samples = \"wind.csv\"\nsample_first = 2\nsample_count = 2\n"),
              {},
              {"wind.csv", "2 .. 3"}},
        Fault{"SamplesForAnother", replaced("wind.csv", "hour,w", "hour,v"), {}, {"wind.csv", "'v'"}},
        Fault{"SampleBelowZero", replaced("wind.csv", "1,1,10", "1,1,-10"), {}, {"wind.csv, line 2", "below 0"}},
        Fault{"SampleAboveCapacity",
              replaced("wind.csv", "1,1,10", "1,1,31"),
              {},
              {"wind.csv", "outside its support", "hour 1", "'w'"}},
        Fault{"SupportUnknown",
              replaced("study.toml", "samples = \"wind.csv\"\n", "samples = \"wind.csv\"\nsupport = \"all\"\n"),
              {},
              {"'support'", "'all'"}},
        Fault{"XZero",
              replaced("net.m", "5	7	0.01	0.2", "5	7	0.01	0.0"),
              {},
              {"net.m, line", "5-7", "x = 0"}},
        Fault{"TwoReferences", replaced("net.m", "5	1	20", "5	3	20"), {}, {"net.m", "reference"}},
        Fault{"NoReference", replaced("net.m", "1	3	0", "1	1	0"), {}, {"net.m", "reference"}},
        Fault{"Disconnected",
              [](SmallStudy& s) {
                s.replace("net.m",
                          "	5	7	0.01	0.2	0	0	0	0	0	0	1",
                          "	5	7	0.01	0.2	0	0	0	0	0	0	0")
                    .replace("net.m", "0	40	0	0	0	0	1",
                             "0	40	0	0	0	0	0");
              },
              {},
              {"net.m", "7"}},
        Fault{"UnknownLine",
              appended("study.toml", "[[transmission.line_limit]]\nfrom = 1\nto = 9\nlimit_mw = 3.0\n"),
              {},
              {"transmission.line_limit", "0 line(s) between bus 1 and bus 9"}},
        Fault{"UnknownCircuit",
              appended("study.toml", "[[transmission.line_limit]]\nfrom = 5\nto = 1\ncircuit = 2\nlimit_mw = 3.0\n"),
              {},
              {"'circuit'", "circuit 2"}},
        Fault{"NetworkCostsMissing",
              [](SmallStudy& s) {
                s.replace("study.toml",
                          "[[transmission.unit]]\nname = \"g\"\nbus = 1\np_max_mw = 100.0\ncost_per_mwh = "
                          "20.0\nreserve_up_max_mw = 10.0\n",
                          "");
              },
              {},
              {"net.m", "gencost", "gen1"}},
        Fault{"NetworkCostOfPoints",
              [](SmallStudy& s) {
                s.replace("study.toml",
                          "[[transmission.unit]]\nname = \"g\"\nbus = 1\np_max_mw = 100.0\ncost_per_mwh = "
                          "20.0\nreserve_up_max_mw = 10.0\n",
                          "")
                    .append("net.m", "mpc.gencost = [\n1 0 0 2 0 0 100 2000;\n];\n");
              },
              {},
              {"net.m, line", "gen1", "degree 2"}},
        Fault{"Confidence",
              [](SmallStudy&) {},
              {"ambiguity.confidence=1.0"},
              {"--set ambiguity.confidence=1.0", "(0, 1)"}},
        Fault{"RadiusNegative", [](SmallStudy&) {}, {"ambiguity.radius_mw=-1.0"}, {"--set ambiguity.radius_mw=-1.0"}},
        Fault{"RadiusAWord",
              [](SmallStudy&) {},
              {"ambiguity.radius_mw=wide"},
              {"--set ambiguity.radius_mw=wide", "auto"}},
        Fault{"ModelUnknown",
              [](SmallStudy&) {},
              {"ambiguity.model=best"},
              {"--set ambiguity.model=best", "dro|sp|ro|det"}},
        Fault{
            "CaseUnknown", [](SmallStudy&) {}, {"coordination.case=three"}, {"--set coordination.case=three", "three"}},
        Fault{"TooManyHubsAsked", [](SmallStudy&) {}, {"coordination.hubs=3"}, {"hubs", "1 hubs"}}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Hubs, Refused,
    testing::Values(
        Fault{"UnknownBus",
              replaced("study.toml", "file = \"hub.toml\"\nbus = 5", "file = \"hub.toml\"\nbus = 6"),
              {},
              {"[hub[0]]", "bus 6"}},
        Fault{"NamedTransmission",
              replaced("study.toml", "name = \"north\"", "name = \"transmission\""),
              {},
              {"[hub[0]]", "'transmission'"}},
        Fault{"FileAbsent", replaced("study.toml", "hub.toml", "hubs.toml"), {}, {"hubs.toml"}},
        Fault{"ListTooShort",
              [](SmallStudy& s) {
                s.replace("study.toml", "bus = 5\nimport", "bus = [5, 7]\nload_scale = [1.0]\nimport");
              },
              {},
              {"'load_scale'", "expected 2"}},
        Fault{"EqualCopies",
              appended("study.toml", "[[hub]]\nname = \"north\"\nfile = \"hub.toml\"\nbus = 7\nimport_max_mw = 1.0\n"),
              {},
              {"[hub[1]]", "'north'"}},
        Fault{"ImportBelowExport",
              replaced("study.toml", "export_max_mw = 3.0", "export_max_mw = -9.0"),
              {},
              {"'import_max_mw'"}},
        Fault{"UnknownTable", appended("hub.toml", "[water]\n"), {}, {"hub.toml", "water"}},
        Fault{"QExchangeMissing",
              replaced("hub.toml", "q_exchange_max_mvar = 3.0\n", ""),
              {},
              {"hub.toml", "q_exchange_max_mvar"}},
        Fault{"NotRadial",
              replaced("feeder.m", "mpc.branch = [\n",
                       "mpc.branch = [\n	1	3	0.1	0.1	0	0	0	0	"
                       "0	0	1	-360	360;\n"),
              {},
              {"feeder.m", "1", "2", "3"}},
        Fault{"Tap",
              replaced("feeder.m", "1	2	0.04	0.03	0	0	0	0	0",
                       "1	2	0.04	0.03	0	0	0	0	0.95"),
              {},
              {"feeder.m, line", "1-2", "0.95"}},
        Fault{"NegativeResistance",
              replaced("feeder.m", "1	2	0.04", "1	2	-0.04"),
              {},
              {"feeder.m, line", "negative resistance"}},
        Fault{
            "VoltageLimitsCrossed",
            replaced("feeder.m",
                     "3	1	0.9	0.3	0	0	1	1	0	12.66	1	1.1	0.9",
                     "3	1	0.9	0.3	0	0	1	1	0	12.66	1	0.8	0.9"),
            {},
            {"feeder.m, line", "bus 3"}},
        Fault{"NegativeViolationCost",
              replaced("hub.toml", "samples = \"pv.csv\"", "samples = \"pv.csv\"\nline_violation_cost_per_mwh = -1.0"),
              {},
              {"line_violation_cost_per_mwh"}},
        Fault{"OneCorner",
              replaced("hub.toml", "[[0.2, 0.0], [1.0, 0.0], [0.8, 0.9], [0.3, 0.6]]", "[[0.2, 0.0]]"),
              {},
              {"'corners'", "at least 2"}},
        Fault{"EqualCorners",
              replaced("hub.toml", "[[0.2, 0.0], [1.0, 0.0], [0.8, 0.9], [0.3, 0.6]]", "[[0.2, 0.0], [0.2, 0.0]]"),
              {},
              {"'corners'", "at least 2"}},
        Fault{"CornerOfThree",
              replaced("hub.toml", "[0.2, 0.0], [1.0", "[0.2, 0.0, 1.0], [1.0"),
              {},
              {"'corners'", "(P, H)"}},
        Fault{
            "GasNodeUnknown", replaced("hub.toml", "gas_node = \"c\"", "gas_node = \"d\""), {}, {"'gas_node'", "'d'"}},
        Fault{"GasNodeMissing", replaced("hub.toml", "gas_node = \"c\"\n", ""), {}, {"'gas_node'", "required"}},
        Fault{"PipeToUnknownNode", replaced("hub.toml", "to = \"b\"", "to = \"z\""), {}, {"gas.pipe", "'to'", "'z'"}},
        Fault{"PressureLimitsCrossed",
              replaced("hub.toml", "pressure_min_bar = 2.0", "pressure_min_bar = 6.0"),
              {},
              {"'pressure_min_bar'", "6"}},
        Fault{"PipesContradict",
              appended("hub.toml",
                       "[[gas.pipe]]\nfrom = \"b\"\nto = \"c\"\nweymouth = 1.0\nflow_max_per_h = "
                       "9.0\n[[gas.pipe]]\nfrom = \"c\"\nto = \"a\"\nweymouth = 1.0\nflow_max_per_h = 9.0\n"),
              {},
              {"hub.toml", "a -> b -> c -> a", "contradict"}},
        Fault{"PressureCannotArrive",  // a -> b by a pipe, b -> c by a compressor
              [](SmallStudy& study) {
                study.replace("hub.toml", "pressure_min_bar = 2.0\npressure_max_bar = 5.0\n[[gas.pipe]]",
                              "pressure_min_bar = 3.0\npressure_max_bar = 5.0\n[[gas.pipe]]");
                study.replace("hub.toml", "node = \"a\"\npressure_min_bar = 2.0\npressure_max_bar = 5.0",
                              "node = \"a\"\npressure_min_bar = 2.0\npressure_max_bar = 2.2");
              },
              {},
              {"hub.toml", "gas node 'c' (3 .. 5 bar) cannot hold", "node 'a' has at most 2.2 bar", "2.86 bar"}},
        Fault{"TankOverfull",
              replaced("hub.toml", "soc_initial = 2.0", "soc_initial = 7.0"),
              {},
              {"gas.storage", "'soc_initial'"}},
        Fault{"HeatNodeUnknown",
              replaced("hub.toml", "heat_node = \"1\"", "heat_node = \"5\""),
              {},
              {"'heat_node'", "'5'"}},
        Fault{"MassFlowUnbalanced",
              replaced("hub.toml", "load_mw = 0.6\nmass_flow_kg_s = 5.0", "load_mw = 0.6\nmass_flow_kg_s = 4.9"),
              {},
              {"hub.toml", "node '2'", "5 kg/s", "4.9 kg/s"}},
        Fault{
            "NoHeatSource",
            replaced("hub.toml",
                     "[[electric.chp]]\nname = \"chp\"\nbus = 3\ncorners = [[0.2, 0.0], [1.0, 0.0], [0.8, 0.9], [0.3, "
                     "0.6]]\ncost_per_mwh = 30.0\nheat_cost_per_mwh = 2.0\nheat_node = \"1\"\nmass_flow_kg_s = 5.0\n",
                     ""),
            {},
            {"hub.toml", "no source"}},
        Fault{"TemperatureLimitsCrossed",
              replaced("hub.toml", "supply_min_c = 60.0", "supply_min_c = 101.0"),
              {},
              {"'supply_min_c'", "101"}},
        Fault{"SupplyTooColdToArrive",
              replaced("hub.toml", "node = \"2\"\nsupply_min_c = 60.0\nsupply_max_c = 100.0",
                       "node = \"2\"\nsupply_min_c = 99.9\nsupply_max_c = 110.0"),
              {},
              {"hub.toml", "node '2'", "cannot hold"}},
        Fault{"SupplyTooColdTwoPipesOn",  // 1 -> 2 -> 3
              [](SmallStudy& study) {
                study.replace("hub.toml", "node = \"1\"\nsupply_min_c = 60.0\nsupply_max_c = 100.0",
                              "node = \"1\"\nsupply_min_c = 60.0\nsupply_max_c = 70.0");
                study.replace("hub.toml", "[[heat.load]]\nname = \"l\"\nnode = \"2\"",
                              "[[heat.pipe]]\nfrom = \"2\"\nto = \"3\"\nlength_m = 500.0\nloss_w_per_m_k = "
                              "0.4\nmass_flow_kg_s = 5.0\n[[heat.node]]\nnode = \"3\"\nsupply_min_c = "
                              "75.0\nsupply_max_c = 100.0\nreturn_min_c = 30.0\nreturn_max_c = 60.0\n"
                              "[[heat.load]]\nname = \"l\"\nnode = \"3\"");
              },
              {},
              {"hub.toml", "supply temperature limits of heat node '3' (75 .. 100 C) cannot hold", "68.86 C"}},
        Fault{
            "LoadHotterThanSupply",
            replaced(
                "hub.toml",
                "node = \"2\"\nsupply_min_c = 60.0\nsupply_max_c = 100.0\nreturn_min_c = 30.0\nreturn_max_c = 60.0",
                "node = \"2\"\nsupply_min_c = 60.0\nsupply_max_c = 100.0\nreturn_min_c = 101.0\nreturn_max_c = 102.0"),
            {},
            {"hub.toml", "cannot hold"}},
        Fault{"SamplesMissing", replaced("hub.toml", "samples = \"pv.csv\"\n", ""), {}, {"'samples'", "[hub[0]]"}},
        Fault{
            "NameTwiceAcrossCarriers", replaced("hub.toml", "name = \"tank\"", "name = \"dg\""), {}, {"'dg'", "twice"}},
        Fault{"ExchangeMissing", [](SmallStudy&) {}, {"coordination.case=disconnected"}, {"'exchange'", "required"}},
        Fault{"ExchangeOfAnotherHub",
              [](SmallStudy& s) { s["exchange.csv"] = "hour,south\n1,1\n2,1\n"; },
              {"coordination.case=disconnected", "disconnected.exchange=\"exchange.csv\""},
              {"exchange.csv", "north"}},
        Fault{"EvaluatedAgentUnknown",
              [](SmallStudy& s) { s["schedule.csv"] = "agent,quantity,name,hour,value\n"; },
              {"evaluate.schedule=\"schedule.csv\"", "evaluate.samples.south=\"pv.csv\""},
              {"evaluate.samples", "south"}}),
    [](const auto& info) { return info.param.name; });

TEST(Accepted, WhatTheFaultsStartFrom) {
  SmallStudy study;
  EXPECT_EQ(study.refusal(), "no error");
}

TEST(Accepted, ElectricOnlyHubsIgnoreGasAndHeatAltogether) {
  SmallStudy study;
  study.replace("hub.toml", "gas_node = \"c\"", "gas_node = \"nowhere\"")
      .replace("hub.toml", "to = \"b\"", "to = \"z\"")
      .replace("hub.toml", "load_mw = 0.6\nmass_flow_kg_s = 5.0", "load_mw = 0.6\nmass_flow_kg_s = 4.9");
  EXPECT_EQ(study.refusal({"coordination.case=electric_only"}), "no error");
}

TEST(Accepted, APhaseShiftInAFeederMovesNoPower) {
  SmallStudy study;
  study.replace("feeder.m", "1	2	0.04	0.03	0	0	0	0	0	0",
                "1	2	0.04	0.03	0	0	0	0	0	30");
  EXPECT_EQ(study.refusal(), "no error");
}

}  // namespace
}  // namespace wattstein::engine
