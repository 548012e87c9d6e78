#!/usr/bin/env python3
"""`wattstein solve` and the study kind `batch` as a user meets them: test_batch.py PROGRAM BATCHES_FOLDER."""
import csv
import json
import os
import pathlib
import signal
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import h5py
    import numpy
except ImportError:
    h5py = None

PROGRAM = None
BATCHES = None

LP = """NAME tiny
ROWS
 N COST
 L CAP
 G NEED
COLUMNS
 A COST 1 CAP 1
 A NEED 1
 B COST 2 NEED 1
RHS
 RHS CAP 4 NEED 6
 RHS COST -10
BOUNDS
 UP BND A 10
 UP BND B 10
ENDATA
"""


def run(*words, **more):
    done = subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, **more)
    return done.returncode, done.stdout, done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.out = self.folder / "out"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def summary(self):
        return json.loads((self.out / "summary.json").read_text())


class Models(Case):
    def test_json_holds_the_answer_and_its_certificate(self):
        code, text, errors = run("solve", self.write("tiny.mps", LP), "--json", "--set", "solver.tolerance=1e-8")
        self.assertEqual(code, 0, errors)
        answer = json.loads(text)["problems"][0]
        self.assertEqual(answer["status"], "solved")
        self.assertAlmostEqual(answer["objective"], 18.0, delta=1e-6)  # A = 4, B = 2, constant 10
        self.assertAlmostEqual(answer["bound"], 18.0, delta=1e-6)
        self.assertLessEqual(answer["bound"], 18.0 + 1e-9)
        for key in ("primal_residual", "dual_residual", "gap", "relative_residual", "primal_relative", "dual_relative"):
            self.assertLessEqual(answer[key], 1e-6, key)
        for key in ("iterations", "restarts", "method"):
            self.assertIn(key, answer)

    def test_solution_file_has_names_values_and_multipliers(self):
        code, _, errors = run("solve", self.write("tiny.mps", LP), "--solution", self.folder / "s.csv", "--quiet", "--set", "solver.tolerance=1e-8")
        self.assertEqual(code, 0, errors)
        with open(self.folder / "s.csv", newline="") as file:
            rows = {r["name"]: r for r in csv.DictReader(file)}
        self.assertAlmostEqual(float(rows["A"]["value"]), 4.0, delta=1e-5)
        self.assertAlmostEqual(float(rows["NEED"]["multiplier"]), 2.0, delta=1e-5)
        self.assertAlmostEqual(float(rows["CAP"]["multiplier"]), -1.0, delta=1e-5)

    def test_an_infeasible_model_says_so(self):
        code, text, _ = run("solve", self.write("bad.mps", LP.replace("NEED 6", "NEED 60")), "--json")
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(text)["problems"][0]["status"], "primal_infeasible")
        self.assertEqual(json.loads(text)["status"], "primal_infeasible")

    def test_wrong_files_and_words_are_refused(self):
        for words, expected in (
            (["solve", self.folder / "none.mps"], "no such file"),
            (["solve", self.write("a.lp", LP)], "expected a name ending in"),
            (["solve", self.write("b.mps", LP.replace("UP BND B", "UP BND C"))], "line 15"),
            (["solve", self.write("c.h5", "no HDF5")], "no HDF5 file"),
            (["solve", self.write("d.mps", LP), "--set", "solver.tolerence=1"], "tolerence"),
            (["solve", self.write("e.mps", LP), "--set", "solver.method=simplex"], "simplex"),
            (["solve"], "file"),
            (["frobnicate"], "frobnicate"),
        ):
            code, text, errors = run(*words, "--out", self.out) if words[0] == "solve" and len(words) > 1 else run(*words)
            self.assertEqual(code, 2, (words, text, errors))
            self.assertIn(expected, errors)
            self.assertFalse(self.out.exists(), words)

    def test_help_version_options_studies(self):
        for words in (["--help"], ["--version"], ["options"], ["studies"], ["run", "--help"]):
            code, text, errors = run(*words)
            self.assertEqual(code, 0, errors)
            self.assertTrue(text.strip())
        self.assertIn("time_limit_seconds", run("options")[1])
        self.assertIn("check_reference", run("options")[1])


