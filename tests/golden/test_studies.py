#!/usr/bin/env python3
"""The bundled studies' expected_det.json: test_studies.py PROGRAM EXPECTED NAME METHOD [--set KEY=VALUE]...

Runs the bundled study NAME deterministically with METHOD and compares the named results; also that objective and bound
enclose the expected value within what they claim."""
import json
import subprocess
import sys
import tempfile


def main(program, expected, name, method, *more):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([program, "run", name, "--out", out, "--quiet", "--set", "ambiguity.model=det", "--set",
                        f"coordination.method={method}", "--set", "solver.tolerance=1e-6", *more], check=True)
        with open(f"{out}/summary.json") as file:
            summary = json.load(file)
    with open(expected) as file:
        results = json.load(file)["results"]
    wrong = []
    for key, want in results.items():
        found, value = summary.get(key), want["value"]
        limit = want.get("rel", 0.0) * abs(value) + want.get("abs", 0.0) if isinstance(value, (int, float)) else None
        if (found != value) if limit is None else not abs(found - value) <= limit:
            wrong.append(f"{key}: expected {value}, found {found}")
    value = results["objective"]["value"]
    # Certificates are sharper than the instance's tolerance: the optimum lies between them (0.02 $: its own rounding).
    if not summary["lower_bound"] - 0.02 <= value <= summary["objective"] + 0.02:
        wrong.append(f"{value} is outside [{summary['lower_bound']}, {summary['objective']}]")
    if not summary["relative_gap"] <= 5e-5:
        wrong.append(f"relative gap {summary['relative_gap']}")
    print("\n".join(wrong) or f"{name} {method}: objective {summary['objective']:.2f}, bound {summary['lower_bound']:.2f}, "
                               f"{summary['iterations']} iterations")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
