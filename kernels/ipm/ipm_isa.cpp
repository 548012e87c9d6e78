// Compiled once per instruction set; calls no out-of-line library code.
#include "kernels/ipm/ipm_driver.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

namespace {

template <class R>
struct HostSpace {
  using Real = R;
  using Vec = R*;
  using Kinds = StoredKinds;
  static constexpr bool careful = true;
};

template <class Real>
void run(const IpmTask& task) {
  using Space = HostSpace<Real>;
  Real* base = reinterpret_cast<Real*>(task.workspace);
  if (task.shared_matrix) {
    IpmBody<Space, SharedValues<Real>> body;
    body.bind(*task.view, base);
    body.a = SharedValues<Real>{task.shared_constant};
    IpmDriver<Space, SharedValues<Real>, IpmTask> driver{task, body, {}};
    driver.run();
  } else {
    IpmBody<Space, LaneValues<Real*>> body;
    body.bind(*task.view, base);
    body.a = LaneValues<Real*>{body.tail_};
    IpmDriver<Space, LaneValues<Real*>, IpmTask> driver{task, body, {}};
    driver.run();
  }
}

template <class Real>
std::int64_t workspace(const IpmView& view, bool matrix) {
  return IpmBody<HostSpace<Real>, SharedValues<Real>>::size(view, matrix) * LanesOf<Real>::value;
}

}  // namespace

#if defined(__AVX512F__)
using Wide = Pack<double, 8>;
#elif defined(__AVX2__)
using Wide = Pack<double, 4>;
#else
using Wide = Pack<double, 2>;
#endif

void ipm_run_wide(const IpmTask& task) {
  run<Wide>(task);
}
void ipm_run_one(const IpmTask& task) {
  run<double>(task);
}
std::int64_t ipm_workspace_wide(const IpmView& view, bool matrix) {
  return workspace<Wide>(view, matrix);
}
std::int64_t ipm_workspace_one(const IpmView& view, bool matrix) {
  return workspace<double>(view, matrix);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
