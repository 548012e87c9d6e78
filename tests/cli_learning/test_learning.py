#!/usr/bin/env python3
"""wattstein train, evaluate, predict: a short training, its files, resuming, wrong models and damaged data."""
import json, pathlib, resource, shutil, signal, subprocess, sys, tempfile

program, bundled, built = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3]
work = pathlib.Path(tempfile.mkdtemp(prefix="wattstein_learning_"))
tiny = [word for key, value in (("epochs", 2), ("batch", 64), ("width", 16), ("layers", 2), ("feed_forward", 16), ("heads", 2),
                                ("mlp_width", 16), ("threads", 1)) for word in ("--set", f"surrogate.{key}={value}")]


def wattstein(*words, code=0, limit=None, program=program, folder=None):
    done = subprocess.run([program, *map(str, words)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, preexec_fn=limit)
    assert done.returncode == code, f"{words}: exit code {done.returncode}, expected {code}\n{done.stdout[-500:]}\n{done.stderr[-800:]}"
    return done


def refused(*words, say):
    done = wattstein(*words, code=2)
    assert say in done.stderr, f"{words}: expected '{say}' in\n{done.stderr}"


try:
    if built == "without":
        for name in ("train", "evaluate", "predict"):
            refused(name, "anything", "--out", work / "none", say="built without LibTorch")
        assert not (work / "none").exists()
        print("no LibTorch: said plainly")
        sys.exit(0)

    sampler = ["--set", "sampler.count=300", "--set", "shift[0].count=40", "--set", "shift[1].count=40"]
    wattstein("train", "dso33-tight", "--out", work / "run", *sampler, *tiny, "--quiet")
    run = work / "run"
    for name in ("model.wattstein", "model.ts", "history.csv", "summary.json", "report.html", "config.toml", "log.txt", "checkpoint/transformer.pt"):
        assert (run / name).stat().st_size > 0, name
    summary = json.loads((run / "summary.json").read_text())
    surrogate = summary["surrogate"]
    assert set(surrogate) == {"transformer", "mlp", "ridge"} and set(surrogate["transformer"]) == {"train", "test", "test_load", "test_position"}
    assert "test_position" not in surrogate["mlp"], "a flat model cannot know other places"
    test = surrogate["transformer"]["test"]
    decisions = test["decisions"]
    assert sum(decisions[k] for k in ("accepted_right", "rejected_right", "accepted_wrong", "rejected_wrong")) == 4 * test["rows"]
    assert len(test["microgrids"]) == 4
    page = (run / "report.html").read_text()
    assert "Parity" in page and page.count("<svg") >= 12, page.count("<svg")

    # the same data, asked for again: resuming a finished run trains nothing anew and gives the same losses
    history = (run / "history.csv").read_text()
    wattstein("train", "dso33-tight", "--out", run, *sampler, *tiny, "--quiet", "--resume")
    assert (run / "history.csv").read_text() == history
    refused("train", "dso33-tight", "--out", run, *sampler, *tiny, "--set", "surrogate.batch=32", "--quiet", "--resume", say="batch")

    data, model = run / "dataset", run / "model.wattstein"
    wattstein("evaluate", model, "--data", data, "--out", work / "judged", "--quiet")
    again = json.loads((work / "judged" / "summary.json").read_text())["surrogate"]["transformer"]
    assert again["test"]["correction_mw"] == test["correction_mw"]

    proposals = data / "data" / "test" / "input.h5"
    wattstein("predict", model, "--input", proposals, "--out", work / "p.csv")
    lines = (work / "p.csv").read_text().splitlines()
    assert len(lines) == 1 + test["rows"] and lines[0].startswith("id,correction_mg17_mw,"), lines[0]
    wattstein("predict", model, "--input", proposals, "--out", work / "p.h5")
    assert (work / "p.h5").read_bytes()[:4] == b"\x89HDF"

    # another network, other places, nonsense
    wattstein("dataset", "generate", "dso33", "--out", work / "mild", "--ids", "0:60", "--set", "shift[0].count=5", "--set", "shift[1].count=5", "--quiet")
    refused("evaluate", model, "--data", work / "mild", say="another network")
    wattstein("evaluate", model, "--data", work / "mild", "--transfer", "--quiet")
    refused("predict", model, "--input", data / "data" / "test_position" / "input.h5", "--out", work / "q.h5", say="microgrids at buses 12, 20, 24, 30")
    refused("predict", work / "p.csv", "--input", proposals, "--out", work / "q.h5", say="not a model file")
    refused("run", "market33", "--out", work / "market", "--set", "case=3", "--set", f"surrogate={model}", say="another network")
    refused("train", "six-bus", "--out", work / "q", say="dso_response")
    refused("train", "dso33", "--out", work / "q", "--set", "surrogate.width=30", "--set", "surrogate.heads=4", say="no multiple")
    refused("train", "dso33", "--out", work / "q", "--set", "surrogate.colour=1", say="colour")
    refused("train", "dso33", "--out", work / "q", "--data", work, say="network.json")
    case = (bundled / "networks" / "feeder33.m").read_text()
    end = case.index("];", case.index("mpc.branch"))
    (work / "meshed.m").write_text(case[:end] + "\n\t21\t8\t0.12\t0.12\t0\t0\t0\t0\t0\t0\t1\t-360\t360;\n" + case[end:])
    refused("train", "dso33", "--out", work / "q", "--set", f"network.file={work / 'meshed.m'}", say="the loop 7-6-5-4-3-2-19-20-21-8-7")
    refused("predict", model, "--input", run / "report.html", "--out", work / "q.h5", say="report.html")
    # a folder with another schema
    shutil.copytree(data, work / "other")
    described = json.loads((work / "other" / "data" / "network.json").read_text())
    (work / "other" / "data" / "network.json").write_text(json.dumps({**described, "schema": "wattstein-dso-9"}))
    refused("evaluate", model, "--data", work / "other", "--out", work / "q", say="wattstein-dso-9")
    # a full disk: no model, no answer, no temporary file is left
    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    for out in ("q.h5", "q.csv"):
        done = wattstein("predict", model, "--input", proposals, "--out", work / out, code=2, limit=little_room)
        assert out in done.stderr, done.stderr
    assert not [p.name for p in work.iterdir() if p.name.startswith("q")], list(work.iterdir())
    assert not (work / "q").exists() and not (work / "q.h5").exists() and not (work / "market").exists()

    # a market with a model made for it: the operator is asked once, for 24 hours
    wattstein("train", "dso33-market", "--out", work / "market_model", "--set", "sampler.count=600", *tiny, "--set", "surrogate.epochs=8",
              "--set", "surrogate.learning_rate=0.01", "--quiet")
    # a file given by --set is looked for where the shell stands
    wattstein("run", "market33", "--out", work / "market", "--set", "case=3", "--set", "surrogate=market_model/model.wattstein", "--quiet", folder=work)
    cases = {one["case"]: one for one in json.loads((work / "market" / "summary.json").read_text())["cases"]}
    assert cases[3]["dso_calls"] == 24 < cases[2]["dso_calls"] and cases[3]["surrogate"] != "exact", cases[3]["dso_calls"]
    assert abs(cases[3]["welfare"] - cases[2]["welfare"]) < 0.2 * abs(cases[2]["welfare"])

    # the program without its library
    (work / "alone").mkdir()
    shutil.copy(program, work / "alone" / "wattstein")
    done = wattstein("predict", model, "--input", proposals, "--out", work / "q.h5", code=2, program=work / "alone" / "wattstein")
    assert "libwattstein_learning.so: not found beside the program" in done.stderr, done.stderr
    wattstein("options", program=work / "alone" / "wattstein")

    # damaged files are named and nothing is written
    for name in ("test/input.h5", "train/SOC/primal.h5"):
        damaged = data / "data" / name
        kept = damaged.read_bytes()
        damaged.write_bytes(kept[:3000])
        refused("evaluate", model, "--data", data, "--out", work / "q", say=pathlib.Path(name).name)
        damaged.write_bytes(kept)
    assert not (work / "q").exists()
    print("surrogates: all as expected")
finally:
    shutil.rmtree(work, ignore_errors=True)
