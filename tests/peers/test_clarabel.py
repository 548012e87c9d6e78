#!/usr/bin/env python3
"""Exported monoliths solved by another solver: test_clarabel.py PROGRAM STUDIES GOLDEN.

`wattstein export --monolith` writes the extensive form as CBF; here it is read anew, solved by Clarabel and compared with what
`wattstein run` certifies for the same study: its objective and its bound must both agree with Clarabel's optimum."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import clarabel
    import numpy as np
    import scipy.sparse as sparse
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = STUDIES = GOLDEN = None


def read_cbf(file):
    """(cost, constant, A, b, cones): minimise cost x + constant with A x + b in the cones [(kind, size)]."""
    words = iter(line for line in map(str.strip, file.read_text().splitlines()) if line and not line.startswith("#"))
    variables, cones, cost, constant, entries, sides = 0, [], None, 0.0, [], []
    for word in words:
        if word == "VER":
            assert int(next(words)) <= 3
        elif word == "OBJSENSE":
            assert next(words) == "MIN"
        elif word == "VAR":
            variables, blocks = map(int, next(words).split())
            assert [next(words).split()[0] for _ in range(blocks)] == ["F"] * blocks
            cost = np.zeros(variables)
        elif word == "CON":
            rows, blocks = map(int, next(words).split())
            cones = [(kind, int(size)) for kind, size in (next(words).split() for _ in range(blocks))]
            assert sum(size for _, size in cones) == rows
        elif word == "OBJACOORD":
            for _ in range(int(next(words))):
                column, value = next(words).split()
                cost[int(column)] += float(value)
        elif word == "OBJBCOORD":
            constant = float(next(words))
        elif word == "ACOORD":
            entries = [next(words).split() for _ in range(int(next(words)))]
        elif word == "BCOORD":
            sides = [next(words).split() for _ in range(int(next(words)))]
        else:
            raise ValueError(f"{word}?")
    rows = sum(size for _, size in cones)
    i, j, v = zip(*entries)
    A = sparse.csc_matrix((np.array(v, float), (np.array(i, int), np.array(j, int))), shape=(rows, variables))
    b = np.zeros(rows)
    for row, value in sides:
        b[int(row)] = float(value)
    return cost, constant, A, b, cones


def solve(cost, constant, A, b, cones):
    """Clarabel's optimum: A x + b in K becomes -A x + s = b, s in K; 2 s0 s1 >= |s2..|^2 becomes a second-order cone by
    (s0 + s1, s0 - s1, sqrt(2) s2, ...)."""
    turns, kinds, at = [], [], 0
    for kind, size in cones:
        if kind == "QR":
            turn = np.sqrt(2.0) * np.eye(size)
            turn[:2, :2] = [[1.0, 1.0], [1.0, -1.0]]
            turns.append(sparse.csc_matrix(turn) if size < 50 else
                         sparse.block_diag([turn[:2, :2], np.sqrt(2.0) * sparse.eye(size - 2)]))
        else:
            turns.append(sparse.eye(size))
        kinds.append({"L=": clarabel.ZeroConeT, "L+": clarabel.NonnegativeConeT, "Q": clarabel.SecondOrderConeT,
                      "QR": clarabel.SecondOrderConeT}[kind](size))
        at += size
    turn = sparse.block_diag(turns, format="csc")
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_rel = settings.tol_feas = 1e-9
    settings.tol_gap_abs = 1e-6
    n = len(cost)
    solver = clarabel.DefaultSolver(sparse.csc_matrix((n, n)), cost, sparse.csc_matrix(-(turn @ A)), turn @ b, kinds, settings)
    answer = solver.solve()
    return str(answer.status), answer.obj_val + constant, answer.obj_val_dual + constant


class Monoliths(unittest.TestCase):
    def compare(self, study, *settings, relative=2e-6):
        more = [word for setting in settings for word in ("--set", setting)]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "monolith.cbf"
            subprocess.run([PROGRAM, "export", str(study), "--monolith", "-o", str(file), *more], check=True,
                           stdout=subprocess.DEVNULL)
            status, upper, lower = solve(*read_cbf(file))
            self.assertIn(status, ["Solved", "AlmostSolved"])
            self.assertTrue(abs(upper - lower) <= relative * abs(upper), f"Clarabel's own gap: {upper} {lower}")
            subprocess.run([PROGRAM, "run", str(study), "--out", f"{folder}/out", "--quiet", "--set", "solver.tolerance=1e-6", "--set",
                            "coordination.method=monolith", *more], check=True)
            summary = json.loads(pathlib.Path(folder, "out", "summary.json").read_text())
        # A schedule is never cheaper than the optimum, a bound never above it.
        self.assertTrue(abs(summary["objective"] - upper) <= 1e-5 * abs(upper), f"{summary['objective']} {upper}")
        self.assertTrue(abs(summary["lower_bound"] - lower) <= 1e-5 * abs(lower), f"{summary['lower_bound']} {lower}")
        return upper

    def test_six_bus_deterministic(self):
        expected = json.loads((STUDIES / "six-bus" / "expected_det.json").read_text())["results"]["objective"]["value"]
        upper = self.compare("six-bus", "ambiguity.model=det")
        self.assertTrue(abs(upper - expected) <= 2e-6 * expected, f"{upper} {expected}")

    def test_six_bus_electric_only_stochastic(self):
        self.compare("six-bus", "ambiguity.model=sp", "ambiguity.scenarios=4", "coordination.case=electric_only")

    def test_golden_instances(self):
        for name, model in [("tiny-det", "det"), ("tiny-sp", "sp"), ("odd-gas", "det"), ("odd-heat", "det"), ("odd-feeder", "det")]:
            with self.subTest(name):
                self.compare(GOLDEN / "coordination" / name / "study.toml", f"ambiguity.model={model}")


if __name__ == "__main__":
    GOLDEN, STUDIES, PROGRAM = pathlib.Path(sys.argv.pop()), pathlib.Path(sys.argv.pop()), sys.argv.pop()
    unittest.main()
