#!/usr/bin/env python3
"""wattstein powerflow: a small case by hand, wrong input, results that do not depend on threads. test_powerflow.py PROGRAM"""
import json
import math
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
CASE = """function mpc = two
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
 1 3 0 0 0 0 1 1 0 20 1 1.1 0.9;
 2 1 3 0 0 0 1 1 0 20 1 1.1 0.9;
 7 1 0 0 0 0 1 1 0 20 1 1.1 0.9;
];
mpc.gen = [ 1 0 0 99 -99 1 100 1 99 0; ];
mpc.branch = [
 1 2 0.1 0 0 0 0 0 0 0 1 -360 360;
 1 7 0.1 0.1 0 0 0 0 0 0 1 -360 360;
];
"""


class PowerFlow(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name)
        self.write("two.m", CASE)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        (self.at / name).write_text(text)
        return self.at / name

    def run_it(self, *words, out="out", case="two.m", limit=None):
        command = [PROGRAM, "powerflow", str(self.at / case), "--out", str(self.at / out), *map(str, words)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, preexec_fn=limit)

    def summary(self, out="out"):
        return json.loads((self.at / out / "summary.json").read_text())

    def refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stdout)
        for word in words:
            self.assertIn(word, done.stdout)
        self.assertFalse((self.at / "out").exists(), "something was written")

    def test_two_buses_by_hand(self):
        injections = self.write("i.csv", "scenario,bus,p_mw,q_mvar\n1,2,0.5,0\n1,2,0.5,0\n3,2,-90,0\n")
        done = self.run_it("--injections", injections, "--report", "2")
        self.assertEqual(done.returncode, 0, done.stdout)
        summary = self.summary()
        self.assertEqual(summary["status"], "solved")
        self.assertEqual(summary["converged"], [True, True, False])
        self.assertEqual(summary["converged_count"], 2)
        for s, load in enumerate([0.2, 0.3]):  # rows of one bus add up; scenario 2 is the case itself
            v = 0.5 * (1 + math.sqrt(1 - 0.4 * load))
            self.assertAlmostEqual(summary["vm_pu"]["2"][s], v, 8)
            self.assertAlmostEqual(summary["loss_mw"][s], 0.1 * (load / v) ** 2 * 10, 6)
            self.assertEqual(summary["v_min_bus"][s], 2)
            self.assertEqual(summary["v_max_bus"][s], 1)
        self.assertIsNone(summary["loss_mw"][2])
        self.assertIsNone(summary["objective"])
        for name in ("voltages.h5", "scenarios.csv", "config.toml", "log.txt"):
            self.assertTrue((self.at / "out" / name).exists(), name)

    def test_threads_and_methods_give_the_same(self):
        rows = "".join(f"{s},{bus},{0.01 * s},{-0.003 * s}\n" for s in range(1, 101) for bus in (2, 7))
        injections = self.write("i.csv", "scenario,bus,p_mw,q_mvar\n" + rows)
        for threads in (1, 2):
            done = self.run_it("--injections", injections, "--set", f"solver.threads={threads}", out=f"t{threads}")
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual((self.at / "t1/scenarios.csv").read_bytes(), (self.at / "t2/scenarios.csv").read_bytes())
        self.assertEqual(self.run_it("--injections", injections, "--set", "power_flow.method=newton", out="n").returncode, 0)
        for a, b in zip(self.summary("t1")["v_min_pu"], self.summary("n")["v_min_pu"]):
            self.assertAlmostEqual(a, b, 7)

    def test_a_full_disk_is_told_and_leaves_no_half_file(self):
        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        rows = "".join(f"{s},2,0.01,0\n" for s in range(1, 501))
        done = self.run_it("--injections", self.write("i.csv", "scenario,bus,p_mw,q_mvar\n" + rows), limit=little_room)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("out/voltages.h5", done.stdout)
        self.assertEqual({p.name for p in (self.at / "out").iterdir()} - {"config.toml", "log.txt"}, set())

    def test_wrong_input_is_named_and_nothing_written(self):
        self.refused(self.run_it(case="none.m"), "none.m")
        self.write("cut.m", CASE[:CASE.index("mpc.branch") + 40])
        self.refused(self.run_it(case="cut.m"), "cut.m", "not closed")
        self.write("word.m", CASE + "mpc.bus(2, 3) = 5;\n")
        self.refused(self.run_it(case="word.m"), "word.m", "line 14", "mpc.bus(2, 3) = 5")
        self.write("mesh.m", CASE.replace(" 1 7 0.1", " 2 7 0.1 0.1 0 0 0 0 0 0 1 -360 360;\n 1 7 0.1"))
        self.refused(self.run_it("--set", "power_flow.method=sweep", case="mesh.m"), "mesh.m", "loop")
        self.write("island.m", CASE.replace("0.1 0.1 0 0 0 0 0 0 1", "0.1 0.1 0 0 0 0 0 0 0"))
        self.refused(self.run_it(case="island.m"), "bus 7", "reference")
        for name, text, words in [
            ("unknown", "scenario,bus,p_mw,q_mvar\n1,5,1,0\n", ["line 2", "bus 5"]),
            ("nan", "scenario,bus,p_mw,q_mvar\n1,2,nan,0\n", ["line 2", "p_mw"]),
            ("zero", "scenario,bus,p_mw,q_mvar\n0,2,1,0\n", ["line 2", "scenario 0"]),
            ("column", "scenario,bus,p_mw,q_mvar,v\n1,2,1,0,1\n", ["'v'"]),
            ("short", "scenario,bus,p_mw\n1,2,1\n", ["q_mvar"]),
        ]:
            with self.subTest(name):
                self.refused(self.run_it("--injections", self.write(f"{name}.csv", text)), f"{name}.csv", *words)
        self.refused(self.run_it("--scenarios", self.write("s.csv", "scenario,load_scale\n2,1\n2,1\n")), "s.csv", "line 3", "second time")
        self.refused(self.run_it("--report", "9"), "report_buses", "9")
        self.refused(self.run_it("--set", "power_flow.tolerance_pu=0"), "tolerance_pu")
        self.refused(self.run_it("--set", "power_flow.methd=newton"), "methd")


if __name__ == "__main__":
    unittest.main()
