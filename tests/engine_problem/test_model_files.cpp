// MPS, QPS and CBF as texts: their traps, their errors, and back again.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "engine/error/error.hpp"
#include "engine/problem/builder.hpp"
#include "engine/problem/model_file.hpp"

namespace wattstein::engine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

constexpr const char* free_mps = R"(NAME small model
* a comment
ROWS
 N  COST
 L  LIM1
 G  LIM2
 E  MYEQN
 N  OTHER
COLUMNS
    MARKER    'MARKER'    'INTORG'
    X1  COST  1.0  LIM1  1.0
    X1  LIM2  1.0  OTHER 3.0
    MARKER    'MARKER'    'INTEND'
    X2  COST  2.D0 LIM1  +1.0
    X2  MYEQN -1.0
    X3  COST  -1.0 MYEQN 1.0
RHS
    RHS COST  -12.5 LIM1  4.0
    LIM2 1.0 MYEQN 7.0
RANGES
    RNG LIM1  2.5 LIM2 3.0
    RNG MYEQN -2.0
BOUNDS
 UP BND X1 -4.0
 MI BND X2
 UP X2 9
 LO BND X3 1
 UP BND X3 1e30
ENDATA
)";

TEST(Mps, FreeFormWithItsTraps) {
  const auto batch = parse_mps(free_mps, "small.mps");
  EXPECT_EQ(batch.name, "small model");
  EXPECT_THAT(batch.variable_names, ElementsAre("X1", "X2", "X3"));
  EXPECT_THAT(batch.row_names, ElementsAre("LIM1", "LIM2", "MYEQN"));
  EXPECT_THAT(batch.q.data, ElementsAre(1.0, 2.0, -1.0));
  EXPECT_THAT(batch.r.data, ElementsAre(12.5)) << "the objective's right-hand side is minus the constant";
  EXPECT_THAT(batch.l.data, ElementsAre(1.5, 1.0, 5.0));
  EXPECT_THAT(batch.u.data, ElementsAre(4.0, 4.0, 7.0));
  EXPECT_THAT(batch.lb.data, ElementsAre(-infinity, -infinity, 1.0)) << "a negative UP alone opens the lower side";
  EXPECT_THAT(batch.ub.data, ElementsAre(-4.0, 9.0, infinity));
  EXPECT_THAT(batch.A.data, ElementsAre(1.0, 1.0, 1.0, -1.0, 1.0));
}

TEST(Mps, FixedColumnsWithBlanksInNamesAndNumbersThatTouchThem) {
  const auto two = [](const char* column, const char* row, const char* value, const char* other, const char* number) {
    return fmt::format("    {:<8}  {:<8}  {:>12}   {:<8}  {:>12}\n", column, row, value, other, number);
  };
  const std::string text = "NAME          FIXED\nROWS\n N  OBJ\n L  ROW ONE\n E  ROWLONG8\nCOLUMNS\n" +
                           two("COL A", "OBJ", "1.5", "ROW ONE", "2.0") + "    COL A     ROWLONG8-123.456789\n" +
                           two("COL B", "ROW ONE", "1.0", "ROWLONG8", "4.0") +
                           "RHS\n    RHS       ROW ONE           10.0\n" +
                           "BOUNDS\n UP BND       COL A             40.0\n FR BND       COL B\nENDATA\n";
  const auto batch = parse_mps(text, "fixed.mps");
  EXPECT_THAT(batch.variable_names, ElementsAre("COL A", "COL B"));
  EXPECT_THAT(batch.row_names, ElementsAre("ROW ONE", "ROWLONG8"));
  EXPECT_THAT(batch.A.data, ElementsAre(2.0, 1.0, -123.456789, 4.0));
  EXPECT_THAT(batch.u.data, ElementsAre(10.0, 0.0));
  EXPECT_THAT(batch.lb.data, ElementsAre(0.0, -infinity));
  EXPECT_THAT(batch.ub.data, ElementsAre(40.0, infinity));
}

TEST(Mps, QuadraticTriangleAndWholeMatrixAreTheSameProblem) {
  const std::string head = "NAME Q\nROWS\n N OBJ\nCOLUMNS\n a OBJ 1\n b OBJ 1\n";
  const auto triangle = parse_mps(head + "QUADOBJ\n a a 2\n a b -1\n b b 4\nENDATA\n", "q.qps");
  const auto whole = parse_mps(head + "QMATRIX\n a a 2\n a b -1\n b a -1\n b b 4\nENDATA\n", "q.qps");
  EXPECT_THAT(triangle.P.data, ElementsAre(2.0, -1.0, 4.0));
  EXPECT_EQ(whole.P.data, triangle.P.data);
  EXPECT_EQ(whole.P.pattern, triangle.P.pattern);
}

