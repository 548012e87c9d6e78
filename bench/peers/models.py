#!/usr/bin/env python3
"""Wattstein beside other solvers on the public test sets: one problem at a time, the same core, the same run; one markdown table.

    models.py PROGRAM SOLVER_SETS_FOLDER [--tolerance 1e-6] [--time 60] [--repeats 3] [--only NAME,...] [--csv FILE]

Seconds of processor time of one thread, reading left out, presolve, set-up and solve included; the minimum of the repeats. "Right": the
objective within ten times the tolerance of the known optimum (relative, 1 + |optimum|), or called infeasible where it is. What is not
right counts as the time limit in the mean, the shifted geometric mean with a shift of 10 ms that benchmarks of solvers use. HiGHS reads
the MPS files for all peers; those that it cannot read are left out of their rows and named.
"""
import argparse
import csv
import gzip
import os
import pathlib
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from solver_sets import instance, known_optima, number, run, verdict  # noqa: E402

INFINITE = 1e20
PEERS = {"LP": ["highs simplex", "highs ipm", "clarabel", "piqp"], "QP": ["piqp", "clarabel", "highs qp"], "SOCP": ["clarabel", "scs"]}


def quietly(**options):
    import highspy
    model = highspy.Highs()
    for key, value in {"output_flag": False, "threads": 1, "parallel": "off", **options}.items():
        model.setOptionValue(key, value)
    return model


class Linear:
    """min ½ x'Px + q'x + c0, l <= Ax <= u, lb <= x <= ub."""

    def __init__(self, P, q, A, l, u, lb, ub, c0=0.0):
        self.P, self.q, self.A, self.l, self.u, self.lb, self.ub, self.c0 = sp.csc_matrix(P), q, sp.csr_matrix(A), l, u, lb, ub, c0
        self.rows, self.columns = self.A.shape

    @classmethod
    def read(cls, file):
        """As HiGHS reads it from MPS; `model` is HiGHS' own."""
        import highspy
        with tempfile.TemporaryDirectory() as folder:  # HiGHS goes by the end of the name
            plain = pathlib.Path(folder) / "model.mps"
            plain.write_bytes(gzip.decompress(file.read_bytes()))
            read = []
            for free in (True, False):  # some files are read wrongly one way, some the other: entries get lost
                model = quietly(mps_parser_type_free=free)
                if model.readModel(str(plain)) != highspy.HighsStatus.kError:
                    read.append((model.getNumNz(), not free, model))
        if not read:
            raise ValueError("not read by HiGHS")
        model = max(read, key=lambda one: one[:2])[-1]
        lp = model.getLp()
        lp.integrality_ = []
        matrix = lp.a_matrix_
        parts = np.array(matrix.value_), np.array(matrix.index_), np.array(matrix.start_)
        by_column = matrix.format_ == highspy.MatrixFormat.kColwise
        A = (sp.csc_matrix if by_column else sp.csr_matrix)(parts, shape=(lp.num_row_, lp.num_col_))
        sides = [np.array(v) for v in (lp.row_lower_, lp.row_upper_, lp.col_lower_, lp.col_upper_)]
        hessian = model.getModel().hessian_
        lower = sp.csc_matrix((np.array(hessian.value_), np.array(hessian.index_), np.array(hessian.start_)), shape=(lp.num_col_,) * 2) \
            if hessian.dim_ else sp.csc_matrix((lp.num_col_,) * 2)
        problem = cls(lower + sp.tril(lower, -1).T, np.array(lp.col_cost_), A, *sides, lp.offset_)
        problem.model = model
        return problem

    @staticmethod
    def sides(values):
        return np.where(values >= INFINITE, np.inf, np.where(values <= -INFINITE, -np.inf, values))

    def objective(self, x):
        return float(0.5 * x @ (self.P @ x) + self.q @ x + self.c0)

    def cones(self):
        """Rows Gx + s = h with the first `equal` s = 0, the others s >= 0."""
        l, u, lb, ub = (self.sides(v) for v in (self.l, self.u, self.lb, self.ub))
        one = sp.eye(self.columns, format="csr")
        equal, fixed = l == u, lb == ub
        pieces = [(self.A[equal], u[equal]), (one[fixed], ub[fixed])]
        first = int(equal.sum() + fixed.sum())
        for keep, sign, matrix, side in ((~equal & np.isfinite(u), 1, self.A, u), (~equal & np.isfinite(l), -1, self.A, l),
                                         (~fixed & np.isfinite(ub), 1, one, ub), (~fixed & np.isfinite(lb), -1, one, lb)):
            pieces.append((sign * matrix[keep], sign * side[keep]))
        return sp.vstack([m for m, _ in pieces]).tocsc(), np.concatenate([h for _, h in pieces]), [("zero", first), ("nonnegative", -1)]


