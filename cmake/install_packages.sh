#!/usr/bin/env bash
# Installs what building Wattstein needs on Debian 12, and nothing that is already there. Needs root or sudo.
#   install_packages.sh build     compiler, CMake and libraries
#   install_packages.sh check     the same, and what the tests, the style checks and learning/ (LibTorch) use
set -euo pipefail

what="${1:-build}"
packages=(build-essential cmake ninja-build ccache libeigen3-dev libhdf5-dev zlib1g-dev libfmt-dev libspdlog-dev
          nlohmann-json3-dev libcli11-dev libtomlplusplus-dev)
if [ "$what" = check ]; then
  packages+=(libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy git python3 python3-venv
             libtorch-dev libopenblas0-pthread)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "packages: all installed"
  exit 0
fi

echo "packages: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "error: need root or sudo to install: ${missing[*]}" >&2; exit 2; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
