#include "engine/studies/results_folder.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::engine {

nlohmann::ordered_json json_number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0.0 ? "inf" : "-inf";
  return value;
}

ResultsFolder::ResultsFolder(std::filesystem::path folder, bool quiet)
    : folder_(std::move(folder)),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      begin_(std::chrono::steady_clock::now()) {}

ResultsFolder::~ResultsFolder() {
  if (line_pending_) std::fputc('\n', stderr);
  try {
    if (open_) flush_log();
  } catch (const Error&) {  // the reason for leaving is on its way already
  }
}

void ResultsFolder::open(const files::TomlDocument& document) {
  files::make_writable_folder(folder_);
  files::write_whole(folder_ / "config.toml", files::to_standalone_toml(document));
  open_ = true;
  flush_log();
}

void ResultsFolder::log(const std::string& line) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  log_ += fmt::format("{:9.2f} s  {}\n", seconds, line);
  if (quiet_) return;
  if (line_pending_) std::fputs("\r\033[K", stderr);
  line_pending_ = false;
  fmt::print(stderr, "{}\n", line);
}

void ResultsFolder::print(const std::string& table) {
  log_ += table;
  if (quiet_) return;
  if (line_pending_) std::fputs("\r\033[K", stderr);
  line_pending_ = false;
  fmt::print("{}", table);
  std::fflush(stdout);
}

void ResultsFolder::progress(const std::string& line) {
  if (quiet_ || !terminal_) return;
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  line_pending_ = true;
}

void ResultsFolder::write_csv(std::string_view name, const files::CsvWriter& table) {
  table.write(folder_ / name);
}
void ResultsFolder::write_text(std::string_view name, std::string_view text) {
  files::write_whole(folder_ / name, text);
}
void ResultsFolder::flush_log() {
  files::write_whole(folder_ / "log.txt", log_);
}

int ResultsFolder::finish() {
  if (line_pending_) std::fputs("\r\033[K", stderr);
  line_pending_ = false;
  flush_log();
  // error_handler replace: a name from a file may not be valid UTF-8.
  files::write_whole(folder_ / "summary.json",
                     summary_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return summary_.value("status", "") == "solved" ? 0 : 1;
}

}  // namespace wattstein::engine
