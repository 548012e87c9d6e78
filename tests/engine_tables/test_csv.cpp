#include "engine/files/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Throws;
using testing::ThrowsMessage;

class CsvTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("wattstein_csv_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& text) {
    std::ofstream(folder_ / "table.csv") << text;
    return folder_ / "table.csv";
  }
  std::filesystem::path folder_;
};

TEST_F(CsvTest, QuotesBlanksCommentsAndLineEnds) {
  const auto table = read_csv(write("# made by hand\na, b ,c\r\n1,\"x, \"\"y\"\"\",3\r\n\n4,,6"));
  EXPECT_THAT(table.columns, ElementsAre("a", "b", "c"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0], ElementsAre("1", "x, \"y\"", "3"));
  EXPECT_THAT(table.rows[1], ElementsAre("4", "", "6"));
  EXPECT_THAT(table.lines, ElementsAre(3, 5));
}

TEST_F(CsvTest, WrongTablesAreRefusedWithTheirLine) {
  EXPECT_THAT([&] { read_csv(write("a,b\n1,2\n1\n")); }, ThrowsMessage<Error>(HasSubstr("line 3")));
  EXPECT_THAT([&] { read_csv(write("a,a\n")); }, ThrowsMessage<Error>(HasSubstr("twice")));
  EXPECT_THAT([&] { read_csv(write("")); }, ThrowsMessage<Error>(HasSubstr("empty")));
  EXPECT_THAT([&] { read_csv(folder_ / "absent.csv"); }, ThrowsMessage<Error>(HasSubstr("absent.csv")));
  EXPECT_THAT([&] { read_csv(folder_); }, ThrowsMessage<Error>(HasSubstr("folder")));
  const auto table = read_csv(write("a,b\n1,x\n2.5,inf\n"));
  EXPECT_THAT([&] { table.number(0, 1); }, ThrowsMessage<Error>(HasSubstr("'x'")));
  EXPECT_THAT([&] { table.number(1, 1); }, ThrowsMessage<Error>(HasSubstr("finite")));
  EXPECT_THAT([&] { table.integer(1, 0); }, ThrowsMessage<Error>(HasSubstr("integer")));
  EXPECT_THAT([&] { table.column("c"); }, ThrowsMessage<Error>(HasSubstr("a, b")));
}

TEST_F(CsvTest, GzipIsUnpackedAndDamageIsTold) {
  gzFile stream = gzopen((folder_ / "t.csv.gz").c_str(), "wb");
  gzputs(stream, "a,b\n1,2\n");
  gzclose(stream);
  EXPECT_EQ(read_csv(folder_ / "t.csv.gz").number(0, 1), 2.0);
  std::string bytes;
  {
    std::ifstream in(folder_ / "t.csv.gz", std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::ofstream(folder_ / "cut.csv.gz", std::ios::binary) << bytes.substr(0, bytes.size() - 9);
  EXPECT_THAT([&] { read_csv(folder_ / "cut.csv.gz"); }, Throws<Error>());
}

TEST_F(CsvTest, WrittenNumbersReadBackEqual) {
  const std::vector<double> values = {0.1, 1.0 / 3.0, -1e-300, 12345678.9, 0.0};
  CsvWriter writer({"name", "value"});
  for (const double value : values) writer.row().cell("a \"quoted\", name").cell(value);
  writer.write(folder_ / "out.csv");
  const auto table = read_csv(folder_ / "out.csv");
  ASSERT_EQ(table.rows.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(table.number(i, 1), values[i]);
    EXPECT_EQ(table.rows[i][0], "a \"quoted\", name");
  }
}

TEST_F(CsvTest, AFailedWriteLeavesTheOldFileAndNoPart) {
  write_whole(folder_ / "kept.txt", "old");
  EXPECT_THAT([&] { write_whole(folder_ / "no" / "such" / "folder.txt", "new"); }, Throws<Error>());
  EXPECT_THAT([&] { write_whole("/dev/full/x", "new"); }, Throws<Error>());
  EXPECT_EQ(read_whole(folder_ / "kept.txt"), "old");
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) EXPECT_NE(entry.path().extension(), ".part");
}

TEST(Sha256, KnownDigests) {
  // FIPS 180-4 examples.
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // with and without the processor's own instructions, at every length around a block
  std::string text;
  for (int length = 0; length < 200; ++length) {
    EXPECT_EQ(sha256(text), sha256_portable(text)) << length;
    text += static_cast<char>(length * 37 + 11);
  }
}

}  // namespace
}  // namespace wattstein::files
