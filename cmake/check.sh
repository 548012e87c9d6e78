#!/usr/bin/env bash
# Installs, builds and runs every check: style, warnings, tests, golden instances, sanitizers, the CUDA compilation.
#   cmake/check.sh [STAGE]...    stages: style build test asan fuzz tsan cuda package (default: these, in this order), asan-all, tidy
set -euo pipefail
cd "$(dirname "$0")/.."
stages=("$@")
[ "${#stages[@]}" -gt 0 ] || stages=(style build test asan fuzz tsan cuda package)
jobs="$(nproc)"
began=$SECONDS
# Objects are the same wherever the repository lies and in every preset with the same flags: another clone, and the CUDA
# preset's plain C++ half, find them in the compiler cache.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

say() { printf '\n=== %s (%d s)\n' "$*" "$((SECONDS - began))"; }

configure() { # preset, further arguments
  local preset="$1"
  shift
  mkdir -p "build/$preset"
  cmake --preset "$preset" -DWATTSTEIN_WERROR=ON -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@" >"build/$preset/configure.log" 2>&1 ||
    { cat "build/$preset/configure.log"; return 1; }
}

style() {
  say "style: clang-format"
  git ls-files '*.cpp' '*.hpp' '*.cu' '*.cuh' | xargs -r clang-format --dry-run -Werror
}

build() {
  say "build: all targets, warnings are errors"
  configure cpu -DWATTSTEIN_PYTHON="$(cmake/install_python.sh tests)"
  cmake --build --preset cpu -j "$jobs"
}

# clang-tidy on every source of the project, except the kernels' sources that are compiled per instruction set
tidy() {
  say "style: clang-tidy"
  # (The headers of Debian's LibTorch are no C++ to Debian's clang 14: of learning/ only what does not see them.)
  git ls-files 'engine/*.cpp' 'cli/*.cpp' 'learning/library/*.cpp' |
    xargs -r -P "$jobs" -n 4 clang-tidy -p build/cpu --quiet 2>/dev/null
}

test_() {
  say "test: everything"
  ctest --preset cpu -j "$jobs"
}

# What reads files and draws pages. `asan-all` takes every fast test (the kernels' three instruction sets make its build
# long; the others compile the portable one alone).
asan_targets=(test_engine_files_fast test_engine_tables_fast test_engine_grid_fast test_engine_grid_samples_fast test_engine_report_fast)

asan() {
  say "asan: readers and reports under address and undefined-behaviour sanitizers"
  configure asan -DWATTSTEIN_PORTABLE=ON
  cmake --build --preset asan -j "$jobs" --target "${asan_targets[@]}"
  for target in "${asan_targets[@]}"; do "$(find build/asan/tests -name "$target" -type f)" --gtest_brief=1; done
}

# Seconds of each target; an hour of each before a release: WATTSTEIN_FUZZ_SECONDS=3600 cmake/check.sh fuzz
fuzz() {
  local seconds="${WATTSTEIN_FUZZ_SECONDS:-12}"
  say "fuzz: readers and batches, $seconds s each, under address and undefined-behaviour sanitizers"
  configure asan -DWATTSTEIN_PORTABLE=ON
  cmake --build --preset asan -j "$jobs" --target fuzz
  printf '%s\n' mps cbf matpower batch_file batch |
    xargs -P "$jobs" -I{} build/asan/tests/fuzz/fuzz {} --seconds "$seconds" --seed "$(date +%j)000000"
}

asan_all() {
  say "asan-all: every fast test under address and undefined-behaviour sanitizers"
  configure asan -DWATTSTEIN_PORTABLE=OFF
  cmake --build --preset asan -j "$jobs"
  ctest --preset asan -j "$jobs"
}

tsan() {
  say "tsan: the emulated block team"
  configure tsan
  cmake --build --preset tsan -j "$jobs" --target test_kernels_backend_fast test_kernels_pdhg_fast test_kernels_admm_fast
  ctest --test-dir build/tsan -R 'Emulated|Block|Shares' --output-on-failure -j "$jobs"
}

cuda() {
  say "cuda: compiled for sm_80 and sm_90"
  configure cuda -DCMAKE_CUDA_COMPILER="$(cmake/find_nvcc.sh)" -DWATTSTEIN_TESTS=OFF -DWATTSTEIN_BENCH=OFF -DWATTSTEIN_LEARNING=OFF
  cmake --build --preset cuda -j "$jobs"
  # What pack.sh would send to a CUDA machine: links, and without a device compares the emulated teams.
  local batches=build/cuda/batches
  [ -d ../shared/batches ] || return 0
  mkdir -p "$batches"
  build/cuda/bench/gpu/wattstein_convert_batches "$batches" ../shared/batches/*.h5
  build/cuda/bench/gpu/wattstein_gpu_check "$batches" --small --no-bench --json "$batches/gpu.json"
}

package() {
  say "package: installed and used by a program of its own"
  rm -rf build/installed build/consumer
  cmake --install build/cpu --prefix "$PWD/build/installed" >/dev/null
  cmake -S tests/package -B build/consumer -G Ninja -DCMAKE_PREFIX_PATH="$PWD/build/installed" >/dev/null
  cmake --build build/consumer
  build/consumer/consumer
}

cmake/install_packages.sh check
for stage in "${stages[@]}"; do
  case "$stage" in
    style) style ;;
    build) build ;;
    tidy) tidy ;;
    test) test_ ;;
    asan | fuzz | tsan | cuda | package) "$stage" ;;
    asan-all) asan_all ;;
    *) echo "error: unknown stage '$stage'" >&2; exit 2 ;;
  esac
done
say "done"
