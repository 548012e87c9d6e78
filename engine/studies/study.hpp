#pragma once
// Study files: the common keys, the kinds of studies and how one is run.
//
// A kind is one StudyKind in one *_study.cpp; engine/studies/kinds.cpp lists those of the engine, learning/ adds its
// own.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/table.hpp"
#include "engine/options/option.hpp"
#include "engine/solver/solver.hpp"
#include "engine/studies/results_folder.hpp"

namespace wattstein::engine {

/// What a runner gets: the checked common part of the study file, and where to write.
struct StudyContext {
  std::shared_ptr<files::TomlDocument> document;  // overrides applied
  std::string kind, name;
  int hours = 24;
  double step_hours = 1.0;
  std::int64_t seed = 1;
  SolverOptions solver;                     // stop is set; progress is the runner's to set
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C: save what can be resumed, then throw Stopped
  bool resume = false;                      // --resume: continue from the folder's checkpoint when there is one
  bool quiet = false;
  ResultsFolder& results;  // results.open(*document) once everything has been read and checked
  /// Set by a runner that has a report: gets the finished summary, gives report.html.
  std::function<std::string(const nlohmann::json& summary)> make_report = {};

  bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

/// Runs a study: reads its tables, calls results.open(), works, fills results.summary() (status, objective,
/// lower_bound, relative_gap, iterations and the kind's own entries; study, name, seconds, seed, device, version are
/// filled by run_study) and writes its tables. Wrong input: throws Error before results.open().
using StudyRunner = std::function<void(StudyContext&)>;

struct StudyKind {
  std::string_view name;                   // value of `study = "..."`
  std::string_view meaning;                // one sentence for `wattstein options`
  std::vector<std::string> tables;         // root tables and arrays of tables it reads, besides "solver"
  std::vector<options::Section> sections;  // their records, for `wattstein options`
  StudyRunner run;
};

/// The kinds of the engine, in the order of the documentation.
std::vector<StudyKind> engine_study_kinds();

// One function for each, defined in <name>_study.cpp.
StudyKind batch_study();
StudyKind power_flow_study();
StudyKind dso_response_study();
StudyKind market_study();
StudyKind recourse_study();
StudyKind compare_study();
StudyKind scaling_study();

struct StudyRequest {
  std::string study;  // a study.toml, a folder holding one, or a bundled study's name
  std::filesystem::path out;
  std::vector<std::string> overrides;  // "dotted.key=value"
  bool resume = false;
  bool quiet = false;
  const std::atomic<bool>* stop = nullptr;
};

/// Reads the study, dispatches on its kind, writes the folder. Returns the exit code (0 solved, 1 not solved).
/// Throws Error (wrong input; nothing has been written) and Stopped.
int run_study(const StudyRequest& request, std::span<const StudyKind> kinds);
/// The same for a document that does not stand in a file (wattstein solve).
int run_study(const std::shared_ptr<files::TomlDocument>& document, const StudyRequest& request,
              std::span<const StudyKind> kinds);

/// Records of the keys at the top of every study file.
std::span<const options::Option> common_records();

/// The study file a name stands for: a path, a folder with study.toml, or a bundled study. Error lists the bundled
/// ones.
std::filesystem::path find_study(const std::string& study);

struct BundledStudy {
  std::string name;
  std::filesystem::path file;
  std::string kind;  // its `study =`
};
/// Studies of the folder $WATTSTEIN_STUDIES, else of the installed ../share/wattstein/studies, else of the source tree.
std::vector<BundledStudy> bundled_studies();

/// The `study =` of a file; empty when it is no study.
std::string kind_of_study(const std::filesystem::path& file);

/// Version of the program, "0.1.0".
std::string version();

}  // namespace wattstein::engine
