#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Hdf5File : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("wattstein_hdf5_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

TEST_F(Hdf5File, WhatIsWrittenIsReadBack) {
  const auto file = folder_ / "a.h5";
  {
    Hdf5Writer out(file);
    const std::vector<double> values = {1.5, -INFINITY, 3.0, 4.0, 5.0, 6.0};
    out.numbers("group/inner/values", values, {2, 3});
    out.numbers("scalar", std::vector<double>{7.0}, {});
    out.numbers("empty", std::vector<double>{}, {4, 0});
    const std::vector<float> singles = {0.1F};
    out.numbers32("singles", singles, {1});
    const std::vector<std::int32_t> whole = {1, -2};
    out.integers32("whole", whole, {2});
    const std::vector<std::string> names = {"bus 1", "", "größer"};
    out.texts("names", names);
    out.attribute("/", "format", "test");
    out.attribute("/", "version", std::int64_t{3});
    out.attribute("group/inner/values", "unit", "MW");
    EXPECT_FALSE(std::filesystem::exists(file)) << "a reader must not see half a file";
    out.commit();
  }
  Hdf5Reader in(file);
  EXPECT_EQ(in.shape("group/inner/values"), (Shape{2, 3}));
  EXPECT_THAT(in.number_rows("group/inner/values", 1, 1), ElementsAre(4.0, 5.0, 6.0));
  EXPECT_EQ(in.numbers("group/inner/values")[1], -INFINITY);
  EXPECT_EQ(in.shape("scalar"), Shape{});
  EXPECT_THAT(in.numbers("scalar"), ElementsAre(7.0));
  EXPECT_TRUE(in.numbers("empty").empty());
  EXPECT_THAT(in.numbers("singles"), ElementsAre(static_cast<double>(0.1F)));
  EXPECT_THAT(in.integers("whole"), ElementsAre(1, -2));
  EXPECT_THAT(in.texts("names"), ElementsAre("bus 1", "", "größer"));
  EXPECT_EQ(in.text_attribute("/", "format"), "test");
  EXPECT_EQ(in.integer_attribute("/", "version"), 3);
  EXPECT_EQ(in.text_attribute("group/inner/values", "unit"), "MW");
  EXPECT_EQ(in.integer_attribute("/", "format"), std::nullopt);
  EXPECT_THAT(in.members("group"), ElementsAre("inner"));
  EXPECT_TRUE(in.has_group("group/inner"));
  EXPECT_FALSE(in.has_dataset("group/inner"));
  EXPECT_FALSE(in.has_dataset("group/other/values"));
}

TEST_F(Hdf5File, RowsMayComeLaterInAnyOrder) {
  const auto file = folder_ / "rows.h5";
  Hdf5Writer out(file);
  out.declare("x", {3, 2});
  out.rows("x", 2, std::vector<double>{5.0, 6.0});
  out.rows("x", 0, std::vector<double>{1.0, 2.0});
  out.commit();
  const auto values = Hdf5Reader(file).numbers("x");
  EXPECT_THAT((std::vector<double>{values[0], values[1], values[4], values[5]}), ElementsAre(1.0, 2.0, 5.0, 6.0));
  EXPECT_TRUE(std::isnan(values[2]) && std::isnan(values[3])) << "a row never written must not look like an answer";
}

TEST_F(Hdf5File, NothingRemainsWithoutCommit) {
  { Hdf5Writer out(folder_ / "left.h5"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Hdf5File, MessagesNameFileDatasetFoundAndExpected) {
  const auto file = folder_ / "b.h5";
  {
    Hdf5Writer out(file);
    out.integers32("whole", std::vector<std::int32_t>{1}, {1});
    out.numbers("values", std::vector<double>{1.0}, {1});
    out.commit();
  }
  Hdf5Reader in(file);
  EXPECT_THAT(message_of([&] { in.numbers("whole"); }),
              AllOf(HasSubstr("b.h5"), HasSubstr("whole"), HasSubstr("integer"), HasSubstr("floating point")));
  EXPECT_THAT(message_of([&] { in.integers("values"); }), HasSubstr("expected integer"));
  EXPECT_THAT(message_of([&] { in.numbers("absent"); }), AllOf(HasSubstr("absent"), HasSubstr("missing")));
  EXPECT_THAT(message_of([&] { in.number_rows("values", 0, 2); }), HasSubstr("rows 0 to 1"));
  EXPECT_THAT(message_of([&] { Hdf5Reader none(folder_ / "none.h5"); }), HasSubstr("no such file"));
  std::ofstream(folder_ / "text.h5") << "not HDF5";
  EXPECT_THAT(message_of([&] { Hdf5Reader text(folder_ / "text.h5"); }), HasSubstr("no HDF5 file"));
  EXPECT_THAT(message_of([&] { Hdf5Writer out("/dev/full/x.h5"); }), HasSubstr("cannot be written"));
}

TEST_F(Hdf5File, ADigestOfAFileIsThatOfItsBytes) {
  const auto file = folder_ / "bytes";
  std::ofstream(file) << "abc";
  EXPECT_EQ(sha256_of_file(file), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::ofstream(file, std::ios::trunc) << "";
  EXPECT_EQ(sha256_of_file(file), sha256(""));
  // Longer than the pieces that are read, with and without a rest.
  for (const std::size_t length : {(std::size_t{1} << 20) - 1, std::size_t{1} << 20, (std::size_t{5} << 19) + 37}) {
    std::string bytes(length, ' ');
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(i * i % 251);
    std::ofstream(file, std::ios::trunc | std::ios::binary) << bytes;
    EXPECT_EQ(sha256_of_file(file), sha256(bytes)) << length;
  }
}

}  // namespace
}  // namespace wattstein::files
