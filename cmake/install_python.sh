#!/usr/bin/env bash
# Makes build/python, a virtual environment with the solvers that the tests and benchmarks compare with, and prints its interpreter.
#   install_python.sh [GROUP]...     tests (default) | peers | cuda
set -euo pipefail
cd "$(dirname "$0")/.."
groups=("$@")
[ "${#groups[@]}" -gt 0 ] || groups=(tests)

folder="$PWD/build/python"
base=/usr/bin/python3
[ -x "$base" ] || base=python3
[ -x "$folder/bin/python" ] || "$base" -m venv "$folder" >&2
for group in "${groups[@]}"; do
  stamp="$folder/.installed-$group"
  [ -e "$stamp" ] && continue
  case "$group" in
    tests) wanted=(numpy scipy h5py highspy clarabel) ;;
    peers) wanted=(numpy scipy h5py highspy clarabel osqp scs piqp proxsuite lightsim2grid pandapower power-grid-model) ;;
    cuda) wanted=("cuda-toolkit[nvcc,cudart,cccl,cusparse]==13.0.*") ;;
    *) echo "error: unknown group '$group'; expected tests, peers or cuda" >&2; exit 2 ;;
  esac
  "$folder/bin/pip" install -q --disable-pip-version-check "${wanted[@]}" >&2
  touch "$stamp"
done
echo "$folder/bin/python"
