#pragma once
// The folder that a run writes. Nothing is created before open(), so a study that fails while it is set up leaves no
// trace. Every file is written beside its name and renamed; summary.json comes last.

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/csv.hpp"
#include "engine/files/table.hpp"

namespace wattstein::engine {

class ResultsFolder {
 public:
  /// `quiet`: lines of log() go to log.txt alone, not to the terminal.
  ResultsFolder(std::filesystem::path folder, bool quiet);
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  /// Makes the folder, proves it writable and writes config.toml. Call once the study's files have all been read and
  /// checked. Error when the folder cannot be made or written.
  void open(const files::TomlDocument& document);
  bool is_open() const { return open_; }

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path file(std::string_view name) const { return folder_ / name; }

  /// A line for the person who waits and for log.txt (kept in memory until open()).
  void log(const std::string& line);
  /// The result of the run for the person who waits: to standard output unless quiet, and into log.txt.
  void print(const std::string& table);
  /// A line of progress: overwritten on a terminal, left out elsewhere and when quiet; never in log.txt.
  void progress(const std::string& line);

  void write_csv(std::string_view name, const files::CsvWriter& table);
  void write_text(std::string_view name, std::string_view text);

  /// What becomes summary.json. Dotted paths of the result pages are nested objects; numbers that may be infinite or
  /// NaN go through json_number().
  nlohmann::ordered_json& summary() { return summary_; }
  const std::string& log_text() const { return log_; }

  /// Writes summary.json and log.txt. Returns the exit code: 0 when summary()["status"] is "solved", else 1.
  int finish();

 private:
  void flush_log();
  std::filesystem::path folder_;
  bool quiet_ = false;
  bool open_ = false;
  bool terminal_ = false;
  bool line_pending_ = false;
  std::string log_;
  std::chrono::steady_clock::time_point begin_;
  nlohmann::ordered_json summary_;
};

/// JSON has no infinity: +inf becomes the text "inf", −inf "-inf", NaN null.
nlohmann::ordered_json json_number(double value);

}  // namespace wattstein::engine
