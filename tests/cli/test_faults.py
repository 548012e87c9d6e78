#!/usr/bin/env python3
"""Bad input and faults, as a user meets them: test_faults.py PROGRAM. Each case changes one thing in the tiny system beside
this file and looks at the exit code, the message and what was left in the output folder."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None
TINY = pathlib.Path(__file__).parent / "tiny"


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.system = self.folder / "system"
        shutil.copytree(TINY, self.system)
        self.out = self.folder / "out"

    def tearDown(self):
        for path in [self.folder, *self.folder.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(self.folder)

    def change(self, file, old, new):
        path = self.system / file
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def run_program(self, *more, out=None, timeout=120):
        command = [PROGRAM, "run", str(self.system / "study.toml"), "--out", str(out or self.out), *more]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        return done.returncode, done.stdout

    def refused(self, *words, more=()):
        """The run must end with exit code 2, name all the words, and write nothing."""
        code, text = self.run_program(*more)
        self.assertEqual(code, 2, text)
        for word in words:
            self.assertIn(word, text)
        left = list(self.out.rglob("*")) if self.out.exists() else []
        self.assertEqual(left, [], f"left behind after a refusal: {left}")

    def summary(self, out=None):
        return json.loads(((out or self.out) / "summary.json").read_text())

    def test_the_unchanged_system_is_solved(self):
        code, text = self.run_program()
        self.assertEqual(code, 0, text)
        summary = self.summary()
        self.assertEqual(summary["status"], "solved")
        self.assertLessEqual(summary["mismatch_mw"], 0.01)
        self.assertLessEqual(summary["lower_bound"], summary["objective"] + 1e-6)
        for name in ["config.toml", "log.txt", "report.html", "schedule.csv", "convergence.csv", "boundary.csv"]:
            self.assertTrue((self.out / name).exists(), name)

    def test_missing_study(self):
        (self.system / "study.toml").unlink()
        self.refused("study.toml")

    def test_missing_network(self):
        (self.system / "net.m").unlink()
        self.refused("net.m")

    def test_missing_samples(self):
        (self.system / "wind.csv").unlink()
        self.refused("wind.csv")

    def test_missing_hub_file(self):
        (self.system / "hub.toml").unlink()
        self.refused("hub.toml")

    def test_unknown_bus_of_a_unit(self):
        self.change("study.toml", "bus = 2\np_max_mw = 70.0", "bus = 22\np_max_mw = 70.0")
        self.refused("bus 22", "net.m", "transmission.unit[1]")

    def test_unknown_bus_of_a_hub(self):
        self.change("study.toml", 'file = "hub.toml"\nbus = 3', 'file = "hub.toml"\nbus = 33')
        self.refused("33")

    def test_profile_of_another_length(self):
        self.change("study.toml", "load_profile = [0.8, 1.0]", "load_profile = [0.8, 1.0, 0.9]")
        self.refused("load_profile", "3", "2")

    def test_samples_without_the_last_hour(self):
        self.change("wind.csv", "3,2,35.1\n", "")
        self.refused("wind.csv")

    def test_samples_not_a_number(self):
        self.change("wind.csv", "18.4", "nan")
        self.refused("wind.csv", "line 5")

    def test_negative_sample(self):
        self.change("pv.csv", "0.2", "-0.2")
        self.refused("pv.csv")

    def test_samples_for_another_renewable(self):
        self.change("pv.csv", "pv1", "pv9")
        self.refused("pv1", "pv.csv")

    def test_nan_setting(self):
        self.change("study.toml", "capacity_mw = 50.0", "capacity_mw = nan")
        self.refused("capacity_mw")

    def test_negative_capacity(self):
        self.change("study.toml", "capacity_mw = 50.0", "capacity_mw = -50.0")
        self.refused("capacity_mw")

    def test_lower_limit_above_upper(self):
        self.change("study.toml", "p_max_mw = 70.0", "p_max_mw = 70.0\np_min_mw = 90.0")
        self.refused("p_min_mw", "transmission.unit[1]", "90", "70")

    def test_disconnected_network(self):
        self.change("net.m", "1	2	0.01	0.1	0	85	85	85	0	0	1", "1	2	0.01	0.1	0	85	85	85	0	0	0")
        self.change("net.m", "2	3	0.01	0.08	0	70	70	70	0	0	1", "2	3	0.01	0.08	0	70	70	70	0	0	0")
        self.refused("net.m", "2")

    def test_hub_with_a_loop(self):
        self.change("feeder.m", "2	4	0.07	0.06	0	3	3	3	0	0	1	-360	360;",
                    "2	4	0.07	0.06	0	3	3	3	0	0	1	-360	360;\n	3	4	0.07	0.06	0	3	3	3	0	0	1	-360	360;")
        self.refused("feeder.m")

    def test_line_without_reactance(self):
        self.change("net.m", "2	3	0.01	0.08", "2	3	0.01	0")
        self.refused("net.m")

    def test_statement_in_a_case_that_is_not_understood(self):
        (self.system / "net.m").write_text((self.system / "net.m").read_text() + "mpc.bus(:, PD) = mpc.bus(:, PD) .^ 2;\n")
        self.refused("net.m", ".^ 2")

    def test_unknown_key(self):
        self.change("study.toml", "support_margin = 0.1", "support_margn = 0.1")
        self.refused("support_margn", "support_margin", "line 11")

    def test_unknown_key_on_the_command_line(self):
        self.refused("tolerence", more=["--set", "solver.tolerence=1e-5"])

    def test_value_of_another_type(self):
        self.change("study.toml", "ramp_mw_per_h = 60.0", 'ramp_mw_per_h = "sixty"')
        self.refused("ramp_mw_per_h", "sixty")

    def test_equal_names(self):
        self.change("study.toml", 'name = "g2"', 'name = "g1"')
        self.refused("g1")

    def test_infeasible_first_stage_names_agent_and_hour(self):
        # No unit can carry hour 2: 110 MW of load against 30 MW, and first stages have no shedding.
        self.change("study.toml", "p_max_mw = 160.0", "p_max_mw = 20.0")
        self.change("study.toml", "p_max_mw = 70.0", "p_max_mw = 21.0")
        code, text = self.run_program()
        self.assertEqual(code, 1, text)
        self.assertIn("transmission", text)
        self.assertIn("hour", text)
        self.assertEqual(self.summary()["status"], "primal_infeasible")

    def test_output_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("in the way")
        code, text = self.run_program(out=self.folder / "file" / "out")
        self.assertEqual(code, 2, text)
        self.assertIn(str(self.folder / "file"), text)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_output_folder_without_permission(self):
        self.out.mkdir()
        self.out.chmod(0o555)
        code, text = self.run_program()
        self.assertEqual(code, 2, text)
        self.assertIn(str(self.out), text)

    def test_full_disk(self):
        """A file size limit of 0 makes every write fail as a full disk does."""
        code = subprocess.run(["bash", "-c", f"trap '' XFSZ; ulimit -f 0; exec '{PROGRAM}' run '{self.system / 'study.toml'}' --out '{self.out}' 2>&1 | head -c 4000; exit ${{PIPESTATUS[0]}}"],
                              stdout=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(code.returncode, 2, code.stdout)
        self.assertIn("cannot be written", code.stdout)
        left = [p for p in self.out.rglob("*") if p.is_file() and p.stat().st_size > 0] if self.out.exists() else []
        self.assertEqual(left, [])

    def test_interrupted_run_resumes_to_the_same_answer(self):
        code, text = self.run_program()
        self.assertEqual(code, 0, text)
        whole = self.summary()
        out = self.folder / "stopped"
        command = [PROGRAM, "run", str(self.system / "study.toml"), "--out", str(out)]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.time() + 60
        while run.poll() is None and time.time() < deadline:  # stop it once there is something to resume from
            if (out / "checkpoint").exists() and any((out / "checkpoint").iterdir()):
                run.send_signal(signal.SIGINT)
                break
            time.sleep(0.005)
        text = run.communicate(timeout=60)[0]
        self.assertIn(run.returncode, (0, 130), text)  # 0: it was faster than the signal
        if run.returncode == 130:
            code, text = self.run_program("--resume", out=out)
            self.assertEqual(code, 0, text)
        resumed = self.summary(out)
        self.assertAlmostEqual(resumed["objective"], whole["objective"], delta=1e-6 * (1 + abs(whole["objective"])))
        self.assertEqual(resumed["iterations"], whole["iterations"])

    def test_a_run_stopped_again_and_again_takes_the_same_path(self):
        """Cuts, pools, prices and what the extrapolation remembers come back bit by bit."""
        command = [PROGRAM, "run", "six-bus", "--quiet", "--set", "coordination.case=electric_only", "--set", "ambiguity.model=dro"]
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        self.assertEqual(subprocess.run([*command, "--out", str(whole)]).returncode, 0)
        stops = 0
        for _ in range(20):  # each part goes on for about seven iterations
            run = subprocess.Popen([*command, "--out", str(stopped), "--resume"])
            saved, written = stopped / "checkpoint" / "coordination.cbor", 0
            before, deadline = saved.stat().st_mtime_ns if saved.exists() else 0, time.time() + 120
            while run.poll() is None and time.time() < deadline and written < 7:
                now = saved.stat().st_mtime_ns if saved.exists() else before
                written, before = written + (now != before), now
                time.sleep(0.002)
            run.send_signal(signal.SIGINT)
            if run.wait(timeout=120) == 0:
                break
            self.assertEqual(run.returncode, 130)
            stops += 1
        self.assertGreaterEqual(stops, 2)
        for name in ("schedule.csv", "boundary.csv"):
            self.assertEqual((whole / name).read_text(), (stopped / name).read_text(), name)

    def test_same_seed_gives_the_same_tables(self):
        for out in (self.folder / "a", self.folder / "b"):
            code, text = self.run_program(out=out)
            self.assertEqual(code, 0, text)
        for name in ("schedule.csv", "boundary.csv"):
            self.assertEqual((self.folder / "a" / name).read_text(), (self.folder / "b" / name).read_text())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
