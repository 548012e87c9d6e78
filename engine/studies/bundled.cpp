// Where bundled studies are found, and the version.

#include <algorithm>
#include <cstdlib>

#include "engine/error/error.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {
namespace {

std::filesystem::path bundled_folder() {
  std::error_code ignored;
  if (const char* given = std::getenv("WATTSTEIN_STUDIES"); given != nullptr && *given != '\0') {
    if (!std::filesystem::is_directory(given, ignored)) throw Error("WATTSTEIN_STUDIES = {}: no such folder", given);
    return given;
  }
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!ignored) {
    auto installed = program.parent_path().parent_path() / "share" / "wattstein" / "studies";
    if (std::filesystem::is_directory(installed, ignored)) return installed;
  }
  return WATTSTEIN_SOURCE_STUDIES;
}

constexpr options::Option study_key[] = {
    {.key = "study", .kind = options::Kind::text, .fallback = "", .unit = "-", .meaning = "kind of study"}};

}  // namespace

std::string kind_of_study(const std::filesystem::path& file) {
  try {
    const auto document = files::read_toml(file);
    // Other tables of the file are not of interest here: look at the key alone.
    const std::string text = files::to_toml_text(*document);
    const auto only = text.find("study = ");
    if (only == std::string::npos || (only != 0 && text[only - 1] != '\n')) return {};
    const auto line = files::parse_toml(text.substr(only, text.find('\n', only) - only), file);
    return files::Table::open(line, "", study_key).text("study");
  } catch (const Error&) {
    return {};
  }
}

std::string version() {
  return WATTSTEIN_VERSION;
}

std::vector<BundledStudy> bundled_studies() {
  std::vector<BundledStudy> studies;
  const auto folder = bundled_folder();
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    std::filesystem::path file = entry.path();
    if (entry.is_directory(failure)) file /= "study.toml";
    else if (file.extension() != ".toml") continue;
    if (!std::filesystem::is_regular_file(file, failure)) continue;
    const auto kind = kind_of_study(file);
    if (!kind.empty()) studies.push_back({entry.path().stem().string(), file, kind});
  }
  std::sort(studies.begin(), studies.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return studies;
}

std::filesystem::path find_study(const std::string& study) {
  std::error_code ignored;
  std::filesystem::path given(study);
  if (std::filesystem::is_regular_file(given, ignored)) return given;
  if (std::filesystem::is_directory(given, ignored) && std::filesystem::is_regular_file(given / "study.toml", ignored))
    return given / "study.toml";
  std::string known;
  if (!given.has_parent_path())
    for (const auto& bundled : bundled_studies()) {
      if (bundled.name == study) return bundled.file;
      known += (known.empty() ? "" : ", ") + bundled.name;
    }
  if (given.extension() == ".toml" || given.has_parent_path()) throw Error("{}: no such study file", study);
  throw Error("'{}' is neither a study file nor a bundled study ({})", study, known.empty() ? "none found" : known);
}

}  // namespace wattstein::engine
