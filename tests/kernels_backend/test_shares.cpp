#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/backend/shares.hpp"

namespace wattstein::test {
namespace {

using namespace kernels;

TEST(Shares, AreContiguousAndHoldEveryProblemExactlyOnce) {
  for (const std::int64_t count : {0, 1, 2, 7, 33, 1000, 4097})
    for (const int devices : {1, 2, 3, 8})
      for (const std::int64_t least : {1, 5, 2048}) {
        const std::vector<Share> shares = contiguous_shares(count, devices, least);
        std::int64_t next = 0, smallest = count, largest = 0;
        for (std::size_t i = 0; i < shares.size(); ++i) {
          EXPECT_EQ(shares[i].first, next);
          EXPECT_EQ(shares[i].device, static_cast<int>(i));
          next += shares[i].count;
          smallest = std::min(smallest, shares[i].count);
          largest = std::max(largest, shares[i].count);
        }
        EXPECT_EQ(next, count);
        EXPECT_LE(shares.size(), static_cast<std::size_t>(devices));
        if (count > 0) {
          EXPECT_LE(largest - smallest, 1);
        }
        if (shares.size() > 1) {
          EXPECT_GE(smallest, least);
        }
      }
}

TEST(Shares, DeviceCountIsBoundedByWhatIsThere) {
  EXPECT_EQ(device_count(0, 4), 4);
  EXPECT_EQ(device_count(2, 4), 2);
  EXPECT_EQ(device_count(9, 4), 4);
}

TEST(Shares, RunOnThreadsOfTheirOwn) {
  const std::vector<Share> shares = contiguous_shares(100, 4, 1);
  std::vector<std::atomic<int>> seen(100);
  std::mutex mutex;
  std::vector<std::thread::id> threads;
  const auto left = run_shares(shares, [&](const Share& share) {
    const std::lock_guard<std::mutex> lock(mutex);
    threads.push_back(std::this_thread::get_id());
    for (std::int64_t i = share.first; i < share.first + share.count; ++i) ++seen[static_cast<std::size_t>(i)];
    return true;
  });
  EXPECT_TRUE(left.empty());
  for (const auto& times : seen) EXPECT_EQ(times, 1);
  EXPECT_EQ(threads.size(), 4U);
  EXPECT_EQ(std::count(threads.begin(), threads.end(), std::this_thread::get_id()), 0);
}

TEST(Shares, AFailingDeviceHandsItsShareToAnother) {
  const std::vector<Share> shares = contiguous_shares(30, 3, 1);
  std::mutex mutex;
  std::vector<Share> done;
  const auto left = run_shares(shares, [&](const Share& share) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (share.device == 1) return false;
    done.push_back(share);
    return true;
  });
  EXPECT_TRUE(left.empty());
  ASSERT_EQ(done.size(), 3U);
  EXPECT_EQ(done[2], (Share{10, 10, 0}));  // device 0 has taken the share of device 1
}

TEST(Shares, AShareThatNobodyCanDoIsReportedAndTheOthersStand) {
  const std::vector<Share> shares = contiguous_shares(30, 3, 1);
  std::atomic<int> asked{0};
  const auto left = run_shares(shares, [&](const Share& share) {
    if (share.first == 10) ++asked;
    return share.first != 10;
  });
  EXPECT_EQ(left, std::vector<Share>{shares[1]});
  EXPECT_EQ(asked, 3);  // its own device, then both others
  EXPECT_EQ(run_shares(shares, [](const Share&) { return false; }), shares);
}

TEST(Shares, ProgressAddsUpAndThreadsAreSharedOut) {
  MethodSettings settings;
  std::int64_t last = 0;
  settings.progress = [&](std::int64_t finished) { last = finished; };
  settings.threads = 5;
  SharedProgress progress(settings, 2);
  EXPECT_EQ(progress.settings_of(0).threads, 2);
  const MethodSettings first = progress.settings_of(0), second = progress.settings_of(1);
  first.progress(5);
  second.progress(7);
  EXPECT_EQ(last, 12);
  first.progress(9);
  EXPECT_EQ(last, 16);
}

}  // namespace
}  // namespace wattstein::test
