#!/usr/bin/env python3
"""wattstein run market33: the three cases beside each other, a killed and a stopped run, the report, wrong input."""
import csv, json, pathlib, re, resource, shutil, signal, subprocess, sys, tempfile, time
import xml.etree.ElementTree as xml

program = sys.argv[1]
work = pathlib.Path(tempfile.mkdtemp(prefix="wattstein_market_"))


def run(out, *more, code=0, study="market33", limit=None):
    words = [program, "run", study, "--out", str(work / out), "--quiet", *more]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=200, preexec_fn=limit)
    assert done.returncode == code, f"{words}: exit code {done.returncode}, expected {code}\n{done.stderr[-800:]}"
    return done


def summary(out):
    return json.loads((work / out / "summary.json").read_text())


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if "seconds" not in k}
    return [without_times(v) for v in value] if isinstance(value, list) else value


try:
    run("all")
    whole = summary("all")
    one, two, three = whole["cases"]
    assert [c["case"] for c in whole["cases"]] == [1, 2, 3] and whole["case"] == 2
    assert without_times({k: whole[k] for k in two}) == without_times(two)
    assert one["welfare"] > two["welfare"] and one["acceptance_ratio"] < two["acceptance_ratio"]
    # exact predictions give Case 2's proposals with one question
    assert three["net_mw"] == two["net_mw"] and three["welfare"] == two["welfare"]
    hours = 24
    assert (one["dso_calls"], three["dso_calls"]) == (hours, hours) and two["dso_calls"] == hours * two["rounds"]
    assert (one["messages"], two["messages"], three["messages"]) == (8, 8 * two["rounds"], 8)
    for case in whole["cases"]:
        assert case["status"] == "solved" and case["tight"] and case["ac"]["feasible"], case["case"]
        assert 0.9499 < case["ac"]["voltage_min_pu"] < case["ac"]["voltage_max_pu"] < 1.0501
        assert len(case["history"]) == case["rounds"]
    with open(work / "all" / "cases.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["welfare"]) for r in rows] == [c["welfare"] for c in whole["cases"]]
    for name in ("schedule.csv", "schedule_case1.csv", "schedule_case3.csv"):
        assert len((work / "all" / name).read_text().splitlines()) == 1 + 4 * hours
    page = (work / "all" / "report.html").read_text()
    for picture in ("Accepted injections", "Voltages by bus", "In the market", "The feeder"):
        assert picture in page, picture
    assert "nan" not in page.lower().split("<details>")[0].replace("finance", "")
    for start in page.split("<svg ")[1:]:
        xml.fromstring("<svg " + start.split("</svg>")[0] + "</svg>")
    assert not (work / "all" / "checkpoint").exists()

    # little room: what is cut from one pair moves to others, so the operator is asked round after round
    run("tight", study="market33-tight")
    _, two_tight, three_tight = summary("tight")["cases"]
    assert two_tight["status"] == "solved" and two_tight["dso_calls"] >= 5 * three_tight["dso_calls"] == 5 * hours, two_tight["dso_calls"]
    assert three_tight["welfare"] == two_tight["welfare"] and two_tight["ac"]["feasible"] and two_tight["ac"]["loading_percent"] > 99.0

    # one case alone
    run("alone", "--set", "compare=false", "--set", "case=3")
    alone = summary("alone")
    assert len(alone["cases"]) == 1 and alone["welfare"] == three["welfare"]

    # killed and stopped runs go on where they were, to the same numbers
    slow = ["--set", "market.clearing=admm", "--set", "solver.threads=1"]
    run("admm", *slow)
    assert abs(summary("admm")["welfare"] - whole["welfare"]) < 1e-4 * whole["welfare"]
    for name, number, code in (("killed", signal.SIGKILL, -9), ("stopped", signal.SIGINT, 130)):
        words = [program, "run", "market33", "--out", str(work / name), "--quiet", *slow]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        checkpoint = work / name / "checkpoint" / "market.json"
        while not (checkpoint.exists() and '"current":2' in checkpoint.read_text()) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(number)
        assert process.wait() == code, (name, process.returncode)
        kept = json.loads(checkpoint.read_text())
        assert kept["finished"][0][0] == 1 and not (work / name / "summary.json").exists()
        run(name, *slow, "--set", "market.max_rounds=7", "--resume", code=2)  # another study
        run(name, *slow, "--resume")
        assert without_times(summary(name)) == without_times(summary("admm")), name

    # wrong input: nothing is written
    for more, word in ((["--set", "case=4"], "case"), (["--set", "surrogate=none.wattstein"], "none.wattstein|trained surrogates"),
                       (["--set", "microgrid[0].bus=99"], "99"), (["--set", "market.max_rounds=0"], "max_rounds")):
        done = run("wrong", *more, code=2)
        assert re.search(word, done.stderr), done.stderr  # without LibTorch no model is looked for
        assert not (work / "wrong").exists()

    # no room for the report: no summary, and the file is named
    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))
    done = run("full", "--set", "compare=false", code=2, limit=little_room)
    assert "report.html: cannot be written" in done.stderr and not (work / "full" / "summary.json").exists(), done.stderr
    assert not list((work / "full").glob("*.part")) and not list((work / "full").glob("report*")), list((work / "full").iterdir())
    print("market: all as expected")
finally:
    shutil.rmtree(work, ignore_errors=True)
