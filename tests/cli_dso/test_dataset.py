#!/usr/bin/env python3
"""wattstein dataset generate, validate, merge, stats: shards, a killed run, a full disk, a meshed network, a damaged file."""
import hashlib, json, pathlib, resource, shutil, signal, subprocess, sys, tempfile, time

program, bundled = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
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

    # metadata beside the rows: every file with its sum
    described = json.loads((work / "whole" / "data" / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0" and len(described["recordSet"]) == len(report["rows"])
    for item in described["distribution"]:
        bytes_ = (work / "whole" / "data" / item["contentUrl"]).read_bytes()
        assert item["sha256"] == hashlib.sha256(bytes_).hexdigest() and item["contentSize"] == f"{len(bytes_)} B", item
    assert "| `train` |" in (work / "whole" / "data" / "README.md").read_text()
    # every claimed response was judged by AC power flow, and there is a page to look at
    summary = json.loads((work / "whole" / "summary.json").read_text())
    assert summary["ac"]["feasible"] and summary["ac"]["checked"] == 640 - summary["untight"], summary["ac"]
    assert "Largest correction" in (work / "whole" / "report.html").read_text()

    # other feeders: all rows solved, with either upper voltage
    for feeder in ("feeder69", "feeder85"):
        for upper in ("lossless", "lossy"):
            out = f"{feeder}_{upper}"
            generate(out, "0:60", "--set", f"network.file={bundled / 'networks' / (feeder + '.m')}", "--set",
                     f"network.upper_voltage={upper}")
            assert json.loads((work / out / "summary.json").read_text())["unsolved"] == 0
            assert json.loads(wattstein("dataset", "validate", work / out).stdout)["good"]

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

    # so is a bus that nothing connects
    first = case.index("\n", start) + 1
    (work / "island.m").write_text(case[:first] + case[case.index("\n", first) + 1:])
    done = generate("island", "0:10", "--set", f"network.file={work / 'island.m'}", code=2)
    assert "bus" in done.stderr and "island.m" in done.stderr and not (work / "island").exists(), done.stderr

    # a damaged file is named
    damaged = work / "whole" / "data" / "train" / "SOC" / "primal.h5"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    done = wattstein("dataset", "validate", work / "whole", code=2)
    assert "primal.h5" in done.stderr, done.stderr
    generate("none", "5", code=2)

    # second-stage problems of a transmission system: the same tools
    study = work / "recourse.toml"
    study.write_text(f"""
study = "recourse"
[solver]
tolerance = 1e-6
[transmission]
network = "{bundled / 't118e20' / 'case118.m'}"
reserve_share = 0.2
[[transmission.renewable]]
name = "wind"
bus = 10
capacity_mw = 400.0
[dataset]
kind = "recourse"
block_rows = 40
[sampler]
count = 1
load_scale = [0.7, 1.1]
load_jitter = 0.15
renewable_error = 0.5
""")

    def recourse(out, ids, *more, **options):
        return wattstein("dataset", "generate", study, "--out", work / out, "--ids", ids, *more, "--quiet", **options)

    recourse("lp", "0:300")
    report = json.loads(wattstein("dataset", "validate", work / "lp").stdout)
    assert report["good"] and report["rows"] == {"test": 60, "train": 240, "infeasible": 0}, report
    page = (work / "lp" / "report.html").read_text()
    assert "Reserves deployed" in page and "Lines at their limits" in page and "nan" not in page.lower().split("<details>")[0].replace("finance", "")
    recourse("lp_a", "0:130", "--set", "solver.threads=1")
    recourse("lp_b", "130:300")
    wattstein("dataset", "merge", work / "lp_b", work / "lp_a", "--out", work / "lp_merged")
    whole, merged = (json.loads(wattstein("dataset", "stats", work / name).stdout) for name in ("lp", "lp_merged"))
    for split in whole:
        for name in whole[split].get("values", {}):
            if name != "seconds":
                assert whole[split]["values"][name] == merged[split]["values"][name], (split, name)
    killed = subprocess.Popen([program, "dataset", "generate", study, "--out", work / "lp_killed", "--ids", "0:20000", "--quiet"])
    blocks = work / "lp_killed" / "data.part" / "blocks"
    for _ in range(2000):
        if blocks.exists() and len(list(blocks.glob("*.block"))) >= 2:
            break
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    kept = len(list(blocks.glob("*.block")))
    assert kept >= 2 and not (work / "lp_killed" / "data").exists()
    recourse("lp_killed", "0:300", "--set", "seed=2", "--resume", code=2)
    recourse("lp_killed", "0:300", "--resume")
    summary = json.loads((work / "lp_killed" / "summary.json").read_text())
    assert summary["dataset"]["resumed_rows"] >= 40 * min(kept, 7), summary["dataset"]
    resumed = json.loads(wattstein("dataset", "stats", work / "lp_killed").stdout)
    assert resumed["train"]["values"]["objective"] == whole["train"]["values"]["objective"]
    done = recourse("lp_full", "0:300", code=2, limit=little_room)
    assert "data.part" in done.stderr and not (work / "lp_full" / "data").exists(), done.stderr
    damaged = work / "lp" / "data" / "test" / "LP" / "dual.h5"
    damaged.write_bytes(damaged.read_bytes()[:3000])
    assert "dual.h5" in wattstein("dataset", "validate", work / "lp", code=2).stderr
    print("data sets: all as expected")
finally:
    shutil.rmtree(work, ignore_errors=True)
