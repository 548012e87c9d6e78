#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/backend/two_slots.hpp"

namespace wattstein::test {
namespace {

using namespace kernels;

// Writes down what it is asked to do, and checks that a slot is never packed while its chunk is out.
struct FakeDevice {
  std::int64_t total, chunk, next = 0;
  std::int64_t first[2] = {0, 0}, count[2] = {0, 0};
  bool out[2] = {false, false};
  int fail_at_launch = -1, launches = 0;
  std::vector<std::string> log = {};
  std::vector<int> collected = {};  // by problem

  std::int64_t pack(int slot) {
    EXPECT_FALSE(out[slot]);
    first[slot] = next;
    count[slot] = std::min(chunk, total - next);
    next += count[slot];
    if (count[slot] > 0) log.push_back("pack " + std::to_string(slot));
    return count[slot];
  }
  bool launch(int slot) {
    log.push_back("launch " + std::to_string(slot));
    out[slot] = true;
    return launches++ != fail_at_launch;
  }
  bool collect(int slot) {
    EXPECT_TRUE(out[slot]);
    out[slot] = false;
    log.push_back("collect " + std::to_string(slot));
    collected.resize(static_cast<std::size_t>(total), 0);
    for (std::int64_t i = 0; i < count[slot]; ++i) ++collected[static_cast<std::size_t>(first[slot] + i)];
    return true;
  }
};

TEST(TwoSlots, EveryProblemGoesThroughOnce) {
  for (const std::int64_t total : {0, 1, 3, 4, 5, 8, 9, 33})
    for (const std::int64_t chunk : {1, 3, 4, 64}) {
      FakeDevice device{total, chunk};
      EXPECT_TRUE(run_two_slots(device));
      EXPECT_FALSE(device.out[0] || device.out[1]);
      EXPECT_EQ(device.next, total);
      for (const int times : device.collected) EXPECT_EQ(times, 1);
    }
}

TEST(TwoSlots, PackTheNextChunkWhileOneIsOut) {
  FakeDevice device{9, 3};
  EXPECT_TRUE(run_two_slots(device));
  const std::vector<std::string> expected = {"pack 0", "launch 0", "pack 1",    "launch 1", "collect 0",
                                             "pack 0", "launch 0", "collect 1", "collect 0"};
  EXPECT_EQ(device.log, expected);
}

TEST(TwoSlots, AFailureEndsTheRun) {
  FakeDevice device{9, 3};
  device.fail_at_launch = 1;
  EXPECT_FALSE(run_two_slots(device));
  EXPECT_EQ(device.log.back(), "launch 1");
}

TEST(TwoSlots, ChunksFitTheStagingMemoryAndOverlap) {
  EXPECT_EQ(chunk_size(0, 8), 1);
  EXPECT_EQ(chunk_size(100, 1000), 100);
  EXPECT_EQ(chunk_size(100000, 1000), 25000);
  EXPECT_EQ(chunk_size(100000, 1000, 1), 100000);
  EXPECT_EQ(chunk_size(5000, 1000), 4096);
  EXPECT_EQ(chunk_size(1000000, std::int64_t{1} << 20), 256);
  EXPECT_EQ(chunk_size(7, std::int64_t{1} << 40), 1);
}

TEST(TwoSlots, ArraysOfALayoutAreAlignedAndApart) {
  ByteLayout layout;
  EXPECT_EQ(layout.take(1), 0);
  EXPECT_EQ(layout.take(256), 256);
  EXPECT_EQ(layout.take(0), 512);
  EXPECT_EQ(layout.take(257), 512);
  EXPECT_EQ(layout.used, 1024);
}

}  // namespace
}  // namespace wattstein::test
