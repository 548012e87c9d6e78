// The batch file: what is written is read back, and every wrong file is refused with dataset, found and expected.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <map>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/problem/batch_file.hpp"
#include "engine/problem/screen.hpp"

namespace wattstein::engine {
namespace {

using files::Hdf5Writer;
using files::Shape;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A legal file of 3 problems, 2 variables, 1 row, one rotated cone of size 2, made of parts that a test can replace.
struct Parts {
  struct Numbers {
    std::vector<double> values;
    Shape shape;
  };
  struct Integers {
    std::vector<std::int64_t> values;
    Shape shape;
  };
  std::string format = "wattstein-batch";
  std::int64_t version = 1, problems = 3, variables = 2, rows = 1;
  std::map<std::string, Numbers> numbers = {{"A/data", {{1, 2}, {2}}},
                                            {"P/data", {{4, 4.5, 6}, {3}}},
                                            {"G/data", {{1, 1}, {2}}},
                                            {"q", {{1, 2, 3, 4, 5, 6}, {3, 2}}},
                                            {"r", {{7, 8, 9}, {3}}},
                                            {"l", {{-INFINITY}, {1}}},
                                            {"u", {{1, 2, 3}, {3, 1}}},
                                            {"lb", {{0, 0}, {2}}},
                                            {"ub", {{1, INFINITY}, {2}}},
                                            {"g", {{1, 0}, {2}}},
                                            {"reference/objective", {{1, NAN, 3}, {3}}},
                                            {"A/delta_value", {{9, 8}, {2}}}};
  std::map<std::string, Integers> integers = {{"A/indptr", {{0, 2}, {2}}},
                                              {"A/indices", {{0, 1}, {2}}},
                                              {"P/indptr", {{0, 2, 3}, {3}}},
                                              {"P/indices", {{0, 1, 1}, {3}}},
                                              {"G/indptr", {{0, 1, 2}, {3}}},
                                              {"G/indices", {{0, 1}, {2}}},
                                              {"cones/kind", {{1}, {1}}},
                                              {"cones/size", {{2}, {1}}},
                                              {"reference/status", {{0, 2, 0}, {3}}},
                                              {"A/delta_indptr", {{0, 0, 1, 2}, {4}}},
                                              {"A/delta_position", {{0, 1}, {2}}}};

  void write(const std::filesystem::path& file) const {
    Hdf5Writer out(file);
    out.attribute("/", "format", format);
    out.attribute("/", "version", version);
    out.attribute("/", "name", "parts");
    out.attribute("/", "problems", problems);
    out.attribute("/", "variables", variables);
    out.attribute("/", "rows", rows);
    for (const auto& [name, part] : numbers) out.numbers(name, part.values, part.shape);
    for (const auto& [name, part] : integers) out.integers64(name, part.values, part.shape);
    out.commit();
  }
};

class BatchFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("wattstein_batches_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string refusal(const std::function<void(Parts&)>& spoil) {
    Parts parts;
    spoil(parts);
    parts.write(folder_ / "wrong.h5");
    try {
      read_batch_file(folder_ / "wrong.h5");
    } catch (const Error& error) {
      return error.what();
    }
    return "(accepted)";
  }
  std::filesystem::path folder_;
};

TEST_F(BatchFiles, ALegalFileIsReadWhole) {
  Parts().write(folder_ / "a.h5");
  const auto file = read_batch_file(folder_ / "a.h5");
  const auto& batch = file.batch;
  EXPECT_EQ(batch.problems, 3);
  EXPECT_EQ(batch.cone_rows(), 2);
  EXPECT_EQ(batch.q.of(2)[1], 6.0);
  EXPECT_EQ(*batch.r.of(1), 8.0);
  EXPECT_EQ(batch.l.of(2)[0], -INFINITY);
  std::vector<double> values(2);
  batch.A.values_of(1, values.data());
  EXPECT_THAT(values, ElementsAre(9.0, 2.0));
  batch.A.values_of(2, values.data());
  EXPECT_THAT(values, ElementsAre(1.0, 8.0));
  EXPECT_EQ(file.reference.status[1], kernels::Status::primal_infeasible);
  EXPECT_NO_THROW(require_consistent(batch));
}

TEST_F(BatchFiles, APartOfTheProblemsIsThoseProblems) {
  Parts().write(folder_ / "a.h5");
  const auto whole = read_batch_file(folder_ / "a.h5"), part = read_batch_file(folder_ / "a.h5", 1, 2);
  EXPECT_EQ(part.first, 1);
  EXPECT_EQ(part.total, 3);
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto one = kernels::extract(whole.batch, b + 1), same = kernels::extract(part.batch, b);
    EXPECT_EQ(one.A.data, same.A.data);
    EXPECT_EQ(one.q.data, same.q.data);
    EXPECT_EQ(one.r.data, same.r.data);
    EXPECT_EQ(one.u.data, same.u.data);
  }
  EXPECT_THROW(read_batch_file(folder_ / "a.h5", 3, 0), Error);
  EXPECT_THROW(read_batch_file(folder_ / "a.h5", 1, 3), Error);
}

