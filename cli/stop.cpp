#include <csignal>
#include <cstdlib>

#include "cli/commands.hpp"

namespace wattstein::cli {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (stop.exchange(true)) {  // the second one
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

const std::atomic<bool>& stop_flag() {
  return stop;
}

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A full disk is an error of the write, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace wattstein::cli