class Conic:
    """min q'x + c0, Gx + s = h, s in zero, nonnegative and second-order cones, from CBF."""

    def __init__(self, file):
        with gzip.open(file, "rt") as text:
            lines = [line.strip() for line in text if line.strip() and not line.startswith("#")]
        at, self.c0, self.P = 0, 0.0, None
        variables, rows, entries, costs, constants = [], [], [], [], []
        while at < len(lines):
            word, at = lines[at], at + 1
            if word in ("VAR", "CON"):
                count = int(lines[at].split()[1])
                domains = [line.split() for line in lines[at + 1:at + 1 + count]]
                (variables if word == "VAR" else rows).extend((kind, int(size)) for kind, size in domains)
                at += 1 + count
            elif word in ("OBJACOORD", "ACOORD", "BCOORD"):
                count = int(lines[at])
                numbers = [line.split() for line in lines[at + 1:at + 1 + count]]
                {"OBJACOORD": costs, "ACOORD": entries, "BCOORD": constants}[word].extend(numbers)
                at += 1 + count
            elif word == "OBJBCOORD":
                self.c0, at = float(lines[at]), at + 1
            elif word in ("VER", "OBJSENSE"):
                at += 1
        n, m = sum(size for _, size in variables), sum(size for _, size in rows)
        self.columns, self.q = n, np.zeros(n)
        for j, value in costs:
            self.q[int(j)] += float(value)
        A = sp.csr_matrix(([float(v) for _, _, v in entries], ([int(i) for i, _, _ in entries], [int(j) for _, j, _ in entries])), shape=(m, n))
        b = np.zeros(m)
        for i, value in constants:
            b[int(i)] += float(value)
        # Ax + b in K: -Ax + s = b. Variables in a cone: -x + s = 0.
        one, groups = sp.eye(n, format="csr"), {"zero": [], "nonnegative": [], "second": []}
        for matrix, side, domains in ((A, b, rows), (one, np.zeros(n), variables)):
            start = 0
            for kind, size in domains:
                some = matrix[start:start + size], side[start:start + size]
                start += size
                if kind == "F":
                    continue
                sign = 1 if kind in ("L-",) else -1
                group = {"L=": "zero", "L+": "nonnegative", "L-": "nonnegative", "Q": "second"}[kind]
                groups[group].append((sign * some[0], some[1] * (-sign)))
        pieces = groups["zero"] + groups["nonnegative"] + groups["second"]
        count = {kind: sum(m.shape[0] for m, _ in group) for kind, group in groups.items()}
        self.made = (sp.vstack([m for m, _ in pieces]).tocsc(), np.concatenate([h for _, h in pieces]),
                     [("zero", count["zero"]), ("nonnegative", count["nonnegative"])] + [("second", m.shape[0]) for m, _ in groups["second"]])

    def objective(self, x):
        return float(self.q @ x + self.c0)

    def cones(self):
        return self.made


def clarabel(problem, tolerance, limit):
    import clarabel as solver
    G, h, cones = problem.cones()
    made = {"zero": solver.ZeroConeT, "nonnegative": solver.NonnegativeConeT, "second": solver.SecondOrderConeT}
    cones = [made[kind](size if size >= 0 else len(h) - sum(s for _, s in cones if s > 0)) for kind, size in cones if size]
    P = sp.csc_matrix((problem.columns,) * 2) if problem.P is None else sp.triu(problem.P).tocsc()
    settings = solver.DefaultSettings()
    settings.verbose, settings.time_limit, settings.max_threads = False, limit, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    begin = time.process_time()
    answer = solver.DefaultSolver(P, problem.q, G, h, cones, settings).solve()
    seconds = time.process_time() - begin
    status = {"Solved": "solved", "PrimalInfeasible": "primal_infeasible", "DualInfeasible": "dual_infeasible"}.get(str(answer.status), str(answer.status))
    return status, problem.objective(np.array(answer.x)), seconds


def scs(problem, tolerance, limit):
    import scs as solver
    G, h, cones = problem.cones()
    size = lambda kind: sum(s for k, s in cones if k == kind)  # noqa: E731
    begin = time.process_time()
    answer = solver.SCS({"A": G, "b": h, "c": problem.q}, {"z": size("zero"), "l": size("nonnegative"), "q": [s for k, s in cones if k == "second"]},
                        eps_abs=tolerance, eps_rel=tolerance, max_iters=10**7, time_limit_secs=limit, verbose=False).solve()
    status = {1: "solved", -2: "primal_infeasible", -1: "dual_infeasible"}.get(answer["info"]["status_val"], answer["info"]["status"])
    return status, problem.objective(answer["x"]), time.process_time() - begin


def piqp(problem, tolerance, limit):
    del limit  # it has none
    import piqp as solver
    l, u, lb, ub = (problem.sides(v) for v in (problem.l, problem.u, problem.lb, problem.ub))
    equal = l == u
    model = solver.SparseSolver()
    model.settings.eps_abs = model.settings.eps_rel = tolerance
    model.settings.check_duality_gap = True
    model.settings.eps_duality_gap_abs = model.settings.eps_duality_gap_rel = tolerance
    model.settings.verbose = False
    A, G = problem.A[equal].tocsc(), problem.A[~equal].tocsc()
    begin = time.process_time()
    model.setup(problem.P, problem.q, A, u[equal], G, l[~equal], u[~equal], lb, ub)
    status = model.solve()
    seconds = time.process_time() - begin
    status = {solver.PIQP_SOLVED: "solved", solver.PIQP_PRIMAL_INFEASIBLE: "primal_infeasible", solver.PIQP_DUAL_INFEASIBLE: "dual_infeasible"}.get(status, str(status))
    return status, problem.objective(np.array(model.result.x)), seconds


