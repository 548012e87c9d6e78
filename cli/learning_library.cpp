#ifdef WATTSTEIN_WITH_LEARNING
#include "cli/learning_library.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "engine/error/error.hpp"

namespace wattstein::cli {
namespace {

const learning::Commands& load() {
  std::error_code ignored;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path places[] = {here / learning::library_name,
                                          here.parent_path() / WATTSTEIN_LIBRARY_FOLDER / learning::library_name};
  for (const auto& file : places) {
    if (!std::filesystem::exists(file, ignored)) continue;
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Error("{}: cannot be loaded: {}", file.string(), dlerror());
    using Door = const learning::Commands* (*)();
    const auto door = reinterpret_cast<Door>(dlsym(library, learning::library_symbol));
    if (door == nullptr)
      throw Error("{}: has no {}; it is not of this program", file.string(), learning::library_symbol);
    return *door();
  }
  throw Error("{}: not found beside the program, nor as {}; surrogates are in there", learning::library_name,
              places[1].string());
}

}  // namespace

const learning::Commands& learning_commands() {
  static const learning::Commands& commands = load();
  return commands;
}

}  // namespace wattstein::cli
#endif
