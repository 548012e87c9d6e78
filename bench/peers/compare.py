#!/usr/bin/env python3
"""Wattstein beside other solvers: the same batch files, the same core, the same run; one markdown table.

    compare.py PROGRAM BATCHES_FOLDER [--files recourse118,...] [--tolerance 1e-6,1e-4] [--methods auto,ipm,pdhg,admm]
               [--peers NAME,...|none] [--repeats 3] [--budget 10] [--json FILE]

Method `pool` is auto with the pool of bases (solver.pool = 4000), from an empty pool; it is left out where there are no linear programs.

BATCHES_FOLDER holds the batch files and measure_peers.py, whose protocol is used: process CPU time on one pinned core, minimum of the
repeats, everything that must be done anew for a problem included (its column `total`). Wattstein's time is the CPU time of set-up and
solving of the whole batch over its problems, also the minimum of the repeats. Each tolerance is what a solver was asked for; the
error columns say what it reached: |objective - reference| / (1 + |reference|), worst problem.
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

FILES = ["recourse118", "recourse30", "recourse14", "recourse30_outages", "qp", "socp33", "socp33_varying", "hub24", "cvar", "cvar_own"]
PEERS = {"lp": ["highs_simplex_warm", "piqp_sparse", "highs_ipm"], "qp": ["piqp_sparse", "osqp", "clarabel_update", "proxqp_sparse"],
         "socp": ["clarabel_update", "scs"]}
KIND = {"qp": "qp", "cvar": "qp", "cvar_own": "qp", "socp33": "socp", "socp33_varying": "socp", "hub24": "socp"}


def wattstein(program, file, method, tolerance, repeats, limit):
    best = None
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as out:
            command = [program, "solve", str(file), "--out", out, "--quiet", "--set", f"solver.tolerance={tolerance}", "--set",
                       *(["solver.method=auto", "--set", "solver.pool=4000"] if method == "pool" else [f"solver.method={method}"]), "--set", "solver.threads=1", "--set", "solver.device=cpu", "--set", "batch.write=[]",
                       "--set", f"solver.time_limit_seconds={limit}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            summary = pathlib.Path(out) / "summary.json"
            if not summary.exists():
                return {"error": done.stdout.strip()[-200:]}
            batch = json.loads(summary.read_text())["batch"]
        if best is None or batch["cpu_seconds"] < best["cpu_seconds"]:
            best = batch
    problems = best["problems"]
    settled = sum(best["count"][word] for word in ("solved", "primal_infeasible", "dual_infeasible", "invalid_data"))
    return {"ms": 1e3 * best["cpu_seconds"] / problems, "error_max": best.get("reference", {}).get("objective_error_max"), "problems": problems,
            "failed": problems - settled, "iterations": best["iterations_median"]}


def peers(script, file, names, tolerances, repeats, budget):
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "peers.csv"
        subprocess.run([sys.executable, str(script), str(file), "--solver", ",".join(names), "--tol", ",".join(tolerances), "--repeats", str(repeats),
                        "--budget", str(budget), "--csv", str(table)], stdout=sys.stderr)
        if not table.exists():
            return []
        with open(table, newline="") as lines:
            return [{"solver": r["solver"] + (f" ({r['order']})" if r["solver"] == "highs_simplex_warm" else ""), "tolerance": r["tol"],
                     "ms": float(r["total_ms_mean"]), "error_max": float(r["err_max"]), "failed": int(r["failed"]), "problems": int(r["problems"]),
                     "iterations": float(r["iterations_median"])} for r in csv.DictReader(lines)]


def show(value, digits=".3g"):
    return "" if value is None else format(value, digits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", default=",".join(FILES))
    parser.add_argument("--tolerance", default="1e-6")
    parser.add_argument("--methods", default="auto,ipm,pdhg,admm")
    parser.add_argument("--peers", default="")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--budget", type=float, default=10.0, help="CPU seconds of a peer per repeat")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of a Wattstein call")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    script = args.folder / "measure_peers.py"
    if hasattr(os, "sched_setaffinity"):  # children inherit the core; the peers' script takes the same one
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    tolerances = args.tolerance.split(",")
    records = []
    print("| batch | solver | tolerance | ms per problem | × best peer | worst error | not solved | median iterations |\n|---|---|---|---|---|---|---|---|")
    for name in args.files.split(","):
        file = args.folder / f"{name}.h5"
        if not file.exists():
            print(f"{file}: skipped, no such file", file=sys.stderr)
            continue
        names = args.peers.split(",") if args.peers else PEERS[KIND.get(name, "lp")]
        found = [] if args.peers == "none" or not script.exists() else peers(script, file, names, tolerances, args.repeats, args.budget)
        for tolerance in tolerances:
            lines = [dict(r, peer=True) for r in found if r["tolerance"] in ("", f"{float(tolerance):g}")]
            # A peer counts as best when it solved everything to ten times the tolerance.
            good = [r["ms"] for r in lines if r["failed"] == 0 and r["error_max"] <= 10 * float(tolerance)]
            best = min(good) if good else None
            for method in args.methods.split(","):
                if method == "pool" and KIND.get(name, "lp") != "lp":
                    continue
                answer = wattstein(args.program, file, method, tolerance, args.repeats, args.limit)
                lines.append({"solver": f"**wattstein {method}**", "tolerance": tolerance, "peer": False, **answer})
            for line in lines:
                if "error" in line:
                    print(f"| {name} | {line['solver']} | {tolerance} | {line['error']} | | | | |", flush=True)
                    continue
                ratio = "" if best is None else f"{line['ms'] / best:.2f}"
                print(f"| {name} | {line['solver']} | {tolerance} | {show(line['ms'])} | {ratio} | {show(line['error_max'], '.1e')} | {line['failed']} of {line['problems']} | "
                      f"{show(line['iterations'])} |", flush=True)
                records.append({"batch": name, "asked": tolerance, **line})
    if args.json:
        args.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()
