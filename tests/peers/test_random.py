#!/usr/bin/env python3
"""Random problems as files, each method's answers against what is known by construction, HiGHS and Clarabel: test_random.py PROGRAM.

The files are written by random_models.py; HiGHS reads the same MPS files with a reader of its own, Clarabel gets what read_cbf of
test_clarabel.py makes of the CBF files. Infeasible, unbounded, degenerate and badly scaled ones among them."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import highspy
    import numpy as np

    import random_models
    import test_clarabel
except ImportError:
    highspy = None

PROGRAM = None


def answer(file, method, tolerance):
    done = subprocess.run([PROGRAM, "solve", str(file), "--json", "--set", f"solver.method={method}", "--set", f"solver.tolerance={tolerance}", "--set",
                           "solver.device=cpu", "--set", "solver.threads=1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    return json.loads(done.stdout)["problems"][0]


class Random(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def highs(self, file):
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("time_limit", 2.0)  # its quadratic solver may go round in circles
        solver.setOptionValue("qp_iteration_limit", 2000)
        self.assertEqual(solver.readModel(str(file)), highspy.HighsStatus.kOk)
        solver.run()
        return solver.getModelStatus(), solver.getInfo().objective_function_value

    def check(self, seed, family, kind, traits=None, methods=("auto", "pdhg", "admm")):
        random = np.random.default_rng(seed)
        if traits is None:
            traits = [trait for trait in random_models.TRAITS if random.random() < 0.25]
        model = random_models.make(random, family == "quadratic", family == "cone", kind, traits)
        name = {"linear": "random.mps", "quadratic": "random.qps", "cone": "random.cbf"}[family]
        file = pathlib.Path(self.folder.name) / name
        file.write_text(random_models.cbf(model) if family == "cone" else random_models.mps(model))
        wanted = {"feasible": "solved", "infeasible": "primal_infeasible", "unbounded": "dual_infeasible"}[kind]
        size = 1.0 + abs(model.optimum)
        for method in methods:
            found = answer(file, method, 1e-6)
            with self.subTest(seed=seed, family=family, kind=kind, traits=traits, method=method):
                if method == "auto":
                    self.assertEqual(found["status"], wanted)
                else:  # hard ones may defeat them, but not to a wrong word
                    others = {"solved", "primal_infeasible", "dual_infeasible"} - {wanted}
                    self.assertNotIn(found["status"], others if "scaled" not in traits else others - {"solved"})
                if kind == "feasible" and found["status"] == "solved":
                    self.assertTrue(abs(found["objective"] - model.optimum) <= 1e-5 * size, f"{found['objective']} {model.optimum}")
                    if found["bound"] is not None:  # "-inf" where a variable has none
                        self.assertTrue(float(found["bound"]) <= model.optimum + 1e-5 * size, f"{found['bound']} {model.optimum}")
        if kind == "feasible" and "scaled" not in traits:
            self.compare(seed, family, file, model, size)

    def compare(self, seed, family, file, model, size):
        """What is known by construction, as the others see it: the files say what was meant."""
        if family == "cone":
            status, objective, _ = test_clarabel.solve(*test_clarabel.read_cbf(file))
            if status != "Solved":
                return
        else:
            same = file.with_suffix(".mps")  # HiGHS goes by the name
            if same != file:
                same.write_text(file.read_text())
            status, objective = self.highs(same)
            if status != highspy.HighsModelStatus.kOptimal:  # its quadratic solver calls some boxed problems unbounded
                return
        with self.subTest(seed=seed, family=family):
            self.assertTrue(abs(objective - model.optimum) <= 1e-4 * size, f"{objective} {model.optimum}")
        self.compared = getattr(self, "compared", 0) + 1

    def test_linear_programs(self):
        for seed in range(40):
            self.check(seed, "linear", "feasible", methods=("auto", "pdhg", "admm") if seed < 12 else ("auto",))
        self.assertGreater(self.compared, 20)

    def test_quadratic_programs(self):
        for seed in range(100, 140):
            self.check(seed, "quadratic", "feasible", methods=("auto", "pdhg", "admm") if seed < 112 else ("auto",))
        self.assertGreater(self.compared, 15)

    def test_cone_programs(self):
        for seed in range(300, 340):
            self.check(seed, "cone", "feasible", methods=("auto", "pdhg", "admm") if seed < 312 else ("auto",))
        self.assertGreater(self.compared, 15)

    def test_infeasible_and_unbounded_ones(self):
        for seed in range(200, 230):
            for family in ("linear", "quadratic", "cone"):
                for kind in ("infeasible", "unbounded"):
                    self.check(seed, family, kind, methods=("auto",))
        for family in ("linear", "quadratic", "cone"):
            for kind in ("infeasible", "unbounded"):
                self.check(250, family, kind, traits=("ranges",))

    def test_every_trait_alone(self):
        for family in ("linear", "quadratic", "cone"):
            for number, trait in enumerate(random_models.TRAITS):
                for kind in ("feasible", "infeasible", "unbounded"):
                    self.check(400 + number, family, kind, traits=(trait,), methods=("auto",))


if __name__ == "__main__":
    if highspy is None:
        print("skipped: highspy, numpy, scipy and clarabel are needed")
        sys.exit(77)
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=0)
