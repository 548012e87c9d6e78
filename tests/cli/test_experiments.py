#!/usr/bin/env python3
"""Studies made of many runs, as a user starts them: test_experiments.py PROGRAM. On the tiny system beside this file."""
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
TINY = pathlib.Path(__file__).parent / "tiny"


class Experiments(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.system = self.folder / "system"
        shutil.copytree(TINY, self.system)
        self.out = self.folder / "out"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_program(self, study, *more):
        command = [PROGRAM, "run", study, "--set", f"study={self.system}/study.toml", "--out", str(self.out), *more]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.returncode, done.stdout

    def summary(self, *inside):
        return json.loads(self.out.joinpath(*inside, "summary.json").read_text())

    def table(self, name):
        return list(csv.DictReader((self.out / name).read_text().splitlines()))

    def assert_close(self, a, b, relative=1e-4):
        self.assertTrue(abs(a - b) <= relative * max(abs(a), abs(b)), f"{a} {b}")

    def test_six_cases(self):
        code, text = self.run_program("compare", "--set", "scenarios=0")
        self.assertEqual(code, 0, text)
        runs = {run["case"]: run for run in self.summary()["runs"]}
        self.assertEqual(list(runs), ["1", "2", "3", "3h", "4", "5", "6"])
        for run in runs.values():
            self.assertEqual(run["status"], "solved")
        # The tiny hub has neither gas nor heat, so the first two are one and the same; at that exchange Case 3 is, too.
        self.assert_close(runs["1"]["objective"], runs["2"]["objective"])
        self.assert_close(runs["3h"]["objective"], runs["2"]["objective"])
        self.assertGreaterEqual(runs["3"]["objective"], runs["2"]["objective"] * (1 - 1e-4))
        self.assertGreaterEqual(runs["1"]["objective"], runs["5"]["objective"] * (1 - 1e-4))
        self.assertGreaterEqual(runs["6"]["objective"], runs["1"]["objective"] * (1 - 1e-4))
        rows = {(row["row"], int(row["level"])): row for row in self.table("table_two.csv")}
        one = self.summary("case1")
        self.assertAlmostEqual(float(rows["Generation", 1]["case_1"]), one["transmission"]["costs"]["generation"])
        self.assertAlmostEqual(float(rows["Trade revenue", 2]["case_1"]), one["hubs"][0]["trade_cost"])
        self.assertEqual(rows["Trade revenue", 2]["case_3"], "")
        for row in self.table("directions.csv"):
            self.assertIn(row["holds"], ["yes", "no", "not run"])
            self.assertIn(row["claim"], text)
        self.assertIn("Transmission cost", text)
        for name in ["table_three.csv", "out_of_sample.csv", "report.html", "config.toml", "exchange_flat.csv"]:
            self.assertTrue((self.out / name).exists(), name)

    def test_a_case_that_fails_a_direction_is_shown(self):
        """A claim that is made to fail must read "no"."""
        code, text = self.run_program("compare", "--set", "cases=[2, 3]", "--set", "disconnected.mismatch_cost_per_mwh=0.0",
                                      "--set", "exchange=hourly")
        self.assertEqual(code, 0, text)
        # Without a price on missing the exchange both sides gain by it: disconnected looks cheaper than coordinated.
        self.assertIn("[no] Coordination is cheaper", text)
        self.assertIn("[not run] ", text)

    def test_finished_cases_are_skipped(self):
        wanted = ["--set", "cases=[1, 4]"]
        self.assertEqual(self.run_program("compare", *wanted)[0], 0)
        before = (self.out / "case1" / "summary.json").stat().st_mtime_ns
        (self.out / "case4" / "summary.json").unlink()
        code, text = self.run_program("compare", *wanted, "--resume")
        self.assertEqual(code, 0, text)
        self.assertIn("multi-energy, dro: finished before", text)
        self.assertEqual((self.out / "case1" / "summary.json").stat().st_mtime_ns, before)
        self.assertTrue((self.out / "case4" / "summary.json").exists())
        # Other settings: nothing may be taken over.
        code, text = self.run_program("compare", *wanted, "--set", "ambiguity.radius_mw=0.5", "--resume")
        self.assertNotIn("finished before", text)
        self.assertGreater((self.out / "case1" / "summary.json").stat().st_mtime_ns, before)

    def test_methods_agree(self):
        code, text = self.run_program("compare", "--set", "by=methods", "--set", "ambiguity.model=sp")
        self.assertEqual(code, 0, text)
        methods = {entry["method"]: entry for entry in self.summary()["methods"]}
        self.assertEqual(list(methods), ["monolith", "benders", "admm", "aal", "aal_fixed"])
        for name, entry in methods.items():
            self.assertTrue(abs(entry["deviation"]) <= 2e-4, entry)
            self.assertEqual(entry["boundary_variables"], 2)
            if name not in ["monolith", "benders"]:
                self.assertTrue(entry["seconds_slowest_agent_mean"] > 0, entry)

    def test_scaling_makes_hubs_and_samples(self):
        sizes = ["--set", "hubs=[1, 3]", "--set", "samples=[2, 9]"]
        code, text = self.run_program("scaling", *sizes)
        self.assertEqual(code, 0, text)
        points = {(p["hubs"], p["samples"]): p for p in self.summary()["points"]}
        self.assertEqual(sorted(points), [(1, 2), (1, 9), (3, 2), (3, 9)])
        for (hubs, samples), point in points.items():
            self.assertEqual(point["status"], "solved")
            inside = self.summary(point["folder"])
            self.assertEqual(len(inside["hubs"]), hubs)
            self.assertTrue(0 < point["peak_memory_gb"] < 4)
            shares = point["share_recourse"] + point["share_first_stage"] + point["share_rest"]
            self.assertTrue(0.99 <= shares <= 1.01, point)
        self.assertIn("exponent_hubs", self.summary()["fits"]["processor time"])
        code, text = self.run_program("scaling", *sizes, "--resume")
        self.assertEqual(text.count("finished before"), 4, text)

    def test_a_loose_relaxation_is_named(self):
        more = ["--set", "coordination.socp_gap_limit=0.0"]
        command = [PROGRAM, "run", str(self.system / "study.toml"), "--out", str(self.out)]
        text = subprocess.run(command, capture_output=True, text=True, timeout=120).stderr
        self.assertEqual(self.summary()["loose_relaxations"], [])
        self.assertNotIn("loose", text)
        text = subprocess.run(command + more, capture_output=True, text=True, timeout=120).stderr
        self.assertEqual(self.summary()["loose_relaxations"][0]["hub"], "north")
        self.assertIn("warning: north: the electric network's relaxation is loose", text)
        self.assertIn("coordination.loss_price_per_mwh", text)

    def test_refusals(self):
        for words, more in [(["base"], ["--set", "study=market33"]), (["hubs", "1.5"], ["--set", "hubs=[1.5]"]),
                            (["colour"], ["--set", "colour=3"]), (["p_max"], ["--set", "transmission.unit[0].p_max=3"])]:
            code, text = self.run_program("scaling", *more)
            self.assertEqual(code, 2, text)
            for word in words:
                self.assertIn(word, text)
            self.assertFalse(self.out.exists(), text)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
