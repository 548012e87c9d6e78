#!/usr/bin/env python3
"""Run the public test sets (Netlib, Meszaros, Maros-Meszaros, DIMACS) through `wattstein solve`, one problem each on one thread,
and print how many end as their known optimum says.

    solver_sets.py PROGRAM SOLVER_SETS_FOLDER [--method auto,ipm,...] [--tolerance 1e-4,1e-6] [--time 300] [--only NAME,...] [--csv FILE]

solved: status solved and |objective - known| <= 10 tol (1 + |known|) at least 1e-4 loose where the known value has few digits.
"""
import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import time


def known_optima(folder):
    with open(folder / "known_optima.csv", newline="") as file:
        return list(csv.DictReader(file))


def instance(folder, row):
    return folder / (row["file"] if row["file"].endswith(".gz") else row["file"] + ".gz")


def run(program, file, method, tolerance, limit):
    command = [program, "solve", str(file), "--json", "--set", f"solver.tolerance={tolerance}", "--set", f"solver.method={method}",
               "--set", "solver.threads=1", "--set", "solver.device=cpu", "--set", f"solver.time_limit_seconds={limit}"]
    start = time.time()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=limit * 1.2 + 10)
    except subprocess.TimeoutExpired:
        return {"status": "killed"}, time.time() - start
    seconds = time.time() - start
    try:
        answer = json.loads(done.stdout)
        return {**answer["problems"][0], "cpu_seconds": answer["batch"]["cpu_seconds"]}, seconds
    except (ValueError, KeyError, IndexError):
        return {"status": f"exit {done.returncode}", "message": done.stderr.strip()[-200:]}, seconds


def number(text):
    try:
        value = float(text)
        return value if math.isfinite(value) else None
    except (TypeError, ValueError):
        return None


def verdict(row, answer, tolerance):
    # A re-solve that did not converge is no better than the published value.
    known = number(row["verified_objective"]) if row["verified_status"] != "not converged" else None
    if known is None:
        known = number(row["reference_objective"])
    infeasible = "infeas" in row["reference_status"].lower()
    status = answer["status"]
    if infeasible:
        return ("right" if status == "primal_infeasible" else "WRONG" if status in ("solved", "dual_infeasible") else "unsolved"), known
    if status in ("primal_infeasible", "dual_infeasible"):
        return "WRONG", known
    if status != "solved":
        return "unsolved", known
    error = abs(number(answer["objective"]) - known) / (1 + abs(known)) if known is not None else 0.0
    answer["error"] = error
    return ("right" if error <= max(10 * tolerance, 2e-6) else "WRONG"), known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--method", default="auto")
    parser.add_argument("--tolerance", default="1e-4,1e-6")
    parser.add_argument("--time", type=float, default=300)
    parser.add_argument("--only", default="")
    parser.add_argument("--csv", type=pathlib.Path)
    args = parser.parse_args()
    only = set(filter(None, args.only.split(",")))
    rows = [r for r in known_optima(args.folder) if not only or r["name"] in only]
    records, table = [], {}
    for method in args.method.split(","):
        for word in args.tolerance.split(","):
            for row in rows:
                answer, seconds = run(args.program, instance(args.folder, row), method, word, args.time)
                what, known = verdict(row, answer, float(word))
                table.setdefault((method, word, row["set"]), []).append(what)
                records.append({"method": method, "tolerance": word, "set": row["set"], "name": row["name"], "verdict": what, "status": answer["status"],
                                "objective": answer.get("objective"), "known": known, "error": answer.get("error"), "relative": answer.get("relative_residual"),
                                "by": answer.get("method"), "iterations": answer.get("iterations"), "seconds": round(seconds, 2)})
                if what != "right":
                    print(f"{method} {word} {row['set']} {row['name']}: {what}, {answer}, known {known}, {seconds:.1f} s", file=sys.stderr, flush=True)
    if args.csv:
        with open(args.csv, "w", newline="") as out:
            writer = csv.DictWriter(out, fieldnames=list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    print("| set | method | tolerance | instances | right | wrong | unsolved | median s | max s |\n|---|---|---|---|---|---|---|---|---|")
    for (method, word, name), verdicts in table.items():
        seconds = sorted(r["seconds"] for r in records if (r["method"], r["tolerance"], r["set"]) == (method, word, name))
        print(f"| {name} | {method} | {word} | {len(verdicts)} | {verdicts.count('right')} ({100 * verdicts.count('right') / len(verdicts):.0f} %) | "
              f"{verdicts.count('WRONG')} | {verdicts.count('unsolved')} | {seconds[len(seconds) // 2]} | {seconds[-1]} |")
    return 1 if any("WRONG" in v for v in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