TEST_F(BatchFiles, WhatIsWrittenIsReadBack) {
  Parts().write(folder_ / "a.h5");
  auto file = read_batch_file(folder_ / "a.h5");
  file.batch.variable_names = {"p", "q"};
  file.batch.row_names = {"balance"};
  file.batch.start_x = kernels::Field::rows(3, 2, NAN);
  write_batch_file(folder_ / "b.h5", file.batch, file.reference, "a note");
  const auto again = read_batch_file(folder_ / "b.h5");
  for (std::int64_t b = 0; b < 3; ++b) {
    const auto one = kernels::extract(file.batch, b), same = kernels::extract(again.batch, b);
    EXPECT_EQ(one.A.data, same.A.data);
    EXPECT_EQ(one.P.data, same.P.data);
    EXPECT_EQ(one.G.data, same.G.data);
    EXPECT_EQ(one.q.data, same.q.data);
    EXPECT_EQ(one.ub.data, same.ub.data);
    EXPECT_EQ(one.g.data, same.g.data);
  }
  EXPECT_EQ(again.batch.cones, file.batch.cones);
  EXPECT_EQ(again.batch.variable_names, file.batch.variable_names);
  EXPECT_EQ(again.batch.row_names, file.batch.row_names);
  EXPECT_TRUE(std::isnan(again.batch.start_x.of(2)[1]));
  EXPECT_EQ(again.reference.status, file.reference.status);
  EXPECT_EQ(again.note, "a note");
}

