#!/usr/bin/env python3
"""Wattstein's power flow beside power-grid-model and lightsim2grid: the same scenarios, one core, 1e-8; one markdown table.

    powerflow.py PROGRAM CASES_FOLDER [--scenarios 2000] [--repeats 5] [--json FILE]
    pip install power-grid-model lightsim2grid

Every bus load is scaled by a factor of its scenario (0.7 to 1.1) and one of its own (0.9 to 1.1), seed 7. First all voltages are
compared: a program that is off by more than 1e-6 p.u. gets no time. Then process CPU time on one pinned core, minimum of the repeats,
of the call that takes all scenarios and returns all voltages; reading the case and building the model is not counted for anybody.
power-grid-model's tolerance is on the change of voltages, not on the mismatch. lightsim2grid's InjectionSweep starts every scenario
from the same voltages, as Wattstein does; its TimeSeries starts from the last solution.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import numpy as np

CASES = [("case33bw", "sweep"), ("case33bw", "newton"), ("case69", "sweep"), ("case85", "sweep"), ("case14", "newton"), ("case118", "newton")]
TOLERANCE = 1e-8


def read_case(file):
    """Tables of a MATPOWER case; the two conversions of distribution cases applied. Only for the cases named above."""
    text = re.sub(r"%.*", "", file.read_text())
    tables = {name: np.array([[float(x) for x in row.split()] for row in re.split(r"[;\n]", body) if row.strip()])
              for name, body in re.findall(r"mpc\.(bus|gen|branch) = \[(.*?)\]", text, re.S)}
    tables["baseMVA"] = float(re.search(r"mpc\.baseMVA = ([0-9.]+)", text)[1])
    if "BR_X]) / (Vbase" in text:
        tables["branch"][:, 2:4] /= (tables["bus"][0, 9] * 1e3) ** 2 / (tables["baseMVA"] * 1e6)
    if "QD]) / 1e3" in text:
        tables["bus"][:, 2:4] /= 1e3
    return tables


def draw(case, count):
    random = np.random.default_rng(7)
    scale = random.uniform(0.7, 1.1, (count, 1)) * random.uniform(0.9, 1.1, (count, len(case["bus"])))
    return scale * case["bus"][:, 2], scale * case["bus"][:, 3]  # (S, n) MW, MVAr


def best_of(repeats, call):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return min(times), result


def wattstein(program, file, case, loads, method, repeats):
    p, q = loads
    buses = case["bus"][:, 0].astype(int)
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "injections.csv"
        with open(table, "w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["scenario", "bus", "p_mw", "q_mvar"])
            for s in range(len(p)):
                for i in np.flatnonzero((p[s] != 0) | (q[s] != 0)):
                    rows.writerow([s + 1, buses[i], float(case["bus"][i, 2] - p[s, i]), float(case["bus"][i, 3] - q[s, i])])
        best = np.inf
        for _ in range(repeats):
            subprocess.run([program, "powerflow", str(file), "--injections", str(table), "--out", f"{folder}/out", "--quiet", "--report",
                            ",".join(map(str, buses)), "--set", f"power_flow.method={method}", "--set", f"power_flow.tolerance_pu={TOLERANCE}",
                            "--set", "solver.threads=1", "--set", "solver.device=cpu"], check=True)
            summary = json.loads((pathlib.Path(folder) / "out/summary.json").read_text())
            best = min(best, summary["solve_cpu_seconds"])
    voltages = np.array([summary["vm_pu"][str(bus)] for bus in buses], dtype=float).T
    return best, voltages


def power_grid_model(case, loads, repeats):
    import power_grid_model as pgm
    p, q = loads
    base = case["baseMVA"] * 1e6
    volts = case["bus"][:, 9] * 1e3
    number = {int(b): i for i, b in enumerate(case["bus"][:, 0])}
    n = len(number)
    node = pgm.initialize_array("input", "node", n)
    node["id"], node["u_rated"] = np.arange(n), volts
    lines = case["branch"][case["branch"][:, 10] != 0]
    ohm = volts[0] ** 2 / base
    line = pgm.initialize_array("input", "line", len(lines))
    line["id"] = np.arange(n, n + len(lines))
    line["from_node"] = [number[int(b)] for b in lines[:, 0]]
    line["to_node"] = [number[int(b)] for b in lines[:, 1]]
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"], line["c1"], line["tan1"] = lines[:, 2] * ohm, lines[:, 3] * ohm, 0.0, 0.0
    load = pgm.initialize_array("input", "sym_load", n)
    load["id"] = np.arange(10000, 10000 + n)
    load["node"], load["status"], load["type"] = np.arange(n), 1, pgm.LoadGenType.const_power
    load["p_specified"], load["q_specified"] = case["bus"][:, 2] * 1e6, case["bus"][:, 3] * 1e6
    source = pgm.initialize_array("input", "source", 1)
    source["id"], source["node"], source["status"] = 99999, number[int(case["gen"][0, 0])], 1
    source["u_ref"], source["sk"] = case["gen"][0, 5], 1e20  # a stiff source: no voltage drop in front of the slack bus
    model = pgm.PowerGridModel({"node": node, "line": line, "sym_load": load, "source": source})
    change = pgm.initialize_array("update", "sym_load", p.shape)
    change["id"] = load["id"]
    change["p_specified"], change["q_specified"] = p * 1e6, q * 1e6
    for name in ("newton_raphson", "iterative_current"):
        yield name, *best_of(repeats, lambda: model.calculate_power_flow(
            update_data={"sym_load": change}, error_tolerance=TOLERANCE, max_iterations=100, threading=-1, output_component_types=["node"],
            calculation_method=pgm.CalculationMethod[name])["node"]["u_pu"])


def lightsim2grid(case, loads, repeats):
    from lightsim2grid import lightsim2grid_cpp as cpp
    from lightsim2grid.network import init_from_matpower
    p, q = loads
    number = {int(b): i for i, b in enumerate(case["bus"][:, 0])}
    tables = {name: case[name].copy() for name in ("bus", "gen", "branch")}
    for column in range(2):  # buses whose own number is not their row: give them their row
        tables["branch"][:, column] = [number[int(b)] + 1 for b in case["branch"][:, column]]
    tables["gen"][:, 0] = [number[int(b)] + 1 for b in case["gen"][:, 0]]
    tables["bus"][:, 0] = np.arange(1, len(number) + 1)
    model = init_from_matpower({**tables, "baseMVA": case["baseMVA"]})
    at = [load.bus_id for load in model.get_loads()]
    load_p, load_q = np.ascontiguousarray(p[:, at]), np.ascontiguousarray(q[:, at])
    generators = np.ascontiguousarray(np.tile([unit.target_p_mw for unit in model.get_generators()], (len(p), 1)))
    nothing = np.zeros((len(p), len(model.get_static_generators())))
    start = np.ones(model.total_bus(), dtype=complex)
    for name, engine in (("InjectionSweep", cpp.InjectionSweepCPP), ("TimeSeries", cpp.TimeSeriesCPP)):
        sweep = engine(model)
        sweep.change_algorithm(cpp.AlgorithmType.NR_KLU if cpp.klu_solver_available else cpp.AlgorithmType.NR_SparseLU)

        def run():
            sweep.clear()
            if sweep.compute_Vs(generators, nothing, load_p, load_q, start, 30, TOLERANCE) != 1:
                raise RuntimeError("lightsim2grid stopped early")
            return np.abs(sweep.get_voltages())[:, :len(number)]
        yield name, *best_of(repeats, run)


def peers_of(name, case, loads, repeats):
    radial = name in ("case33bw", "case69", "case85")
    for program, rows in (("power-grid-model", power_grid_model if radial else None), ("lightsim2grid", lightsim2grid)):
        if rows is None:
            continue
        try:
            for method, seconds, voltages in rows(case, loads, repeats):
                yield program, method, seconds, voltages
        except Exception as trouble:  # one peer that is absent or fails must not hide the others
            yield program, f"not run: {type(trouble).__name__}: {trouble}"[:120], None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--scenarios", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    report, peers = [], {}
    print("| case | program | method | µs per scenario | times Wattstein | largest voltage difference |\n|---|---|---|---|---|---|")
    for name, method in CASES:
        file = args.cases / f"{name}.m"
        case = read_case(file)
        loads = draw(case, args.scenarios)
        seconds, reference = wattstein(args.program, file, case, loads, method, args.repeats)
        if name not in peers:
            peers[name] = list(peers_of(name, case, loads, args.repeats))
        for program, how, time_of, voltages in [("Wattstein", method, seconds, reference)] + peers[name]:
            difference = None if voltages is None else float(np.max(np.abs(voltages - reference)))
            fair = difference is not None and difference <= 1e-6
            micro = 1e6 * time_of / args.scenarios if fair else None
            report.append({"case": name, "wattstein_method": method, "program": program, "method": how, "us_per_scenario": micro,
                           "factor": time_of / seconds if fair else None, "difference": difference, "scenarios": args.scenarios})
            shown = ["–" if x is None else f"{x:.3g}" for x in (micro, report[-1]["factor"], difference)]
            print(f"| {name} | {program} | {how} | " + " | ".join(shown) + " |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
