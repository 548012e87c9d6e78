#!/usr/bin/env python3
"""Random problems as files, each method's answers against HiGHS and Clarabel: test_random.py PROGRAM.

The files are written here; HiGHS reads the same MPS files with a reader of its own, Clarabel gets what read_cbf of test_clarabel.py
makes of the CBF files. Infeasible and unbounded ones among them."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import highspy
    import numpy as np

    import test_clarabel
except ImportError:
    highspy = None

PROGRAM = None


def answer(file, method, tolerance):
    done = subprocess.run([PROGRAM, "solve", str(file), "--json", "--set", f"solver.method={method}", "--set", f"solver.tolerance={tolerance}", "--set",
                           "solver.device=cpu", "--set", "solver.threads=1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    return json.loads(done.stdout)["problems"][0]


def random_mps(random, quadratic, kind):
    """Rows of every sense with ranges, bounds of every kind. kind: feasible around a point, infeasible (two rows that contradict), or unbounded
    (a free variable of negative cost in no row)."""
    n, m = int(random.integers(3, 25)), int(random.integers(2, 15))
    A = np.where(random.random((m, n)) < 0.4, np.round(random.normal(size=(m, n)), 3), 0.0)
    x = np.round(random.normal(size=n), 2)
    lines = ["NAME RANDOM", "ROWS", " N COST"]
    senses = random.choice(["E", "L", "G", "R"], size=m)
    lines += [f" {'G' if s == 'R' else s} R{i}" for i, s in enumerate(senses)]
    if kind == "infeasible":
        A[0] = A[1] = np.round(random.normal(size=n), 3)
        senses[:2] = ["L", "G"]
        lines[3:5] = [" L R0", " G R1"]
    lines.append("COLUMNS")
    for j in range(n):
        entries = [("COST", round(float(random.normal()), 3))] + [(f"R{i}", A[i, j]) for i in range(m) if A[i, j] != 0.0]
        lines += [f" X{j} {row} {value:.6g}" for row, value in entries]
    if kind == "unbounded":
        lines.append(f" X{n} COST -1")
    lines.append("RHS")
    for i, s in enumerate(senses):
        slack = float(random.uniform(0.1, 1.0))
        side = float(A[i] @ x) + {"E": 0.0, "L": slack, "G": -slack, "R": -slack}[s]
        if kind == "infeasible" and i == 1:
            side = float(A[0] @ x) + 5.0
        lines.append(f" RHS R{i} {side:.9g}")
    if "R" in senses:
        lines += ["RANGES"] + [f" RNG R{i} {float(random.uniform(1.0, 2.0)):.6g}" for i, s in enumerate(senses) if s == "R"]
    lines.append("BOUNDS")
    for j in range(n):
        if random.random() < 0.15:
            lines.append(f" FX BND X{j} {x[j]:.6g}")
        else:
            lines += [f" LO BND X{j} {x[j] - random.uniform(0.0, 3.0):.6g}", f" UP BND X{j} {x[j] + random.uniform(0.0, 3.0):.6g}"]
    if kind == "unbounded":
        lines.append(f" FR BND X{n}")
    if quadratic:
        lines += ["QUADOBJ"] + [f" X{j} X{j} {random.uniform(0.1, 2.0):.6g}" for j in range(n) if random.random() < 0.7]
    return "\n".join(lines + ["ENDATA", ""])


def random_cbf(random):
    """A linear cost over boxes, one equality, and cones of both kinds that hold a given point."""
    n = int(random.integers(4, 12))
    x = random.normal(size=n)
    rows, sides, cones = [], [], []

    def add(kind, matrix, offset):
        cones.append((kind, len(offset)))
        rows.extend(matrix)
        sides.extend(offset)

    add("L+", np.eye(n), 3.0 - x)  # x ≥ x₀ − 3
    add("L+", -np.eye(n), 3.0 + x)
    row = random.normal(size=n)
    add("L=", [row], [-float(row @ x)])
    for kind in ["Q", "QR"] * int(random.integers(1, 3)):
        size = int(random.integers(3, 6))
        matrix = np.where(random.random((size, n)) < 0.5, random.normal(size=(size, n)), 0.0)
        at = random.normal(size=size)
        head = np.linalg.norm(at[2 if kind == "QR" else 1:])
        if kind == "QR":
            at[0] = at[1] = head / np.sqrt(2.0) + 0.1
        else:
            at[0] = head + 0.1
        add(kind, matrix, at - matrix @ x)
    entries = [(i, j, v) for i, r in enumerate(rows) for j, v in enumerate(r) if v != 0.0]
    offsets = [(i, v) for i, v in enumerate(sides) if v != 0.0]
    cost = random.normal(size=n)
    return "\n".join(["VER", "3", "", "OBJSENSE", "MIN", "", "VAR", f"{n} 1", f"F {n}", "", "CON", f"{len(rows)} {len(cones)}",
                      *[f"{kind} {size}" for kind, size in cones], "", "OBJACOORD", str(n), *[f"{j} {v!r}" for j, v in enumerate(cost.tolist())], "",
                      "ACOORD", str(len(entries)), *[f"{i} {j} {float(v)!r}" for i, j, v in entries], "", "BCOORD", str(len(offsets)),
                      *[f"{i} {float(v)!r}" for i, v in offsets], ""])


class Random(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def highs(self, file):
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        self.assertEqual(solver.readModel(str(file)), highspy.HighsStatus.kOk)
        solver.run()
        return solver.getModelStatus(), solver.getInfo().objective_function_value

    def check_mps(self, seed, quadratic, kind):
        file = pathlib.Path(self.folder.name) / ("random.qps" if quadratic else "random.mps")
        text = random_mps(np.random.default_rng(seed), quadratic, kind)
        file.write_text(text)
        same = file.with_suffix(".mps")  # HiGHS goes by the name
        same.write_text(text)
        status, objective = self.highs(same)
        if quadratic and status != highspy.HighsModelStatus.kOptimal:  # HiGHS's quadratic solver calls one of these boxed problems unbounded
            self.missed = getattr(self, "missed", 0) + 1
            return
        for method in ("auto", "pdhg", "admm"):
            found = answer(file, method, 1e-8)
            with self.subTest(seed=seed, quadratic=quadratic, kind=kind, method=method):
                if kind == "feasible":
                    self.assertEqual(status, highspy.HighsModelStatus.kOptimal)
                    self.assertEqual(found["status"], "solved")
                    self.assertTrue(abs(found["objective"] - objective) <= 1e-6 * (1.0 + abs(objective)), f"{found['objective']} {objective}")
                    self.assertTrue(found["bound"] <= objective + 1e-6 * (1.0 + abs(objective)), f"{found['bound']} {objective}")
                elif method == "auto":
                    self.assertEqual(found["status"], {"infeasible": "primal_infeasible", "unbounded": "dual_infeasible"}[kind])
                else:  # a ray is no duty of theirs, a wrong word a fault
                    self.assertNotIn(found["status"], ["solved", "primal_infeasible" if kind == "unbounded" else "dual_infeasible"])

    def test_linear_programs(self):
        for seed in range(25):
            self.check_mps(seed, False, "feasible")

    def test_quadratic_programs(self):
        for seed in range(100, 120):
            self.check_mps(seed, True, "feasible")
        self.assertLess(getattr(self, "missed", 0), 4)

    def test_infeasible_and_unbounded_ones(self):
        for seed in range(200, 206):
            self.check_mps(seed, False, "infeasible")
            self.check_mps(seed, False, "unbounded")

    def test_cone_programs(self):
        for seed in range(300, 320):
            file = pathlib.Path(self.folder.name) / "random.cbf"
            file.write_text(random_cbf(np.random.default_rng(seed)))
            status, objective, dual = test_clarabel.solve(*test_clarabel.read_cbf(file))
            self.assertIn(status, ["Solved", "AlmostSolved"])
            for method in ("auto", "pdhg", "admm"):
                found = answer(file, method, 1e-8)
                with self.subTest(seed=seed, method=method):
                    self.assertEqual(found["status"], "solved")
                    self.assertTrue(abs(found["objective"] - objective) <= 2e-6 * (1.0 + abs(objective)), f"{found['objective']} {objective}")


if __name__ == "__main__":
    if highspy is None:
        print("skipped: highspy, numpy, scipy and clarabel are needed")
        sys.exit(77)
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=0)