@unittest.skipIf(h5py is None, "no h5py")
class Batches(Case):
    def setUp(self):
        super().setUp()
        if not (BATCHES / "awkward.h5").exists():
            self.skipTest(f"no batches in {BATCHES}")

    def test_awkward_ends_as_its_reference_says(self):
        code, text, errors = run("solve", BATCHES / "awkward.h5", "--out", self.out, "--set", "solver.tolerance=1e-6")
        self.assertEqual(code, 0, errors)
        with h5py.File(BATCHES / "awkward.h5") as given, h5py.File(self.out / "results.h5") as got:
            expected, status = given["reference/status"][()], got["status"][()]
            self.assertEqual(list(expected), list(status))
            self.assertEqual([w.decode() if isinstance(w, bytes) else w for w in got["status"].attrs["words"]][7], "invalid_data")
            self.assertEqual(got.attrs["format"], "wattstein-batch-results")
            self.assertEqual(len(got.attrs["input_sha256"]), 64)
            n, m, k = (int(given.attrs["variables"]), int(given.attrs["rows"]), 3)
            self.assertEqual([got[a].shape for a in "xywd"], [(45, n), (45, m), (45, k), (45, n)])
            x = got["x"][()]
            for b in numpy.flatnonzero(expected == 7):
                self.assertTrue(numpy.isnan(x[b]).all() and numpy.isnan(got["objective"][b]) and got["iterations"][b] == 0)
            for b in numpy.flatnonzero(expected == 2):
                self.assertTrue(got["objective"][b] == numpy.inf and got["bound"][b] == numpy.inf)
            for b in numpy.flatnonzero(expected == 3):
                self.assertAlmostEqual(given["q"][b] @ x[b], -1.0, delta=1e-9)
                self.assertEqual(got["bound"][b], -numpy.inf)
        summary = self.summary()
        self.assertEqual(summary["batch"]["reference"]["status_mismatches"], 0)
        self.assertEqual(summary["status"], "solved")
        for name in ("config.toml", "log.txt"):
            self.assertTrue((self.out / name).exists())

    def test_residuals_and_bound_are_those_of_the_point(self):
        """Recomputed here from the definitions, for problems with cones and a diagonal P."""
        code, _, errors = run("solve", BATCHES / "socp33.h5", "--out", self.out, "--set", "solver.tolerance=1e-6", "--set", "batch.count=20", "--quiet")
        self.assertEqual(code, 0, errors)
        with h5py.File(BATCHES / "socp33.h5") as f, h5py.File(self.out / "results.h5") as got:
            def dense(name, rows):
                M = numpy.zeros((rows, int(f.attrs["variables"])))
                ip, ix, d = (f[name][k][()] for k in ("indptr", "indices", "data"))
                for i in range(rows):
                    M[i, ix[ip[i]:ip[i + 1]]] = d[ip[i]:ip[i + 1]]
                return M
            A, P, G = dense("A", int(f.attrs["rows"])), dense("P", int(f.attrs["variables"])), dense("G", 128)
            p = numpy.diag(P)
            self.assertEqual(numpy.abs(P - numpy.diag(p)).max(), 0.0)
            for b in range(20):
                at = lambda v: f[v][b] if f[v].ndim == 2 else f[v][()]
                q, l, u, lb, ub, g = (at(v) for v in ("q", "l", "u", "lb", "ub", "g"))
                r = f["r"][b] if f["r"].ndim else f["r"][()]
                x, y, w, d = (got[v][b] for v in "xywd")
                numpy.testing.assert_allclose(d, p * x + q - A.T @ y - G.T @ w, atol=1e-9)
                self.assertAlmostEqual(got["objective"][b], 0.5 * x @ (p * x) + q @ x + r, delta=1e-8)
                d0 = q - A.T @ y - G.T @ w
                yp, ym = numpy.maximum(y, 0), numpy.maximum(-y, 0)
                sides = yp[yp > 0] @ l[yp > 0] - ym[ym > 0] @ u[ym > 0]
                xs = numpy.clip(numpy.where(p > 0, -d0 / numpy.where(p > 0, p, 1), numpy.where(d0 > 0, lb, ub)), lb, ub)
                self.assertAlmostEqual(got["bound"][b], r + sides - w @ g + (0.5 * p * xs * xs + d0 * xs).sum(), delta=1e-7)
                for s in w.reshape(-1, 4):
                    self.assertTrue(min(s[0], s[1]) >= -1e-9 and s[2:] @ s[2:] <= 2 * s[0] * s[1] + 1e-9 * (1 + s[0] + s[1]))
                a = A @ x
                worst = max((l - a).max(), (a - u).max(), (lb - x).max(), (x - ub).max(), 0.0)
                self.assertLessEqual(worst, got["primal_residual"][b] + 1e-12)

    def test_a_part_is_the_same_as_in_the_whole(self):
        answers = []
        for first, count, extra in ((0, 0, []), (100, 7, []), (0, 0, ["--set", "batch.order=random", "--set", "solver.threads=2", "--set", "solver.memory_gb=0.0005"])):
            out = self.folder / f"out{len(answers)}"
            code, _, errors = run("solve", BATCHES / "recourse14.h5", "--out", out, "--set", f"batch.first={first}", "--set", f"batch.count={count}", "--quiet", *extra)
            self.assertEqual(code, 0, errors)
            with h5py.File(out / "results.h5") as got:
                answers.append({v: got[v][()] for v in "xywd"})
        for v in "xywd":
            self.assertTrue(numpy.array_equal(answers[0][v][100:107], answers[1][v]), v)
            self.assertTrue(numpy.array_equal(answers[0][v], answers[2][v]), v)

    def test_written_arrays_can_be_chosen_and_serve_as_a_start(self):
        code, _, errors = run("solve", BATCHES / "recourse14.h5", "--out", self.out, "--set", "batch.count=5", "--set", 'batch.write=["x", "y"]', "--quiet")
        self.assertEqual(code, 0, errors)
        with h5py.File(self.out / "results.h5") as got:
            self.assertEqual(sorted(got), sorted(["x", "y", "objective", "bound", "status", "primal_residual", "dual_residual", "gap", "iterations"]))
        again = self.folder / "again"
        code, _, errors = run("solve", BATCHES / "recourse14.h5", "--out", again, "--set", "batch.count=5", "--set", f"batch.start={self.out / 'results.h5'}",
                              "--set", "solver.method=pdhg", "--quiet")
        self.assertEqual(code, 0, errors)
        cold = self.folder / "cold"
        run("solve", BATCHES / "recourse14.h5", "--out", cold, "--set", "batch.count=5", "--set", "solver.method=pdhg", "--quiet")
        with h5py.File(again / "results.h5") as warm, h5py.File(cold / "results.h5") as plain:
            self.assertLess(warm["iterations"][()].sum(), 0.5 * plain["iterations"][()].sum())

    def test_wrong_numbers_of_one_problem_leave_its_neighbours_alone(self):
        shutil.copy(BATCHES / "recourse14.h5", self.folder / "spoilt.h5")
        with h5py.File(self.folder / "spoilt.h5", "r+") as f:
            f["u"][3, 0] = numpy.nan
            f["ub"][5, 2] = -1e9
        answers = []
        for file in (BATCHES / "recourse14.h5", self.folder / "spoilt.h5"):
            out = self.folder / f"o{len(answers)}"
            run("solve", file, "--out", out, "--set", "batch.count=20", "--quiet")
            with h5py.File(out / "results.h5") as got:
                answers.append((got["status"][()], got["x"][()]))
        self.assertEqual([int(answers[1][0][b]) for b in (3, 5)], [7, 7])
        rest = [b for b in range(20) if b not in (3, 5)]
        self.assertTrue(numpy.array_equal(answers[0][1][rest], answers[1][1][rest]))

    def test_a_wrong_file_writes_nothing(self):
        shutil.copy(BATCHES / "recourse14.h5", self.folder / "wrong.h5")
        with h5py.File(self.folder / "wrong.h5", "r+") as f:
            f["A/indices"][0] = 99
        code, _, errors = run("solve", self.folder / "wrong.h5", "--out", self.out)
        self.assertEqual(code, 2)
        for word in ("wrong.h5", "A/indices", "99", "0 to 32"):
            self.assertIn(word, errors)
        self.assertFalse(self.out.exists())

    def test_full_disk_and_a_file_in_the_way(self):
        code, _, errors = run("solve", BATCHES / "recourse14.h5", "--out", self.write("file", "") / "out")
        self.assertEqual(code, 2)
        self.assertIn("cannot be made", errors)
        limited = f"ulimit -f 16; exec '{PROGRAM}' solve '{BATCHES / 'recourse14.h5'}' --out '{self.out}' --quiet"
        done = subprocess.run(["bash", "-c", limited], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("cannot be written", done.stderr)
        self.assertFalse((self.out / "results.h5").exists() or (self.out / "results.h5.part").exists() or (self.out / "summary.json").exists())

    def test_ctrl_c_ends_with_130(self):
        process = subprocess.Popen([PROGRAM, "solve", str(BATCHES / "recourse118.h5"), "--out", str(self.out), "--set", "solver.method=pdhg", "--set",
                                    "solver.tolerance=1e-9"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.time() + 60
        while not (self.out / "config.toml").exists() and process.poll() is None and time.time() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 130, text)
        self.assertFalse((self.out / "summary.json").exists())


if __name__ == "__main__":
    PROGRAM, BATCHES = os.path.abspath(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
