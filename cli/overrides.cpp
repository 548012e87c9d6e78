#include "cli/commands.hpp"

namespace wattstein::cli {

void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const std::string& hint) {
  command.add_option("--set", overrides, "change a setting: dotted.key=value" + (hint.empty() ? "" : ", " + hint))
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
}

}  // namespace wattstein::cli