def highs(way, problem, tolerance, limit):
    import highspy
    options = {"time_limit": limit, "primal_feasibility_tolerance": min(tolerance, 1e-7), "dual_feasibility_tolerance": min(tolerance, 1e-7)}
    if way != "qp":
        options["solver"] = way
    if way == "ipm":
        options.update(run_crossover="off", ipm_optimality_tolerance=min(tolerance, 1e-6))
    model = quietly(**options)
    given = problem.model.getModel()
    given.lp_.integrality_ = []
    begin = time.process_time()
    model.passModel(given)
    model.run()
    seconds = time.process_time() - begin
    wanted = highspy.HighsModelStatus
    status = {wanted.kOptimal: "solved", wanted.kInfeasible: "primal_infeasible", wanted.kUnbounded: "dual_infeasible",
              wanted.kUnboundedOrInfeasible: "primal_infeasible"}.get(model.getModelStatus(), model.modelStatusToString(model.getModelStatus()))
    return status, model.getInfo().objective_function_value, seconds


def peer(name, problem, tolerance, limit):
    if name.startswith("highs"):
        return highs(name.split()[1], problem, tolerance, limit)
    return {"clarabel": clarabel, "scs": scs, "piqp": piqp}[name](problem, tolerance, limit)


def wattstein(program, file, tolerance, limit):
    answer, _ = run(program, file, "auto", tolerance, limit)
    return answer["status"], number(answer.get("objective")) or 0.0, answer["cpu_seconds"]


def measured(call, repeats):
    best = None
    for _ in range(repeats):
        try:
            answer = call()
        except Exception as error:  # a peer's own failure is a result
            return f"error: {error}"[:80], 0.0, float("inf")
        if best is None or answer[2] < best[2]:
            best = answer
        if answer[2] > 5.0:
            break
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--time", type=float, default=60.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--csv", type=pathlib.Path)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    only, records = set(filter(None, args.only.split(","))), []
    for row in known_optima(args.folder):
        if only and row["name"] not in only:
            continue
        file = instance(args.folder, row)
        kind = row["set"]
        calls = {"wattstein": lambda tolerance, f=file: wattstein(args.program, f, tolerance, args.time)}
        try:
            problem = Conic(file) if kind == "SOCP" else Linear.read(file)
            for name in PEERS[kind]:
                calls[name] = lambda tolerance, n=name, p=problem: peer(n, p, tolerance, args.time)
        except ValueError as error:
            print(f"{row['name']}: {error}", file=sys.stderr)
        for name, call in calls.items():
            for tolerance in (args.tolerance,) if name == "wattstein" else (args.tolerance, 1e-2 * args.tolerance):
                status, objective, seconds = measured(lambda: call(tolerance), args.repeats)  # noqa: B023
                answer = {"status": status, "objective": objective}
                found, _ = verdict(row, answer, args.tolerance)
                if found == "right":
                    break
            records.append({"set": kind, "name": row["name"], "solver": name, "verdict": found, "status": status, "error": answer.get("error", ""), "seconds": seconds})
            print(f"{kind} {row['name']}: {name} {status}, {found}, {seconds:.3g} s", file=sys.stderr, flush=True)
    if args.csv:
        with open(args.csv, "w", newline="") as out:
            writer = csv.DictWriter(out, records[0].keys())
            writer.writeheader()
            writer.writerows(records)
    shift = 0.01
    print("| set | solver | right | wrong | not solved | mean, ms | × Wattstein | slowest right one, s | faster than Wattstein on |\n|---|---|---|---|---|---|---|---|---|")
    for kind in ("LP", "QP", "SOCP"):
        own = {r["name"]: r for r in records if r["set"] == kind and r["solver"] == "wattstein"}
        base = {}
        for name in ["wattstein", *PEERS[kind]]:
            rows = [r for r in records if r["set"] == kind and r["solver"] == name]
            if not rows:
                continue
            right = [r for r in rows if r["verdict"] == "right"]
            # The mean of Wattstein over the same instances.
            mean = lambda some: np.exp(np.mean([np.log(shift + (r["seconds"] if r["verdict"] == "right" else args.time)) for r in some])) - shift  # noqa: E731
            value, base = mean(rows), mean([own[r["name"]] for r in rows])
            faster = sum(r["verdict"] == "right" and not r["seconds"] >= own[r["name"]]["seconds"] for r in rows)
            wrong = sum(r["verdict"] == "WRONG" for r in rows)
            print(f"| {kind} | {'**wattstein**' if name == 'wattstein' else name} | {len(right)} of {len(rows)} | {wrong} | {len(rows) - len(right) - wrong} | {1e3 * value:.3g} | {value / base:.2f} | "
                  f"{max((r['seconds'] for r in right), default=float('nan')):.2g} | {'' if name == 'wattstein' else faster} |")


if __name__ == "__main__":
    main()
