#include "engine/solver/options.hpp"

#include <array>

namespace wattstein::engine {
namespace {

using options::Kind;
using options::Option;

constexpr std::array<Option, 16> records = {{
    {.key = "tolerance",
     .kind = Kind::number,
     .fallback = "1e-4",
     .unit = "-",
     .meaning = "relative and absolute tolerance of residuals and gap on the original data",
     .minimum = 1e-10,
     .maximum = 0.1},
    {.key = "method",
     .kind = Kind::choice,
     .fallback = "\"auto\"",
     .unit = "-",
     .meaning = "how problems are solved; auto chooses by counted flops and expected iterations",
     .choices = "auto|pdhg|admm|ipm"},
    {.key = "device",
     .kind = Kind::choice,
     .fallback = "\"auto\"",
     .unit = "-",
     .meaning = "where problems are solved; cuda is refused when no device can be used",
     .choices = "auto|cpu|cuda"},
    {.key = "devices",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "CUDA devices that share the problems of a batch; 0: all that are visible",
     .minimum = 0,
     .maximum = 1024},
    {.key = "layout",
     .kind = Kind::choice,
     .fallback = "\"auto\"",
     .unit = "-",
     .meaning =
         "pdhg: lanes solves each problem on its own, in a lane of a vector register or a CUDA block; wide solves "
         "those that share A, P and G in lockstep, entries of all problems side by side; auto: wide on cuda where "
         "a problem does not fit the fast memory of a block",
     .choices = "auto|lanes|wide"},
    {.key = "threads",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "threads; 0: all cores",
     .minimum = 0,
     .maximum = 4096},
    {.key = "max_iterations",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "iterations of one problem; 0: the method's own limit",
     .minimum = 0,
     .maximum = 1e9},
    {.key = "time_limit_seconds",
     .kind = Kind::number,
     .fallback = "0",
     .unit = "s",
     .meaning = "wall time of one call of the solver; 0: no limit",
     .minimum = 0,
     .maximum = 1e9},
    {.key = "memory_gb",
     .kind = Kind::number,
     .fallback = "0",
     .unit = "GB",
     .meaning = "batches whose work space is larger are solved in slices; 0: no limit",
     .minimum = 0,
     .maximum = 1e6},
    {.key = "warm_start",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "use start points where a batch carries them"},
    {.key = "single_precision",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "ipm on the CPU: the first iterations of quadratic and cone programs with small factors in single "
                "precision; answers are finished and judged in double"},
    {.key = "polish",
     .kind = Kind::boolean,
     .fallback = "true",
     .unit = "-",
     .meaning = "finish rough answers of pdhg and admm, and what ipm nearly solves, by Newton's method on the bounds, "
                "rows and cones that they lean on"},
    {.key = "screen",
     .kind = Kind::boolean,
     .fallback = "false",
     .unit = "-",
     .meaning =
         "linear programs that share matrix and costs: drop the bounds of variables that no problem of the batch can "
         "make bind, proven by certified bounds; answers then depend on the batch in their last digits"},
    {.key = "form",
     .kind = Kind::choice,
     .fallback = "\"given\"",
     .unit = "-",
     .meaning =
         "auto: substitute out variables without bounds that an equality defines (flows, angles) as far as counted "
         "flops of a factorisation fall; for linear programs that share matrix and costs",
     .choices = "given|auto"},
    {.key = "pool",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning =
         "optimal bases kept for linear programs that share matrix and costs (auto, ipm): a problem for which one "
         "holds is "
         "answered without iterations, the others by a dual simplex from the nearest; 0: none. Answers depend on the "
         "problems solved before where several are optimal",
     .minimum = 0,
     .maximum = 1e6},
    {.key = "lanes",
     .kind = Kind::integer,
     .fallback = "0",
     .unit = "-",
     .meaning = "problems side by side in a vector register; 0: the register's width",
     .minimum = 0,
     .maximum = 8},
}};

}  // namespace

std::span<const Option> solver_records() {
  return records;
}

options::Section solver_section() {
  return {"solver", "How problems are solved.", records};
}

SolverOptions read_solver_options(const std::shared_ptr<files::TomlDocument>& document) {
  const auto table = files::Table::open(document, "solver", records);
  SolverOptions settings;
  settings.tolerance = table.number("tolerance");
  settings.method = table.text("method");
  settings.device = table.text("device");
  settings.devices = static_cast<int>(table.integer("devices"));
  settings.layout = table.text("layout");
  settings.threads = static_cast<int>(table.integer("threads"));
  settings.max_iterations = static_cast<int>(table.integer("max_iterations"));
  settings.time_limit_seconds = table.number("time_limit_seconds");
  settings.memory_gb = table.number("memory_gb");
  settings.warm_start = table.boolean("warm_start");
  settings.single_precision = table.boolean("single_precision");
  settings.polish = table.boolean("polish");
  settings.screen = table.boolean("screen");
  settings.form = table.text("form");
  settings.pool = static_cast<int>(table.integer("pool"));
  settings.lanes = static_cast<int>(table.integer("lanes"));
  if (settings.lanes == 3 || (settings.lanes > 4 && settings.lanes != 8))
    table.refuse("lanes", "expected 0, 1, 2, 4 or 8");
  return settings;
}

}  // namespace wattstein::engine
