#!/usr/bin/env python3
"""What doing less saves: many realisations of the recourse problem, plainly, with the pool of bases, with screened bounds and smaller
form, and from the answer of the realisation before; one markdown table.

    pool.py PROGRAM BATCH.h5 [--hours 24] [--realisations 200,1000] [--tolerance 1e-6] [--pool 4000] [--order file,random]
            [--ways plain,pool,screen,smaller,warm] [--method auto]

The batch holds, hour by hour, the same number of realisations. New ones are drawn per hour: every side that varies within the hour lies
between those of two of its realisations, chosen for each side alone. Processor time of set-up and solving on one thread, verification
included, over the problems; the minimum of `--repeats` runs.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np


def draw(source, target, hours, count, seed):
    random = np.random.default_rng(seed)
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        problems = int(old.attrs["problems"])
        each = problems // hours
        for name, value in old.attrs.items():
            new.attrs[name] = value
        new.attrs["problems"] = hours * count
        for name, item in old.items():
            if isinstance(item, h5py.Group):
                if name != "reference":
                    old.copy(item, new)
                continue
            data = item[...]
            if data.shape[:1] != (problems,) or name == "u":
                if name != "u" or data.ndim == 1:
                    new[name] = data
                continue
            drawn = []
            for hour in range(hours):
                own = data[hour * each:(hour + 1) * each]
                shape = (count,) + own.shape[1:]
                first, second = random.integers(each, size=shape), random.integers(each, size=shape)
                share = random.random(shape)
                take = (lambda at: np.take_along_axis(own, at, axis=0))
                drawn.append(share * take(first) + (1 - share) * take(second) if (own != own[:1]).any() else np.broadcast_to(own[:1], shape))
            drawn = np.concatenate(drawn)
            # A variable that is fixed in one realisation of the hour may not be in another: sides stay between them.
            new[name] = drawn
            if name == "l":  # equal sides stay equal
                upper = old["u"][...]
                if upper.ndim > 1:
                    if not (upper == data).all():
                        sys.exit(f"{source}: only batches whose rows are equalities are drawn anew")
                    new["u"] = drawn


def warm(program, source, target, tolerance):
    """The batch with each problem's start at the answer of the one before it in the file."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([program, "solve", str(source), "--out", out, "--quiet", "--set", f"solver.tolerance={tolerance}", "--set", 'batch.write=["x", "y"]'], check=True)
        with h5py.File(pathlib.Path(out) / "results.h5") as results, h5py.File(source) as old, h5py.File(target, "w") as new:
            for name, value in old.attrs.items():
                new.attrs[name] = value
            for name in old:
                old.copy(name, new)
            for name in ("x", "y"):
                answers = results[name][...]
                new[f"start/{name}"] = np.concatenate([np.full_like(answers[:1], np.nan), answers[:-1]])


def run(program, file, settings, order, tolerance, repeats):
    best = None
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as out:
            more = [word for setting in settings for word in ("--set", setting)]
            command = [program, "solve", str(file), "--out", out, "--quiet", "--set", f"solver.tolerance={tolerance}", *more, "--set",
                       "solver.threads=1", "--set", "solver.device=cpu", "--set", "batch.write=[]", "--set", f"batch.order={order}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            summary = pathlib.Path(out) / "summary.json"
            if not summary.exists():
                sys.exit(done.stdout[-500:])
            batch = json.loads(summary.read_text())["batch"]
        if best is None or batch["cpu_seconds"] < best["cpu_seconds"]:
            best = batch
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("batch", type=pathlib.Path)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--realisations", default="200,1000")
    parser.add_argument("--tolerance", default="1e-6")
    parser.add_argument("--pool", type=int, default=4000)
    parser.add_argument("--order", default="file,random")
    parser.add_argument("--ways", default="plain,pool")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--repeats", type=int, default=1)
    args = parser.parse_args()
    ways = {"plain": [], "pool": [f"solver.pool={args.pool}"], "screen": ["solver.screen=true"],
            "smaller": ["solver.screen=true", "solver.form=auto"], "warm": []}
    print("| problems | order | way | ms per problem | median iterations | solved | largest gap |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        files = [(args.batch, "as given")]
        for count in [int(word) for word in args.realisations.split(",") if word]:
            file = pathlib.Path(folder) / f"{args.hours}x{count}.h5"
            draw(args.batch, file, args.hours, count, seed=1)
            files.append((file, f"{args.hours} x {count}"))
        for file, name in files:
            for order in args.order.split(","):
                for way in args.ways.split(","):
                    given = file
                    if way == "warm":
                        given = pathlib.Path(folder) / "warm.h5"
                        warm(args.program, file, given, args.tolerance)
                    batch = run(args.program, given, [f"solver.method={args.method}", *ways[way]], order, args.tolerance, args.repeats)
                    print(f"| {name} | {order} | {way} | {1e3 * batch['cpu_seconds'] / batch['problems']:.4f} | {batch['iterations_median']:g} | "
                          f"{batch['count']['solved']} of {batch['problems']} | {batch['gap_max']:.1e} |", flush=True)


if __name__ == "__main__":
    main()
