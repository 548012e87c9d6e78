#include "engine/studies/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/studies/coordination_study.hpp"
#include "engine/studies/coordination_system.hpp"
#include "engine/studies/peak_memory.hpp"

namespace wattstein::engine {
namespace {

constexpr std::array experiment_kinds{"compare", "scaling"};
// Keys at the top of a study file that belong to the base runs.
constexpr std::array base_keys{"hours", "step_hours", "seed"};

std::string key_of(const std::string& override_text) {
  return override_text.substr(0, override_text.find('='));
}

bool dotted(const std::string& key) {
  return key.find_first_of(".[") != std::string::npos;
}

std::vector<std::string> translated(const std::string& kind, const std::vector<std::string>& overrides) {
  std::vector<std::string> own, also;
  for (const std::string& text : overrides) {
    const std::string key = key_of(text);
    const bool of_base = std::find(base_keys.begin(), base_keys.end(), key) != base_keys.end();
    if (key == "study") own.push_back(kind + ".base" + text.substr(key.size()));
    else if (key == "name" || key.starts_with(kind + ".")) own.push_back(text);
    else if (dotted(key) || of_base) also.push_back(text);
    else own.push_back(fmt::format("{}.{}", kind, text));
  }
  if (also.empty()) return own;
  std::string list;
  for (const auto& text : also) list += (list.empty() ? "" : ", ") + toml_quoted(text);
  own.push_back(kind + ".also=[" + list + "]");
  return own;
}

std::filesystem::path find_base(const files::Table& table) {
  const std::string name = table.text("base");
  std::error_code ignored;
  auto beside = (table.folder() / name).lexically_normal();
  if (std::filesystem::is_regular_file(beside, ignored)) return beside;
  if (std::filesystem::is_regular_file(beside / "study.toml", ignored)) return beside / "study.toml";
  return find_study(name);
}

/// The root of a coordination study's document.
files::Table coordination_root(const std::shared_ptr<files::TomlDocument>& document) {
  std::vector<std::string> tables{"solver"};
  const auto& own = coordination_tables();
  tables.insert(tables.end(), own.begin(), own.end());
  return files::Table::open(document, "", common_records(), tables);
}

nlohmann::json read_summary(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(folder / "summary.json", ignored)) return nullptr;
  auto summary = nlohmann::json::parse(files::read_whole(folder / "summary.json"), nullptr, false);
  return summary.is_object() ? summary : nlohmann::json(nullptr);
}

bool finished(const nlohmann::json& summary, const std::filesystem::path& folder, const std::string& settings) {
  if (!summary.is_object() || summary.value("version", "") != version()) return false;
  const std::string status = summary.value("status", "");
  if (status != "solved" && status != "iteration_limit") return false;
  std::error_code ignored;
  const auto config = folder / "config.toml";
  return std::filesystem::is_regular_file(config, ignored) && files::read_whole(config) == settings;
}

std::string outcome_line(const nlohmann::json& summary) {
  const auto number = [&](const char* key, const char* format) {
    const auto found = summary.find(key);
    return found != summary.end() && found->is_number() ? fmt::format(fmt::runtime(format), found->get<double>())
                                                        : std::string("-");
  };
  return fmt::format("{}, objective {} $, gap {}, {} iterations, {} s", summary.value("status", "unknown"),
                     number("objective", "{:.2f}"), number("relative_gap", "{:.1e}"), number("iterations", "{:.0f}"),
                     number("seconds", "{:.1f}"));
}

}  // namespace

std::string toml_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::shared_ptr<files::TomlDocument> open_study(const StudyRequest& request) {
  const bool sweep = request.study == "scaling" &&
                     std::any_of(request.overrides.begin(), request.overrides.end(), [](const std::string& text) {
                       const std::string key = key_of(text);
                       return key == "hubs" || key == "samples" || key == "study";
                     });
  if (sweep)
    return files::parse_toml("study = \"scaling\"\nname = \"scaling\"\n", "scaling",
                             translated("scaling", request.overrides));
  const auto file = find_study(request.study);
  const std::string kind = kind_of_study(file);
  const bool experiment = std::find(experiment_kinds.begin(), experiment_kinds.end(), kind) != experiment_kinds.end();
  return files::read_toml(file, experiment ? translated(kind, request.overrides) : request.overrides);
}

std::shared_ptr<files::TomlDocument> base_document(const BaseStudy& base, const std::vector<std::string>& more) {
  std::vector<std::string> overrides = base.overrides;
  overrides.insert(overrides.end(), more.begin(), more.end());
  return files::read_toml(base.file, overrides);
}

BaseStudy read_base(const files::Table& table) {
  BaseStudy base{find_base(table), table.texts("set")};
  const auto also = table.texts("also");
  base.overrides.insert(base.overrides.end(), also.begin(), also.end());
  if (const std::string kind = kind_of_study(base.file); kind != "coordination")
    table.refuse("base", fmt::format("{} is a study of kind '{}', expected a coordination study", base.file.string(),
                                     kind.empty() ? "unknown" : kind));
  const auto document = base_document(base);
  const auto root = coordination_root(document);
  read_coordination(document, static_cast<int>(root.integer("hours")), root.number("step_hours"),
                    static_cast<std::uint64_t>(root.integer("seed")));
  return base;
}

nlohmann::json run_planned(StudyContext& context, const BaseStudy& base, const PlannedRun& run) {
  const std::filesystem::path folder = context.results.file(run.folder);
  const auto document = base_document(base, run.overrides);
  if (context.resume) {
    auto summary = read_summary(folder);
    if (finished(summary, folder, files::to_standalone_toml(*document))) {
      context.results.log(fmt::format("{}: finished before ({})", run.title, outcome_line(summary)));
      return summary;
    }
  }
  context.results.progress(run.title + " ...");
  reset_peak_memory();
  StudyRequest request;
  request.study = base.file.string();
  request.out = folder;
  request.resume = context.resume;
  request.quiet = true;
  request.stop = context.stop;
  const StudyKind kinds[] = {coordination_study()};
  run_study(document, request, kinds);
  auto summary = read_summary(folder);
  context.results.log(fmt::format("{}: {}", run.title, outcome_line(summary)));
  if (const std::string message = summary.value("message", ""); !message.empty()) context.results.log("  " + message);
  return summary;
}

}  // namespace wattstein::engine
