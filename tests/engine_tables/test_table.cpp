// Study tables: what is read, and what a user is told when something is off.
#include "engine/files/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "engine/error/error.hpp"

namespace wattstein::files {
namespace {

using options::Kind;
using options::Option;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<Option, 9> unit_records = {{
    {"name", Kind::text, "", "-", "name of the unit"},
    {"p_max_mw", Kind::number, "", "MW", "largest power", 0.0},
    {"ramp_mw_per_h", Kind::number, "inf", "MW/h", "ramp limit", 0.0},
    {"count", Kind::integer, "1", "-", "how many", 1, 10},
    {"model", Kind::choice, "\"dro\"", "-", "which", 0, 0, "dro|sp"},
    {"load", Kind::profile, "1.0", "-", "profile", 0.0},
    {"buses", Kind::numbers, "[1, 2]", "-", "buses", 1},
    {"corners", Kind::numbers, "[]", "MW", "corner points"},
    {"file", Kind::path, "\"\"", "-", "a file"},
}};

class TableTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("wattstein_table_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  Table unit(const std::string& text, const std::vector<std::string>& overrides = {}) {
    write("study.toml", text);
    return Table::open(read_toml(folder_ / "study.toml", overrides), "unit", unit_records);
  }
  template <class Call>
  std::string message(Call&& call) {
    try {
      call();
    } catch (const Error& failure) {
      return failure.what();
    }
    return "no error";
  }
  std::filesystem::path folder_;
};

TEST_F(TableTest, GivesValuesAndDefaults) {
  const Table table = unit("[unit]\nname = \"g1\"\np_max_mw = 80\n");
  EXPECT_EQ(table.text("name"), "g1");
  EXPECT_EQ(table.number("p_max_mw"), 80.0);
  EXPECT_EQ(table.number("ramp_mw_per_h"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(table.integer("count"), 1);
  EXPECT_EQ(table.text("model"), "dro");
  EXPECT_THAT(table.profile("load", 3), ElementsAre(1.0, 1.0, 1.0));
  EXPECT_THAT(table.numbers("buses"), ElementsAre(1.0, 2.0));
  EXPECT_TRUE(table.path("file").empty());
  EXPECT_TRUE(table.has("name"));
  EXPECT_FALSE(table.has("count"));
}

TEST_F(TableTest, UnknownKeyNamesFileLineAndWhatIsKnown) {
  EXPECT_THAT(message([&] { unit("[unit]\nname = \"g1\"\np_mox_mw = 80\n"); }),
              AllOf(HasSubstr("study.toml"), HasSubstr("line 3"), HasSubstr("p_mox_mw"), HasSubstr("p_max_mw")));
}

TEST_F(TableTest, MissingRequiredKeyIsNamed) {
  const Table table = unit("[unit]\nname = \"g1\"\n");
  EXPECT_THAT(message([&] { table.number("p_max_mw"); }), AllOf(HasSubstr("p_max_mw"), HasSubstr("largest power")));
}

TEST_F(TableTest, RefusesNanOutOfRangeAndOtherTypes) {
  const Table table =
      unit("[unit]\nname = 3.5\np_max_mw = nan\nramp_mw_per_h = -1\ncount = 11\nmodel = \"ro\"\nbuses = [1, 0]\n");
  EXPECT_THAT(message([&] { table.number("p_max_mw"); }), AllOf(HasSubstr("line 3"), HasSubstr("nan")));
  EXPECT_THAT(message([&] { table.number("ramp_mw_per_h"); }), HasSubstr("-1"));
  EXPECT_THAT(message([&] { table.integer("count"); }), HasSubstr("11"));
  EXPECT_THAT(message([&] { table.text("model"); }), AllOf(HasSubstr("'ro'"), HasSubstr("dro|sp")));
  EXPECT_THAT(message([&] { table.numbers("buses"); }), HasSubstr("entry 2"));
  EXPECT_THAT(message([&] { table.boolean("count"); }), HasSubstr("expected true or false"));
}

TEST_F(TableTest, ProfileFromColumnOfAFile) {
  write("profiles.csv", "hour,load\n2,0.5\n1,0.25\n");
  const Table table = unit("[unit]\nload = \"profiles.csv:load\"\n");
  EXPECT_THAT(table.profile("load", 2), ElementsAre(0.25, 0.5));
  EXPECT_THAT(message([&] { table.profile("load", 3); }), AllOf(HasSubstr("profiles.csv"), HasSubstr("2 rows")));
}

TEST_F(TableTest, ProfileErrorsNameTheirPlace) {
  write("profiles.csv", "hour,load\n1,0.25\n1,0.5\n");
  EXPECT_THAT(message([&] { unit("[unit]\nload = \"profiles.csv:load\"\n").profile("load", 2); }), HasSubstr("line 3"));
  EXPECT_THAT(message([&] { unit("[unit]\nload = \"profiles.csv:lood\"\n").profile("load", 2); }), HasSubstr("lood"));
  EXPECT_THAT(message([&] { unit("[unit]\nload = \"absent.csv:load\"\n").profile("load", 2); }),
              HasSubstr("absent.csv"));
  EXPECT_THAT(message([&] { unit("[unit]\nload = [1.0, inf]\n").profile("load", 2); }), HasSubstr("entry 2"));
  EXPECT_THAT(message([&] { unit("[unit]\nload = [1.0]\n").profile("load", 2); }), HasSubstr("expected 2"));
}

TEST_F(TableTest, OverridesReplaceAndCreate) {
  const Table table = unit("[unit]\nname = \"g1\"\n", {"unit.p_max_mw=12.5", "unit.model=sp", "unit.buses=[4]"});
  EXPECT_EQ(table.number("p_max_mw"), 12.5);
  EXPECT_EQ(table.text("model"), "sp");
  EXPECT_THAT(table.numbers("buses"), ElementsAre(4.0));
}

TEST_F(TableTest, MessagesAboutAnOverrideNameIt) {
  const std::string text = "[unit]\nname = \"g1\"\np_max_mw = 80\n";
  EXPECT_THAT(message([&] { unit(text, {"unit.p_max_mw=-5"}).number("p_max_mw"); }),
              AllOf(HasSubstr("--set unit.p_max_mw=-5"), HasSubstr("study.toml"), HasSubstr("outside its range")));
  EXPECT_THAT(message([&] { unit(text, {"unit.p_mox_mw=5"}); }),
              AllOf(HasSubstr("--set unit.p_mox_mw=5"), HasSubstr("unknown key"), HasSubstr("p_max_mw")));
  // A sound override does not claim the file's own mistakes.
  EXPECT_THAT(message([&] { unit("[unit]\nname = \"g1\"\np_max_mw = nan\n", {"unit.count=2"}).number("p_max_mw"); }),
              AllOf(HasSubstr("line 3"), testing::Not(HasSubstr("--set"))));
}

TEST_F(TableTest, OverridesReachIntoArraysOfTables) {
  write("study.toml", "[[unit]]\nname = \"a\"\np_max_mw = 1\n[[unit]]\nname = \"b\"\np_max_mw = 2\n");
  const auto document = read_toml(folder_ / "study.toml", {"unit[1].p_max_mw=7"});
  const auto tables = Table::open_array(document, "unit", unit_records);
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].number("p_max_mw"), 1.0);
  EXPECT_EQ(tables[1].number("p_max_mw"), 7.0);
  EXPECT_THAT(message([&] { read_toml(folder_ / "study.toml", {"unit[2].p_max_mw=7"}); }), HasSubstr("[2]"));
}

TEST_F(TableTest, ArrayOfTablesFromAFile) {
  write("units.csv", "name,p_max_mw,ramp_mw_per_h\n7,80,\ng2,40,inf\n");
  write("study.toml", "unit = \"units.csv\"\n");
  const auto tables = Table::open_array(read_toml(folder_ / "study.toml"), "unit", unit_records);
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].text("name"), "7");  // names are compared as text
  EXPECT_EQ(tables[0].number("ramp_mw_per_h"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(tables[1].number("p_max_mw"), 40.0);
  write("units.csv", "name,p_max_mw\ng1,eighty\n");
  const auto wrong = Table::open_array(read_toml(folder_ / "study.toml"), "unit", unit_records);
  EXPECT_THAT(message([&] { wrong[0].number("p_max_mw"); }),
              AllOf(HasSubstr("units.csv"), HasSubstr("line 2"), HasSubstr("eighty")));
  write("units.csv", "name,p_mox_mw\ng1,1\n");
  EXPECT_THAT(message([&] { Table::open_array(read_toml(folder_ / "study.toml"), "unit", unit_records); }),
              HasSubstr("p_mox_mw"));
}

TEST_F(TableTest, BrokenTomlNamesTheLine) {
  EXPECT_THAT(message([&] { unit("[unit]\nname = = 3\n"); }), AllOf(HasSubstr("study.toml"), HasSubstr("line 2")));
}

TEST_F(TableTest, ResolvedDocumentReadsBackEqual) {
  write("study.toml", "hours = 2\n[unit]\nname = \"g1\"\np_max_mw = 0.1\n");
  const auto document = read_toml(folder_ / "study.toml", {"unit.count=3"});
  write("again.toml", to_toml_text(*document));
  const Table again = Table::open(read_toml(folder_ / "again.toml"), "unit", unit_records);
  EXPECT_EQ(again.number("p_max_mw"), 0.1);
  EXPECT_EQ(again.integer("count"), 3);
}

TEST_F(TableTest, NumbersKeepTheirShortSpellingAndTheirBits) {
  write("study.toml",
        "a = 0.95\nb = 1e300\nc = 3\nd = 2.0\ne = [0.1, 2, \"x\\\"y\\n\"]\nf = inf\n[g]\nh = { i = 0.30000000000000004 "
        "}\n"
        "[[g.j]]\nk = true\n[[g.j]]\n\"odd key\" = 1979-05-27\n");
  const std::string text = to_toml_text(*read_toml(folder_ / "study.toml"));
  EXPECT_THAT(text, AllOf(HasSubstr("a = 0.95\n"), HasSubstr("c = 3\n"), HasSubstr("d = 2.0\n"),
                          HasSubstr("h]\ni = 0.30000000000000004\n"), HasSubstr("\"odd key\" = 1979-05-27")));
  write("again.toml", text);
  EXPECT_EQ(to_toml_text(*read_toml(folder_ / "again.toml")), text);
}

TEST_F(TableTest, StandaloneDocumentReadsTheSameFilesFromElsewhere) {
  std::filesystem::create_directories(folder_ / "results");
  write("load.csv", "hour,mw\n1,5\n2,6\n");
  write("study.toml", "[unit]\nname = \"g1\"\np_max_mw = 1\nload = \"load.csv:mw\"\n");
  write("results/config.toml", to_standalone_toml(*read_toml(folder_ / "study.toml")));
  constexpr std::array<options::Option, 1> top = {
      {{.key = "folder", .kind = options::Kind::path, .fallback = "\"\"", .unit = "-", .meaning = "m"}}};
  const auto document = read_toml(folder_ / "results" / "config.toml");
  EXPECT_EQ(Table::open(document, "", top, {"unit"}).folder(), folder_);
  EXPECT_EQ(Table::open(document, "unit", unit_records).profile("load", 2), (std::vector<double>{5.0, 6.0}));
}

TEST(Options, EveryRecordIsDescribed) {
  const std::array<options::Section, 1> sections = {{{"unit", "A unit.", unit_records}}};
  const std::string text = options::describe(sections);
  for (const auto& record : unit_records) EXPECT_THAT(text, HasSubstr(std::string(record.key)));
  EXPECT_THAT(text, HasSubstr("(required)"));
  EXPECT_THAT(text, HasSubstr(">= 0"));
}

}  // namespace
}  // namespace wattstein::files
