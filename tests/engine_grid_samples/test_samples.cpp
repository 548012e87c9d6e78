#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/error/error.hpp"
#include "engine/files/hdf5_file.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/grid/samples.hpp"

namespace wattstein {
namespace {

class Samples : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("wattstein_samples_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    files::write_whole(folder_ / name, text);
    return folder_ / name;
  }
  template <class Call>
  static std::string message(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::filesystem::path folder_;
};

TEST_F(Samples, AreReadInAnyRowAndColumnOrder) {
  const auto file = write("s.csv", "hour,b,sample,a\n2,22,1,12\n1,21,1,11\n1,41,2,31\n2,42,2,32\n");
  const auto table = grid::read_samples(file, {"a", "b"}, 2);
  EXPECT_EQ(table.count, 2);
  EXPECT_EQ(table.values, (std::vector<double>{11, 21, 12, 22, 31, 41, 32, 42}));
  EXPECT_EQ(table.at(1, 0, 1), 41.0);
}

TEST_F(Samples, FromHdf5AreTheSameAsFromCsv) {
  const auto csv = write("s.csv", "sample,hour,a,b\n1,1,1,5\n1,2,2,6\n2,1,3,7\n2,2,4,8\n");
  {
    files::Hdf5Writer writer(folder_ / "s.h5");
    writer.numbers("a", std::vector<double>{1, 2, 3, 4}, {2, 2});
    writer.numbers("b", std::vector<double>{5, 6, 7, 8}, {2, 2});
    writer.commit();
  }
  const auto one = grid::read_samples(csv, {"a", "b"}, 2), other = grid::read_samples(folder_ / "s.h5", {"a", "b"}, 2);
  EXPECT_EQ(one.values, other.values);
  EXPECT_EQ(one.count, other.count);
}

TEST_F(Samples, RefuseWhatDoesNotMatchTheRenewables) {
  const auto file = write("s.csv", "sample,hour,a,b\n1,1,1,5\n");
  EXPECT_THAT(message([&] { grid::read_samples(file, {"a"}, 1); }),
              testing::HasSubstr("the column 'b' is no renewable"));
  EXPECT_THAT(message([&] {
                grid::read_samples(file, {"a", "b", "c"}, 1);
              }),
              testing::HasSubstr("no column for the renewable 'c'"));
}

TEST_F(Samples, RefuseHolesRepetitionsAndBadValues) {
  const auto read = [&](const std::string& rows) {
    const auto file = write("s.csv", "sample,hour,a\n" + rows);
    return message([&] { grid::read_samples(file, {"a"}, 2); });
  };
  EXPECT_THAT(read("1,1,1\n1,1,2\n"), testing::HasSubstr("line 3: sample 1 hour 1 is given twice"));
  EXPECT_THAT(read("1,1,1\n"), testing::HasSubstr("sample 1 has no row for hour 2"));
  EXPECT_THAT(read("1,1,1\n1,2,2\n3,1,1\n3,2,1\n"), testing::HasSubstr("sample 2 has no row for hour 1"));
  EXPECT_THAT(read("1,1,1\n1,3,2\n"), testing::HasSubstr("line 3: hour 3 is outside 1 .. 2"));
  EXPECT_THAT(read("0,1,1\n"), testing::HasSubstr("sample 0 is outside"));
  EXPECT_THAT(read("1,1,-0.5\n1,2,1\n"), testing::HasSubstr("line 2, column 'a': -0.5 is below 0"));
  EXPECT_THAT(read("1,1,nan\n1,2,1\n"), testing::HasSubstr("line 2"));
  EXPECT_THAT(message([&] { grid::read_samples(folder_ / "absent.csv", {"a"}, 2); }), testing::HasSubstr("absent.csv"));
}

TEST_F(Samples, RefuseAnHdf5FileOfAnotherShape) {
  {
    files::Hdf5Writer writer(folder_ / "s.h5");
    writer.numbers("a", std::vector<double>{1, 2, 3, 4}, {2, 2});
    writer.numbers("b", std::vector<double>{5, 6}, {1, 2});
    writer.commit();
  }
  EXPECT_THAT(message([&] { grid::read_samples(folder_ / "s.h5", {"a", "b"}, 2); }), testing::HasSubstr("dataset b"));
  EXPECT_THAT(message([&] {
                grid::read_samples(folder_ / "s.h5", {"a", "b"}, 3);
              }),
              testing::HasSubstr("expected (samples, 3)"));
  EXPECT_THAT(message([&] { grid::read_samples(folder_ / "s.h5", {"a"}, 2); }),
              testing::HasSubstr("dataset b: is no renewable"));
  EXPECT_THAT(message([&] {
                grid::read_samples(folder_ / "s.h5", {"b", "a", "c"}, 2);
              }),
              testing::HasSubstr("dataset a"));
  {
    files::Hdf5Writer writer(folder_ / "t.h5");
    writer.numbers("a", std::vector<double>{1, 2}, {1, 2});
    writer.commit();
  }
  EXPECT_THAT(message([&] {
                grid::read_samples(folder_ / "t.h5", {"a", "c"}, 2);
              }),
              testing::HasSubstr("no dataset for the renewable 'c'"));
}

TEST_F(Samples, BoundsAreReadAndChecked) {
  const auto good = write("b.csv", "bound,hour,a\nlo,1,1\nhi,1,3\nhi,2,4\nlo,2,2\n");
  const auto bounds = grid::read_bounds(good, {"a"}, 2);
  EXPECT_EQ(bounds.lower, (std::vector<double>{1, 2}));
  EXPECT_EQ(bounds.upper, (std::vector<double>{3, 4}));
  const auto read = [&](const std::string& rows) {
    const auto file = write("c.csv", "bound,hour,a\n" + rows);
    return message([&] { grid::read_bounds(file, {"a"}, 1); });
  };
  EXPECT_THAT(read("lo,1,2\nhi,1,1\n"), testing::HasSubstr("lo 2 is above hi 1"));
  EXPECT_THAT(read("lo,1,2\n"), testing::HasSubstr("the bound hi of hour 1 is missing"));
  EXPECT_THAT(read("low,1,2\nhi,1,1\n"), testing::HasSubstr("expected lo or hi"));
  EXPECT_THAT(read("lo,1,-2\nhi,1,1\n"), testing::HasSubstr("below 0"));
}

TEST_F(Samples, CacheReadsAFileOnce) {
  const auto file = write("s.csv", "sample,hour,a\n1,1,1\n");
  grid::SampleCache cache;
  const auto& first = cache.read(file, {"a"}, 1);
  EXPECT_EQ(&first, &cache.read(file, {"a"}, 1));
}

}  // namespace
}  // namespace wattstein
