// Compiled once per instruction set; calls no out-of-line library code.
#include <cstdint>
#include <type_traits>

#include "kernels/ipm/ipm_driver.hpp"
#include "kernels/ipm/ipm_rough.hpp"

namespace wattstein::kernels {
inline namespace WATTSTEIN_ISA {

namespace {

template <class R>
struct HostSpace {
  using Real = R;
  using Vec = R*;
  using Kinds = StoredKinds<unsigned char>;
  static constexpr bool careful = true;
};

/// Single precision in a register of the same size.
template <class Real>
struct Single {
  using type = float;
};
template <int W>
struct Single<Pack<double, W>> {
  using type = Pack<float, 2 * W>;
};
template <class R>
struct RoughSpace {
  using Real = R;
  using Vec = R*;
  using Kinds = StoredKinds<std::uint16_t>;
  static constexpr bool careful = false;
};

/// The matrices of all problems, or of each lane.
template <class Real, bool shared>
using Values = std::conditional_t<shared, SharedValues<Real>, LaneValues<Real*>>;

template <class Real, bool shared>
struct Bodies {
  using Exact = IpmBody<HostSpace<Real>, Values<Real, shared>>;
  using Float = typename Single<Real>::type;
  using Rough = IpmBody<RoughSpace<Float>, Values<Float, shared>>;
  using Source = IpmRough<Exact, RoughSpace<Float>, Values<Float, shared>>;

  /// Bytes of either body, rounded up to where another may begin.
  static std::int64_t exact_bytes(const IpmView& view) { return round_up(Exact::size(view, !shared) * sizeof(Real)); }
  static std::int64_t rough_bytes(const IpmView& view) { return round_up(Rough::size(view, !shared) * sizeof(Float)); }
  static std::int64_t round_up(std::size_t bytes) { return static_cast<std::int64_t>((bytes + 63) / 64 * 64); }

  static void run(const IpmTask& task) {
    const IpmView& view = *task.view;
    Exact body;
    body.bind(view, reinterpret_cast<Real*>(task.workspace));
    if constexpr (shared) body.a = {task.shared_constant};
    else body.a = {body.tail_};
    if (!task.rough) {
      IpmNoSource none;
      IpmDriver<HostSpace<Real>, Values<Real, shared>, IpmTask> driver{task, body, none, {}};
      driver.run();
      return;
    }
    char* at = reinterpret_cast<char*>(task.workspace) + exact_bytes(view);
    Rough rough;
    rough.bind(view, reinterpret_cast<Float*>(at));
    if constexpr (shared) {
      float* numbers = reinterpret_cast<float*>(at + rough_bytes(view));
      for (int i = 0; i < view.constant_count; ++i) numbers[i] = static_cast<float>(task.shared_constant[i]);
      rough.a = {numbers};
    } else {
      rough.a = {rough.tail_};
    }
    Source source(task, rough);
    IpmDriver<HostSpace<Real>, Values<Real, shared>, IpmTask, Source> driver{task, body, source, {}};
    driver.run();
  }

  static IpmNeeds needs(const IpmView& view) {
    const std::int64_t numbers = shared ? round_up(static_cast<std::size_t>(view.constant_count) * sizeof(float)) : 0;
    return {exact_bytes(view), rough_bytes(view) + numbers, Source::problems};
  }
};

template <class Real>
void run(const IpmTask& task) {
  task.shared_matrix ? Bodies<Real, true>::run(task) : Bodies<Real, false>::run(task);
}
template <class Real>
IpmNeeds needs(const IpmView& view, bool matrix) {
  return matrix ? Bodies<Real, false>::needs(view) : Bodies<Real, true>::needs(view);
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
IpmNeeds ipm_needs_wide(const IpmView& view, bool matrix) {
  return needs<Wide>(view, matrix);
}
IpmNeeds ipm_needs_one(const IpmView& view, bool matrix) {
  return needs<double>(view, matrix);
}

}  // namespace WATTSTEIN_ISA
}  // namespace wattstein::kernels
