#!/usr/bin/env bash
# From a fresh Debian 12 to a solved study: installs what is missing, builds, runs T118E20 with electric hubs under Wasserstein
# ambiguity, prints the summary and where the report is.
#   cmake/quickstart.sh [--build-only]     --build-only: the last line printed is the program's path
set -euo pipefail
cd "$(dirname "$0")/.."
build_only=false
for argument in "$@"; do
  case "$argument" in
    --build-only) build_only=true ;;
    *) echo "usage: cmake/quickstart.sh [--build-only]" >&2; exit 2 ;;
  esac
done

cmake/install_packages.sh build
mkdir -p build/quickstart
launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release -DWATTSTEIN_TESTS=OFF -DWATTSTEIN_BENCH=OFF \
      -DWATTSTEIN_LEARNING=OFF "${launcher[@]}" >build/quickstart/configure.log 2>&1 ||
  { cat build/quickstart/configure.log >&2; exit 2; }
cmake --build build/quickstart --target wattstein
program="$PWD/build/quickstart/cli/wattstein"
if $build_only; then
  echo "$program"
  exit 0
fi

out="$PWD/out/t118e20"
"$program" run t118e20 --out "$out" --set coordination.case=electric_only --set ambiguity.model=dro
echo "report: $out/report.html"
