#include "kernels/backend/shares.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

#include "kernels/backend/threads.hpp"

namespace wattstein::kernels {

std::vector<Share> contiguous_shares(std::int64_t count, int devices, std::int64_t least) {
  std::vector<Share> shares;
  if (count <= 0) return shares;
  const std::int64_t most = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, least));
  const std::int64_t parts = std::clamp<std::int64_t>(devices, 1, most);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = count / parts * part + std::min(part, count % parts);
    shares.push_back({first, count / parts + (part < count % parts ? 1 : 0), static_cast<int>(part)});
  }
  return shares;
}

int device_count(int wish, int visible) {
  return wish > 0 ? std::min(wish, visible) : visible;
}

std::vector<Share> run_shares(std::span<const Share> shares, const std::function<bool(const Share&)>& work) {
  std::vector<char> done(shares.size(), 0);
  const auto run = [&](std::size_t at) { done[at] = work(shares[at]) ? 1 : 0; };
  if (shares.size() == 1) {
    run(0);
  } else {
    std::vector<std::thread> threads;
    for (std::size_t at = 0; at < shares.size(); ++at) threads.emplace_back(run, at);
    for (std::thread& thread : threads) thread.join();
  }
  std::vector<char> able = done;  // a device that fails as a helper is not asked again
  std::vector<Share> left;
  for (std::size_t at = 0; at < shares.size(); ++at) {
    for (std::size_t helper = 0; helper < shares.size() && !done[at]; ++helper) {
      if (!able[helper]) continue;
      Share again = shares[at];
      again.device = shares[helper].device;
      std::thread([&] { done[at] = able[helper] = work(again) ? 1 : 0; }).join();
    }
    if (!done[at]) left.push_back(shares[at]);
  }
  return left;
}

MethodSettings SharedProgress::settings_of(std::size_t share) {
  MethodSettings settings = settings_;
  const auto shares = static_cast<int>(done_.size());
  if (shares > 1) settings.threads = std::max(1, thread_count(settings_.threads, 1 << 20) / shares);
  if (settings_.progress)
    settings.progress = [this, share](std::int64_t finished) {
      const std::lock_guard<std::mutex> lock(mutex_);
      done_[share] = finished;
      settings_.progress(std::accumulate(done_.begin(), done_.end(), std::int64_t{0}));
    };
  return settings;
}

}  // namespace wattstein::kernels
