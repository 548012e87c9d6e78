#!/bin/bash
# bench/gpu/pack.sh [BATCHES_FOLDER] [OUT]: builds wattstein_gpu_check with CUDA when an nvcc is here or can be had, converts the batches and puts all that a
# bare CUDA machine needs into OUT (default build/gpu): program, libgomp, *.raw. Then: bench/gpu/run.sh OUT
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
batches=${1:-$root/../shared/batches}
out=${2:-$root/build/gpu}
cuda=OFF
if nvcc=$("$root/cmake/find_nvcc.sh" 2>/dev/null); then
  cuda=ON
  export CUDACXX=${CUDACXX:-$nvcc}
fi
cmake -S "$root" -B "$root/build/gpu-build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWATTSTEIN_CUDA=$cuda -DWATTSTEIN_TESTS=OFF -DWATTSTEIN_LEARNING=OFF
cmake --build "$root/build/gpu-build" --target wattstein_gpu_check wattstein_convert_batches
mkdir -p "$out"
cp "$root/build/gpu-build/bench/gpu/wattstein_gpu_check" "$out/"
cp "$(ldd "$out/wattstein_gpu_check" | awk '/libgomp/ {print $3}')" "$out/"
"$root/build/gpu-build/bench/gpu/wattstein_convert_batches" "$out" "$batches"/*.h5
echo "$out"
