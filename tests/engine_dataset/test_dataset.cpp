// The data-set factory on the bundled study dso33: rows that depend on their id alone, files that are whole or absent.

#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <fstream>

#include "engine/dataset/factory.hpp"
#include "engine/dataset/metadata.hpp"
#include "engine/dataset/random.hpp"
#include "engine/dataset/row_reader.hpp"
#include "engine/dataset/toolbox.hpp"
#include "engine/error/error.hpp"
#include "engine/files/toml_document.hpp"
#include "engine/models/dso/read_dso.hpp"

namespace wattstein::engine {
namespace {

namespace fs = std::filesystem;

class DatasetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("wattstein_dataset_" + std::to_string(::getpid()) + "_" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  FactoryJob job(const std::string& name, std::int64_t first, std::int64_t count) {
    const auto document =
        files::read_toml(std::string(WATTSTEIN_SOURCE) + "/engine/studies/bundled/dso33/study.toml",
                         {"sampler.first_id=" + std::to_string(first), "sampler.count=" + std::to_string(count),
                          "shift[0].count=7", "shift[1].count=5"});
    DsoData data = read_dso(document, false);
    data.microgrids = read_microgrids(document, "microgrid", data.feeder);
    FactoryJob job;
    job.name = "test";
    job.folder = folder_ / name / "data";
    fs::create_directories(folder_ / name);
    job.families = read_sampler(document, data);
    job.block_rows = 16;
    job.solver.tolerance = 1e-6;
    job.solver.threads = 1;
    return job;
  }

  static DsoAnswers rows(const fs::path& data, const std::string& split, DsoInputs& inputs) {
    const RowReader reader(data, split, read_network_json(data / "network.json"));
    DsoAnswers answers;
    reader.read(0, reader.rows(), inputs, answers);
    return answers;
  }

  static void expect_same(const fs::path& a, const fs::path& b) {
    const auto splits = dataset_splits(a);
    ASSERT_EQ(splits, dataset_splits(b));
    for (const auto& split : splits) {
      DsoInputs first, second;
      const DsoAnswers x = rows(a, split, first), y = rows(b, split, second);
      EXPECT_EQ(first.id, second.id) << split;
      EXPECT_EQ(first.pd, second.pd) << split;
      EXPECT_EQ(first.net, second.net) << split;
      EXPECT_EQ(x.objective, y.objective) << split;
      EXPECT_EQ(x.pm, y.pm) << split;
      EXPECT_EQ(x.cone, y.cone) << split;
      EXPECT_EQ(x.price_q, y.price_q) << split;
      EXPECT_EQ(x.iterations, y.iterations) << split;
    }
  }

  fs::path folder_;
};

TEST(Philox, KnownAnswers) {
  // test vectors of the authors' Random123 distribution (philox4x32, 10 rounds)
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(SampleStream, UniformHasTheRightMoments) {
  double sum = 0.0, squares = 0.0;
  constexpr int samples = 200000;
  for (int id = 0; id < samples / 100; ++id) {
    SampleStream stream(7, static_cast<std::uint64_t>(id));
    for (int k = 0; k < 100; ++k) {
      const double u = stream.uniform();
      ASSERT_GE(u, 0.0);
      ASSERT_LT(u, 1.0);
      sum += u;
      squares += u * u;
    }
  }
  EXPECT_NEAR(sum / samples, 0.5, 0.004);
  EXPECT_NEAR(squares / samples, 1.0 / 3.0, 0.004);
}

TEST_F(DatasetTest, RowsAreGoodAndPassValidation) {
  auto whole = job("whole", 0, 120);
  const FactoryReport report = make_dataset(whole);
  EXPECT_EQ(report.rows.at("train") + report.rows.at("test") + report.rows.at("infeasible"), 120);
  EXPECT_EQ(report.rows.at("test_load"), 7);
  EXPECT_EQ(report.rows.at("test_position"), 5);
  const auto verdict = validate_dataset(folder_ / "whole", 1e-6);
  EXPECT_TRUE(verdict.at("good")) << verdict.dump(1);
  EXPECT_FALSE(fs::exists(folder_ / "whole" / "data.part"));
  DsoInputs inputs;
  rows(whole.folder, "train", inputs);
  for (const auto id : inputs.id) EXPECT_LT(id % 100, 80);
  for (std::int64_t s = 0; s < inputs.count; ++s) {
    double sum = 0.0;
    for (int m = 0; m < 4; ++m) sum += inputs.net[s * 4 + m];
    EXPECT_NEAR(sum, 0.0, 1e-12);  // balanced
    EXPECT_GE(inputs.load_scale[s], 0.4);
    EXPECT_LE(inputs.load_scale[s], 1.2);
  }
}

TEST_F(DatasetTest, MergedShardsEqualTheWhole) {
  make_dataset(job("whole", 0, 90));
  make_dataset(job("a", 0, 40));
  auto second = job("b", 40, 50);
  second.block_rows = 7;
  second.solver.threads = 2;
  make_dataset(second);
  const auto report = merge_datasets({folder_ / "b", folder_ / "a"}, folder_ / "merged");
  EXPECT_EQ(report.at("ids_found_twice"), 12);
  expect_same(folder_ / "whole" / "data", folder_ / "merged" / "data");
  EXPECT_THROW(merge_datasets({folder_ / "a"}, folder_ / "merged"), Error);  // never over a data set
}

TEST_F(DatasetTest, StoppedRunGoesOnWhereItWas) {
  make_dataset(job("whole", 0, 80));
  auto first = job("cut", 0, 80);
  std::atomic<bool> stop{false};
  first.stop = &stop;
  first.progress = [&stop](std::int64_t done, std::int64_t) { stop = done >= 32; };
  EXPECT_THROW(make_dataset(first), Stopped);
  EXPECT_FALSE(fs::exists(first.folder));  // nothing half written under the final name
  // a block cut short counts as missing
  fs::path last;
  for (const auto& item : fs::directory_iterator(folder_ / "cut" / "data.part" / "blocks"))
    last = std::max(last, item.path());
  ASSERT_FALSE(last.empty());
  fs::resize_file(last, fs::file_size(last) - 100);
  auto second = job("cut", 0, 80);
  second.resume = true;
  const FactoryReport report = make_dataset(second);
  EXPECT_GE(report.resumed_rows, 16);
  EXPECT_LT(report.resumed_rows, 80);
  expect_same(folder_ / "whole" / "data", folder_ / "cut" / "data");
}

TEST_F(DatasetTest, BlocksOfAnotherSeedAreRefused) {
  auto first = job("cut", 0, 80);
  std::atomic<bool> stop{false};
  first.stop = &stop;
  first.progress = [&stop](std::int64_t done, std::int64_t) { stop = done >= 16; };
  EXPECT_THROW(make_dataset(first), Stopped);
  auto second = job("cut", 0, 80);
  second.resume = true;
  second.seed = 2;
  EXPECT_THROW(make_dataset(second), Error);
}

TEST_F(DatasetTest, ValidationFindsAChangedNumber) {
  make_dataset(job("whole", 0, 30));
  DsoInputs inputs;
  const auto file = folder_ / "whole" / "data" / "network.json";
  auto json = nlohmann::ordered_json::parse(std::ifstream(file));
  json["branch"][3]["r_pu"] = json["branch"][3]["r_pu"].get<double>() * 1.01;
  std::ofstream(file) << json.dump();
  const auto verdict = validate_dataset(folder_ / "whole", 1e-6);
  EXPECT_FALSE(verdict.at("good"));
}

TEST_F(DatasetTest, DamagedFileIsNamed) {
  make_dataset(job("whole", 0, 30));
  const auto file = folder_ / "whole" / "data" / "train" / "SOC" / "dual.h5";
  fs::resize_file(file, fs::file_size(file) / 2);
  try {
    validate_dataset(folder_ / "whole", 1e-6);
    FAIL() << "read a damaged file";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("dual.h5"), std::string::npos);
  }
}

TEST_F(DatasetTest, SinglePrecisionKeepsValidBounds) {
  auto single = job("single", 0, 60);
  single.single = true;
  make_dataset(single);
  const auto verdict = validate_dataset(folder_ / "single", 1e-4);
  EXPECT_TRUE(verdict.at("good")) << verdict.dump(1);
  EXPECT_TRUE(RowReader(single.folder, "train", read_network_json(single.folder / "network.json")).single());
}

TEST_F(DatasetTest, NetworkFileReadsBack) {
  const auto job_here = job("n", 0, 1);
  const DsoData& data = job_here.families.front().data;
  std::ofstream(folder_ / "network.json") << network_json(data).dump();
  const DsoData back = read_network_json(folder_ / "network.json");
  EXPECT_EQ(network_json(back), network_json(data));
}

}  // namespace
}  // namespace wattstein::engine
