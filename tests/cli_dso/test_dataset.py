#!/usr/bin/env python3
"""wattstein dataset generate, validate, merge, stats: shards, a killed run, a full disk, a meshed network, a damaged file."""
import json, pathlib, resource, shutil, signal, subprocess, sys, tempfile, time

program, bundled = sys.argv[1], pathlib.Path(sys.argv[2])
work = pathlib.Path(tempfile.mkdtemp(prefix="wattstein_dataset_"))
small = ["--set", "shift[0].count=20", "--set", "shift[1].count=20", "--set", "dataset.block_rows=50"]


def wattstein(*words, code=0, limit=None):
    full = [program, *map(str, words)]
    done = subprocess.run(full, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=300)
    assert done.returncode == code, f"{words}: exit code {done.returncode}, expected {code}\n{done.stdout[-500:]}\n{done.stderr[-500:]}"
    return done


def generate(out, ids, *more, **options):
    return wattstein("dataset", "generate", "dso33", "--out", work / out, "--ids", ids, *small, *more, "--quiet", **options)


try:
    generate("whole", "0:600")
    report = json.loads(wattstein("dataset", "validate", work / "whole").stdout)
    assert report["good"] and sum(report["rows"].values()) == 640, report

    # shards joined are the whole
    generate("a", "0:250", "--set", "solver.threads=1")
    generate("b", "250:600")
    wattstein("dataset", "merge", work / "b", work / "a", "--out", work / "merged")
    whole, merged = (json.loads(wattstein("dataset", "stats", work / name).stdout) for name in ("whole", "merged"))
    for split in whole:
        for name in whole[split].get("values", {}):
            if name != "seconds":
                assert whole[split]["values"][name] == merged[split]["values"][name], (split, name)
    wattstein("dataset", "merge", work / "a", "--out", work / "merged", code=2)

    # a killed run loses the block in flight only
    killed = subprocess.Popen([program, "dataset", "generate", "dso33", "--out", work / "killed", "--ids", "0:600", *small, "--quiet"])
    blocks = work / "killed" / "data.part" / "blocks"
    for _ in range(2000):
        if blocks.exists() and len(list(blocks.glob("*.block"))) >= 3:
            break
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (work / "killed" / "data").exists()
    kept = len(list(blocks.glob("*.block")))
    generate("killed", "0:600", "--set", "seed=2", "--resume", code=2)
    generate("killed", "0:600", "--resume")
    summary = json.loads((work / "killed" / "summary.json").read_text())
    assert summary["dataset"]["resumed_rows"] >= 50 * kept - 50, summary["dataset"]
    assert summary["dataset"]["resumed_rows"] + summary["dataset"]["new_rows"] == 640
    resumed = json.loads(wattstein("dataset", "stats", work / "killed").stdout)
    assert resumed["train"]["values"]["objective"] == whole["train"]["values"]["objective"]

    # no room: a clear error, no data folder
    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))
    done = generate("full", "0:600", code=2, limit=little_room)
    assert "data.part" in done.stderr and not (work / "full" / "data").exists(), done.stderr

    # a loop is named, nothing is written
    case = (bundled / "networks" / "feeder33.m").read_text()
    start = case.index("mpc.branch")
    end = case.index("];", start)
    line = "\n\t21\t8\t0.12\t0.12\t0\t0\t0\t0\t0\t0\t1\t-360\t360;\n"
    (work / "meshed.m").write_text(case[:end] + line + case[end:])
    done = generate("meshed", "0:10", "--set", f"network.file={work / 'meshed.m'}", code=2)
    assert "loop" in done.stderr and not (work / "meshed").exists(), done.stderr

    # a damaged file is named
    damaged = work / "whole" / "data" / "train" / "SOC" / "primal.h5"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    done = wattstein("dataset", "validate", work / "whole", code=2)
    assert "primal.h5" in done.stderr, done.stderr
    generate("none", "5", code=2)
    print("data sets: all as expected")
finally:
    shutil.rmtree(work, ignore_errors=True)