TEST_F(BatchFiles, WrongFilesAreRefusedWithFoundAndExpected) {
  EXPECT_THAT(refusal([](Parts& p) { p.format = "other"; }),
              AllOf(HasSubstr("wrong.h5"), HasSubstr("'other'"), HasSubstr("'wattstein-batch'")));
  EXPECT_THAT(refusal([](Parts& p) { p.version = 2; }), AllOf(HasSubstr("version"), HasSubstr("found 2")));
  EXPECT_THAT(refusal([](Parts& p) { p.problems = 0; }), AllOf(HasSubstr("problems"), HasSubstr("found 0")));
  EXPECT_THAT(refusal([](Parts& p) { p.variables = -1; }), HasSubstr("variables"));
  EXPECT_THAT(refusal([](Parts& p) { p.numbers.erase("q"); }), AllOf(HasSubstr("dataset q"), HasSubstr("missing")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers.erase("A/indices"); }),
              AllOf(HasSubstr("A/indices"), HasSubstr("missing")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.numbers["q"] = {{1, 2, 3}, {3}};
              }),
              AllOf(HasSubstr("dataset q"), HasSubstr("(3)"), HasSubstr("(2) or (3, 2)")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.numbers["r"] = {{1, 2}, {2}};
              }),
              AllOf(HasSubstr("dataset r"), HasSubstr("() or (3)")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.numbers.erase("u"), p.integers["u"] = {{1}, {1}};
              }),
              AllOf(HasSubstr("dataset u"), HasSubstr("integer")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["A/indices"].values = {0, 2};
              }),
              AllOf(HasSubstr("A/indices"), HasSubstr("is 2"), HasSubstr("0 to 1")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["A/indices"].values = {0, -1}; }), HasSubstr("is -1"));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["A/indices"].values = {1, 0}; }), HasSubstr("ascending"));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["A/indices"].values = {1, 1}; }), HasSubstr("ascending"));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["P/indptr"].values = {0, 3, 2};
              }),
              AllOf(HasSubstr("P/indptr"), HasSubstr("decreases")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["P/indptr"].values = {1, 2, 3};
              }),
              AllOf(HasSubstr("P/indptr"), HasSubstr("starts with 1")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["A/indptr"].values = {0, 1};
              }),
              AllOf(HasSubstr("A/indptr"), HasSubstr("expected 2")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["P/indices"].values = {0, 1, 0};
              }),
              AllOf(HasSubstr("P/indices"), HasSubstr("upper triangle")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["cones/size"].values = {3}; }), HasSubstr("add up to 3"));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["cones/size"].values = {1}; }),
              AllOf(HasSubstr("cones/size"), HasSubstr("at least 2")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers["cones/kind"].values = {2}; }),
              AllOf(HasSubstr("cones/kind"), HasSubstr("is 2")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers.erase("cones/kind"); }),
              AllOf(HasSubstr("cones/kind"), HasSubstr("missing")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.numbers["A/dta"] = {{1}, {1}};
              }),
              AllOf(HasSubstr("A/dta"), HasSubstr("not known")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.numbers["Q"] = {{1}, {1}};
              }),
              AllOf(HasSubstr("dataset Q"), HasSubstr("not known")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["A/delta_position"].values = {0, 2};
              }),
              AllOf(HasSubstr("A/delta_position"), HasSubstr("is 2")));
  EXPECT_THAT(refusal([](Parts& p) { p.integers.erase("A/delta_position"); }),
              AllOf(HasSubstr("A/delta_position"), HasSubstr("missing")));
  EXPECT_THAT(refusal([](Parts& p) {
                p.integers["reference/status"].values = {0, 8, 0};
              }),
              HasSubstr("reference/status"));
  EXPECT_THAT(refusal([](Parts& p) { p.numbers["elsewhere/anything"] = {{1}, {1}}; }), HasSubstr("(accepted)"));
}

TEST_F(BatchFiles, WrongNumbersAreOnlyThatProblemsMatter) {
  const auto validity = [this](const std::function<void(Parts&)>& spoil) {
    Parts parts;
    spoil(parts);
    parts.write(folder_ / "numbers.h5");
    return screen(read_batch_file(folder_ / "numbers.h5").batch);
  };
  EXPECT_THAT(validity([](Parts&) {}), ElementsAre(1, 1, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["q"].values[2] = NAN; }), ElementsAre(1, 0, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["q"].values[2] = INFINITY; }), ElementsAre(1, 0, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["r"].values[0] = -INFINITY; }), ElementsAre(0, 1, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["u"].values[2] = -INFINITY; }), ElementsAre(1, 1, 0));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["l"].values[0] = 2.5; }), ElementsAre(0, 0, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["l"].values[0] = INFINITY; }), ElementsAre(0, 0, 0));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["lb"].values[0] = NAN; }), ElementsAre(0, 0, 0));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["A/delta_value"].values[0] = NAN; }), ElementsAre(1, 0, 1));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["A/data"].values[0] = NAN; }), ElementsAre(0, 1, 0))
      << "problem 1 replaces the entry";
  EXPECT_THAT(validity([](Parts& p) { p.numbers["P/data"].values[0] = -1.0; }), ElementsAre(0, 0, 0));
  EXPECT_THAT(validity([](Parts& p) { p.numbers["P/data"].values[1] = -1.0; }), ElementsAre(1, 1, 1))
      << "off the diagonal";
  EXPECT_THAT(validity([](Parts& p) { p.numbers["g"].values[1] = INFINITY; }), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace wattstein::engine