TEST(Mps, ErrorsNameTheLine) {
  const auto wrong = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return message_of([&] { parse_mps(text, "wrong.mps"); });
  };
  EXPECT_THAT(wrong(free_mps, "LIM1  +1.0", "LIM9  +1.0"), AllOf(HasSubstr("wrong.mps, line 14"), HasSubstr("LIM9")));
  EXPECT_THAT(wrong(free_mps, "2.D0", "2.x0"), AllOf(HasSubstr("line 14"), HasSubstr("2.x0")));
  EXPECT_THAT(wrong(free_mps, "UP X2 9", "UX X2 9"), AllOf(HasSubstr("line 26"), HasSubstr("UX")));
  EXPECT_THAT(wrong(free_mps, "BOUNDS", "BOUND"), AllOf(HasSubstr("line 23"), HasSubstr("'BOUND'")));
  EXPECT_THAT(wrong(free_mps, "ENDATA\n", ""), HasSubstr("without ENDATA"));
  EXPECT_THAT(wrong(free_mps, " X1  LIM2  1.0", " X1  LIM1  1.0"), AllOf(HasSubstr("line 12"), HasSubstr("twice")));
  EXPECT_THAT(wrong(free_mps, "LO BND X3 1\n", "LO BND X3 nan\n"), AllOf(HasSubstr("line 27"), HasSubstr("nan")));
  EXPECT_THAT(message_of([] { parse_mps("", "empty.mps"); }), HasSubstr("no MPS file"));
  EXPECT_THAT(message_of([] { parse_mps("\x01\x02\n\n garbage", "garbage.mps"); }), HasSubstr("garbage.mps, line 1"));
}

void expect_equal(const kernels::Batch& a, const kernels::Batch& b) {
  EXPECT_EQ(a.A.pattern, b.A.pattern);
  EXPECT_EQ(a.A.data, b.A.data);
  EXPECT_EQ(a.P.pattern, b.P.pattern);
  EXPECT_EQ(a.P.data, b.P.data);
  EXPECT_EQ(a.q.data, b.q.data);
  EXPECT_EQ(a.r.data, b.r.data);
  EXPECT_EQ(a.lb.data, b.lb.data);
  EXPECT_EQ(a.ub.data, b.ub.data);
  EXPECT_EQ(a.l.data, b.l.data);
  EXPECT_EQ(a.u.data, b.u.data);
}

TEST(Mps, WhatIsWrittenIsReadBackWithItsNames) {
  ProblemBuilder builder;
  builder.variable("p_mw[g1,1]", 0.0, 10.0, 0.1);
  builder.variable("p mw", -infinity, -2.0, 1.0 / 3.0);
  builder.variable("free", -infinity, infinity);
  builder.variable("fixed", 2.5, 2.5, -1e-17);
  builder.variable("unused", -3.0, infinity);
  const int balance = builder.row("balance[1]", 1.5, 1.5), limit = builder.row("limit[1]", -1.0, 3.0),
            up = builder.row("up", -infinity, 4.0);
  for (int j = 0; j < 4; ++j) builder.entry(j % 2 == 0 ? balance : limit, j, 1.0 + j / 7.0);
  builder.entry(up, 0, 1e-300);
  builder.add_square(0, 0.25);
  builder.add_product(0, 2, 0.125);
  builder.add_square(2, 2.0);
  builder.add_constant(-6.75);
  const auto batch = builder.build("round trip");
  const auto again = parse_mps(mps_text(batch), "again.qps");
  expect_equal(batch, again);
  EXPECT_THAT(again.variable_names, ElementsAre("p_mw[g1,1]", "p_mw", "free", "fixed", "unused"));
  EXPECT_EQ(again.row_names, batch.row_names);
}

constexpr const char* cbf = R"(# minimise
VER
1

OBJSENSE
MIN

VAR
5 3
L+ 1
Q 3
F 1

CON
4 3
L= 1
L- 1
QR 2

OBJACOORD
2
0 1.0
4 -2.5

OBJBCOORD
7.0

ACOORD
4
0 0 1.0
0 4 1.0
1 2 3.0
2 1 1.0

BCOORD
3
0 -4.0
1 -6.0
3 1.0
)";

