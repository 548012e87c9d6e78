#!/usr/bin/env bash
# Prints the path of an nvcc: the one on PATH, CUDA's usual place, else the toolkit's wheels from PyPI in build/python.
set -euo pipefail
cd "$(dirname "$0")/.."
for candidate in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
  if [ -n "$candidate" ] && [ -x "$candidate" ]; then
    echo "$candidate"
    exit 0
  fi
done
./cmake/install_python.sh cuda >/dev/null
ls "$PWD"/build/python/lib/python3*/site-packages/nvidia/cu13/bin/nvcc
