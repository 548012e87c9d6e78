#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/report/coordination_report.hpp"
#include "engine/report/load_run.hpp"

namespace wattstein::cli {

void add_report(Program& program) {
  struct Request {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> compared;
    std::string hub;
    bool figures = false;
  };
  auto request = std::make_shared<Request>();
  auto* command = program.app.add_subcommand("report", "Draw report.html of a finished coordination run again");
  command->add_option("folder", request->folder, "folder with the results")->required();
  command->add_option("--compare", request->compared, "further results folders to stand beside it")->type_name("DIR");
  command->add_option("--hub", request->hub, "the hub to show closely (default: the one with the largest exchange)");
  command->add_flag("--figures", request->figures, "also write every picture as figures/*.svg");
  command->callback([&program, request] {
    program.run = [request] {
      report::CoordinationReportData data = report::load_coordination_run(request->folder);
      for (const auto& folder : request->compared) data.compared.push_back(report::load_compared_run(folder));
      data.detail_hub = request->hub;
      const report::Page page = report::coordination_page(data);
      files::write_whole(request->folder / "report.html", page.html());
      fmt::print("{}\n", (request->folder / "report.html").string());
      if (request->figures)
        fmt::print("{} pictures in {}\n", page.write_figures(request->folder / "figures"),
                   (request->folder / "figures").string());
      return static_cast<int>(exit_solved);
    };
  });
}

}  // namespace wattstein::cli
