#pragma once
// A batch split over several devices: contiguous shares, a host thread each, what fails is given to another device.

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "kernels/batch/method.hpp"

namespace wattstein::kernels {

/// Items first .. first + count - 1, for one device.
struct Share {
  std::int64_t first = 0, count = 0;
  int device = 0;
  bool operator==(const Share&) const = default;
};

/// `count` items as at most `devices` contiguous shares whose sizes differ by one at most; fewer shares where they
/// would hold fewer than `least` items. Together they hold every item exactly once.
std::vector<Share> contiguous_shares(std::int64_t count, int devices, std::int64_t least);

/// Number of devices for a wish (0: all `visible`), never more than there are.
int device_count(int wish, int visible);

/// Calls work(share) for every share, each on its own host thread (one share: on the caller's). work returns false when
/// its device failed; it must not throw. Then, one after the other, failed shares are tried once more on the devices
/// that did their own share. Returns the shares that nobody could do.
std::vector<Share> run_shares(std::span<const Share> shares, const std::function<bool(const Share&)>& work);

/// Settings of several shares that run at the same time: progress is added up and reported one call at a time, threads
/// are shared out.
class SharedProgress {
 public:
  SharedProgress(const MethodSettings& settings, std::size_t shares) : settings_(settings), done_(shares, 0) {}
  /// The settings for share number `share`. Valid as long as this object.
  MethodSettings settings_of(std::size_t share);

 private:
  const MethodSettings& settings_;
  std::mutex mutex_;
  std::vector<std::int64_t> done_;  // (shares)
};

}  // namespace wattstein::kernels
