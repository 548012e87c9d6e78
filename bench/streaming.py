#!/usr/bin/env python3
"""Batches larger than memory: time and peak memory of one batch under several values of solver.memory_gb.

    streaming.py PROGRAM BATCH.h5 [--copies 200] [--memory 0,1,0.25] [--threads 2]

The batch's problems are repeated `copies` times in a temporary file (arrays with a row a problem; shared arrays stay shared). Every
run writes all results; its statuses and objectives must be those of the first run, bit by bit, or the script fails.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np


def repeat(source, target, copies):
    """Writes `source` with its B problems repeated: every dataset whose first axis is B and which is per problem in the format."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        problems = int(old.attrs["problems"])
        sizes = {"q": 1, "l": 1, "u": 1, "lb": 1, "ub": 1, "g": 1, "A/data": 1, "P/data": 1, "G/data": 1, "r": 0,
                 "reference/objective": 0, "reference/bound": 0, "reference/status": 0}  # axes of the shared form
        for key, value in old.attrs.items():
            new.attrs[key] = value
        new.attrs["problems"] = problems * copies

        def write(name, data):
            if not isinstance(data, h5py.Dataset):
                return
            if name.endswith(("delta_indptr", "delta_position", "delta_value")) or name.startswith("start/"):
                sys.exit(f"{source}: {name} cannot be repeated here; take a file without it")
            per_problem = name in sizes and data.ndim == sizes[name] + 1 and data.shape[0] == problems
            if not per_problem:
                new.create_dataset(name, data=data[()])
                return
            out = new.create_dataset(name, shape=(problems * copies, *data.shape[1:]), dtype=data.dtype, chunks=(problems, *data.shape[1:]))
            for k in range(copies):
                out[k * problems:(k + 1) * problems] = data[()]

        old.visititems(write)
        return problems * copies


def digest(results):
    with h5py.File(results) as file:
        return hashlib.sha256(np.ascontiguousarray(file["status"][()]).tobytes() + np.ascontiguousarray(file["objective"][()]).tobytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("batch", type=pathlib.Path)
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--memory", default="0,1,0.25", help="values of solver.memory_gb; 0: the whole batch at once")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        big = pathlib.Path(folder) / "big.h5"
        count = repeat(args.batch, big, args.copies)
        print(f"{args.batch.stem} x {args.copies}: {count} problems, {big.stat().st_size / 1e9:.2f} GB as a file\n")
        print("| memory_gb | peak memory, GB | read, s | solve, s | write, s | problems per second | statuses and objectives |")
        print("|---|---|---|---|---|---|---|")
        first = None
        for memory in args.memory.split(","):
            out = pathlib.Path(folder) / f"out{memory}"
            # A child of its own, so that its peak is its own.
            code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
                    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)")
            command = [args.program, "solve", str(big), "--out", str(out), "--quiet", "--set", f"solver.memory_gb={memory}", "--set",
                       f"solver.threads={args.threads}"]
            done = subprocess.run([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, text=True)
            if done.returncode != 0:
                sys.exit(f"memory_gb = {memory}: exit code {done.returncode}")
            peak = int(done.stdout.split()[-1]) * 1024 / 1e9
            batch = json.loads((out / "summary.json").read_text())["batch"]
            answer = digest(out / "results.h5")
            first = first or answer
            print(f"| {memory} | {peak:.2f} | {batch['seconds_read']:.1f} | {batch['seconds_setup'] + batch['seconds_solve']:.1f} | "
                  f"{batch['seconds_write']:.1f} | {batch['problems_per_second']:.0f} | {'the same' if answer == first else 'DIFFER'} |", flush=True)
            if answer != first:
                sys.exit("answers differ from those of the first run")
            (out / "results.h5").unlink()


if __name__ == "__main__":
    main()
