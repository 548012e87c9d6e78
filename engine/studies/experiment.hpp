#pragma once
// Studies made of many coordination runs (compare, scaling): how the command line reaches their keys, and how one of
// their runs is carried out in a folder of its own or taken from there when it is finished.

#include <memory>
#include <string>
#include <vector>

#include "engine/studies/study.hpp"

namespace wattstein::engine {

/// The document of `wattstein run STUDY --set ...`. For the kinds compare and scaling, `--set` reaches two places:
///   study=NAME          the base study                 (compare.base)
///   KEY=VALUE           a key of the experiment        (compare.by, scaling.hubs, ...)
///   TABLE.KEY=VALUE     a setting of every base run    (collected in compare.also)
/// `run scaling --set hubs=[..]` (or samples, or study) is the sweep; without these keys it is the bundled study of
/// that name.
std::shared_ptr<files::TomlDocument> open_study(const StudyRequest& request);

/// Records that every experiment's table has besides `base`; read_base() reads them.
inline constexpr options::Option settings_of_every_run{.key = "set",
                                                       .kind = options::Kind::texts,
                                                       .fallback = "[]",
                                                       .unit = "-",
                                                       .meaning = "settings of every run, as for --set"};
inline constexpr options::Option settings_from_the_command_line{.key = "also",
                                                                .kind = options::Kind::texts,
                                                                .fallback = "[]",
                                                                .unit = "-",
                                                                .meaning = "the same, filled from the command line"};

/// What all runs of an experiment start from.
struct BaseStudy {
  std::filesystem::path file;
  std::vector<std::string> overrides;  // for every run
};

/// Reads `base`, `set`, `also` of an experiment's table. `base`: a path beside the experiment's file, or whatever
/// find_study knows. Error when it is no coordination study or cannot be read (the whole study is read once, so that a
/// mistake in it ends the experiment before it has begun).
BaseStudy read_base(const files::Table& table);

/// The base study's document with further overrides.
std::shared_ptr<files::TomlDocument> base_document(const BaseStudy& base, const std::vector<std::string>& more = {});

struct PlannedRun {
  std::string folder;                  // below the results folder: "case1", "h10_s100"
  std::string title;                   // for people
  std::vector<std::string> overrides;  // on top of the base study's
};

/// Carries the run out and returns its summary. With --resume a run that ended with a schedule (solved, or at its
/// iteration limit) under the same settings and version is taken as it stands, one that was stopped goes on from its
/// checkpoint. Throws Stopped and Error.
nlohmann::json run_planned(StudyContext& context, const BaseStudy& base, const PlannedRun& run);

/// `text` as a TOML string with its quotes.
std::string toml_quoted(const std::string& text);

}  // namespace wattstein::engine
