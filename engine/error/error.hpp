#pragma once
// The one exception type, thrown at the edges (files, command line, study set-up) and caught in cli/.

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace wattstein {

/// What went wrong in the user's words: names the file, line or key, and what was expected.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  template <class... Args>
  explicit Error(fmt::format_string<Args...> format, Args&&... args)
      : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The user asked to stop (Ctrl-C). Everything reached so far is on disk; the run can be resumed.
class Stopped : public Error {
 public:
  using Error::Error;
};

}  // namespace wattstein