TEST(Cbf, ConesOfVariablesAndRows) {
  const auto batch = parse_cbf(cbf, "small.cbf");
  EXPECT_EQ(batch.variables, 5);
  EXPECT_EQ(batch.rows, 2);
  EXPECT_THAT(batch.q.data, ElementsAre(1.0, 0.0, 0.0, 0.0, -2.5));
  EXPECT_THAT(batch.r.data, ElementsAre(7.0));
  EXPECT_THAT(batch.lb.data, ElementsAre(0.0, -infinity, -infinity, -infinity, -infinity));
  EXPECT_THAT(batch.l.data, ElementsAre(4.0, -infinity));
  EXPECT_THAT(batch.u.data, ElementsAre(4.0, 6.0));
  EXPECT_THAT(batch.cones, ElementsAre(kernels::Cone{ConeKind::second_order, 3}, kernels::Cone{ConeKind::rotated, 2}));
  EXPECT_THAT(batch.g.data, ElementsAre(0.0, 0.0, 0.0, 0.0, 1.0));
  EXPECT_THAT(batch.G.pattern.indices, ElementsAre(1, 2, 3, 1));
}

TEST(Cbf, ErrorsNameTheLine) {
  const auto wrong = [](const std::string& from, const std::string& to) {
    std::string text = cbf;
    text.replace(text.find(from), from.size(), to);
    return message_of([&] { parse_cbf(text, "wrong.cbf"); });
  };
  EXPECT_THAT(wrong("VER\n1", "VER\n9"), AllOf(HasSubstr("wrong.cbf, line 3"), HasSubstr("9")));
  EXPECT_THAT(wrong("Q 3", "EXP 3"), AllOf(HasSubstr("line 11"), HasSubstr("EXP")));
  EXPECT_THAT(wrong("Q 3", "Q 2"), AllOf(HasSubstr("add up to 4"), HasSubstr("expected 5")));
  EXPECT_THAT(wrong("0 4 1.0", "0 5 1.0"), HasSubstr("integer from 0 to 4"));
  EXPECT_THAT(wrong("3 1.0\n", "3 inf\n"), HasSubstr("inf"));
  EXPECT_THAT(wrong("3 1.0\n", ""), HasSubstr("the file ends"));
  EXPECT_THAT(wrong("ACOORD\n4", "PSDCON\n4"), HasSubstr("PSDCON"));
}

TEST(Cbf, AQuadraticCostBecomesACone) {
  ProblemBuilder builder;
  builder.variable("a", 0.0, 10.0, 1.0);
  builder.variable("b", -1.0, 1.0);
  builder.add_square(0, 2.0);
  builder.add_product(0, 1, 1.0);
  builder.add_square(1, 3.0);
  const int first = builder.cone(ConeKind::second_order, 2);
  builder.cone_entry(first, 0, 1.0);
  builder.cone_offset(first, 0.5);
  builder.cone_entry(first + 1, 1, 1.0);
  const auto again = parse_cbf(cbf_text(builder.build("qp")), "again.cbf");
  ASSERT_EQ(again.variables, 3);
  ASSERT_EQ(again.cones.size(), 2U);
  EXPECT_EQ(again.cones[1].kind, ConeKind::rotated);
  // ‖F x‖² of the second cone is xᵀPx at any point.
  const double x[] = {1.25, -0.5, 0.0};
  double squares = 0.0;
  const auto& pattern = again.G.pattern;
  for (int i = 4; i < pattern.rows; ++i) {
    double value = again.g.data[i];
    for (int k = pattern.indptr[i]; k < pattern.indptr[i + 1]; ++k) value += again.G.data[k] * x[pattern.indices[k]];
    squares += value * value;
  }
  EXPECT_NEAR(squares, 2.0 * (2.0 * 1.25 * 1.25 - 0.5 * 1.25 + 3.0 * 0.25), 1e-9);
}

TEST(ModelFile, ByEndingAndCompressed) {
  const auto folder = std::filesystem::temp_directory_path() / ("wattstein_models_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto batch = parse_mps(free_mps, "small.mps");
  for (const char* name : {"a.mps", "a.mps.gz", "a.MPS"}) {
    write_model_file(folder / name, batch);
    expect_equal(read_model_file(folder / name), batch);
  }
  EXPECT_LT(std::filesystem::file_size(folder / "a.mps.gz"), std::filesystem::file_size(folder / "a.mps"));
  write_model_file(folder / "a.cbf.gz", batch);
  EXPECT_EQ(read_model_file(folder / "a.cbf.gz").variables, 3);
  EXPECT_THAT(message_of([&] { write_model_file(folder / "a.lp", batch); }), HasSubstr(".mps"));
  EXPECT_THAT(message_of([&] { read_model_file(folder / "none.mps"); }), HasSubstr("no such file"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace wattstein::engine
