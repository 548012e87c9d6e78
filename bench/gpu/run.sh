#!/bin/bash
# bench/gpu/run.sh [FOLDER] [RESULTS]: one call on a bare CUDA machine. FOLDER (default build/gpu) holds what pack.sh made; RESULTS (default FOLDER)
# receives gpu.json and the logs; TIMED=N (default 100000) bounds the problems of a timed batch. Correctness of every workload against the CPU, compute-sanitizer on small batches, benchmarks.
# Without a GPU: says so, runs the emulated block team's comparison, exits 0 when it agrees.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$root/build/gpu}
results=${2:-$folder}
check=$folder/wattstein_gpu_check
[ -x "$check" ] || { echo "$check is missing: run bench/gpu/pack.sh first" >&2; exit 1; }
mkdir -p "$results"
# cuSPARSE, where the machine has it, is loaded by name; without it lockstep uses its own kernels.
export LD_LIBRARY_PATH=$folder:/usr/local/cuda/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L >/dev/null 2>&1; then
  echo "no CUDA device on this machine: no GPU figures; the emulated block team is compared with the lanes instead"
  "$check" "$folder" --small --no-bench --json "$results/gpu.json"
  exit $?
fi

nvidia-smi --query-gpu=name,memory.total,clocks.max.sm --format=csv | tee "$results/gpu.txt"
"$check" "$folder" --timed "${TIMED:-100000}" --json "$results/gpu.json" | tee "$results/check.log"
status=${PIPESTATUS[0]}

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
if [ -n "$sanitizer" ]; then
  for tool in memcheck racecheck; do
    for name in recourse14 recourse30_outages qp socp33 socp33_varying awkward; do
      "$sanitizer" --tool $tool --error-exitcode 3 "$check" "$folder" --small --no-bench --only $name > "$results/$tool-$name.log" 2>&1
      code=$?
      echo "$tool $name: exit code $code"
      [ $code -eq 0 ] || status=1
    done
  done
else
  echo "compute-sanitizer is not on this machine: memcheck and racecheck were not run"
fi
exit $status
