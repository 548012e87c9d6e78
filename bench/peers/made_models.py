#!/usr/bin/env python3
"""Larger quadratic programs of known kinds, written as MPS with a list of optima, for models.py and solver_sets.py.

    made_models.py FOLDER        # made_qp/*.mps.gz and known_optima.csv; the optima by Clarabel at 1e-9

control-N   elliptic control on an N x N grid: state and control bounded (a sparse factor with a large root)
triples-N   N weighted squares of sums of three variables, N/2 rows of three at random (fills up: a random graph)
dense-N     a dense P of rank N/2, one row (a dense factor)
chain-N     N steps of ten states and three bounded inputs (a long band)
bends-N     the nearest curve with third differences of one sign (condition of the rows ~ N^6)
curve-N     N dense rows of twenty variables (semi-infinite)
"""
import csv
import gzip
import pathlib
import sys

import numpy as np
import scipy.sparse as sp
from models import Linear, clarabel

INFINITY = np.inf
KINDS = ["control-100", "control-200", "triples-2000", "triples-5000", "dense-1000", "dense-2000", "chain-1500", "bends-1000", "curve-5000"]


def control(n, random):
    del random
    line = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(n, n))
    laplace, count = sp.kron(line, sp.eye(n)) + sp.kron(sp.eye(n), line), n * n
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    wanted = (np.sin(3 * x) * np.cos(2 * y)).ravel()
    P = sp.block_diag([sp.eye(count), 1e-3 * sp.eye(count)]) / count
    A = sp.hstack([laplace, -sp.eye(count) / count])
    side = np.zeros(count)
    return (P, np.r_[-wanted, np.zeros(count)] / count, A, side, side, np.r_[np.full(count, -1.0), np.full(count, -50.0)],
            np.r_[np.full(count, 0.3), np.full(count, 60.0)])


def triples(n, random):
    def sums(rows, first, factors):
        columns = np.concatenate([first, random.integers(0, n, rows), random.integers(0, n, rows)])
        return sp.csr_matrix((np.repeat(factors, rows), (np.tile(np.arange(rows), 3), columns)), shape=(rows, n))
    B, A = sums(n, np.arange(n), [1.0, 1.0, 1.0]), sums(n // 2, random.permutation(n)[:n // 2], [1.0, 2.0, 3.0])
    side = 2.0 * np.asarray(A.sum(axis=1)).ravel()
    return B.T @ sp.diags(np.arange(1.0, n + 1)) @ B, np.zeros(n), A, side, side, np.full(n, 0.1), np.full(n, 10.0)


def dense(n, random):
    B = random.standard_normal((n, n // 2))
    return B @ B.T, random.standard_normal(n) * n, sp.csr_matrix(np.ones((1, n))), np.ones(1), np.ones(1), np.zeros(n), np.full(n, INFINITY)


def chain(steps, random):
    states, inputs = 10, 3
    move, push = np.eye(states) + 0.05 * random.standard_normal((states, states)), random.standard_normal((states, inputs))
    A = sp.kron(sp.eye(steps), sp.csr_matrix(np.hstack([-push, np.eye(states)]))) + \
        sp.kron(sp.eye(steps, k=-1), sp.csr_matrix(np.hstack([np.zeros((states, inputs)), -move])))
    side = np.r_[3 * random.standard_normal(states), np.zeros(states * (steps - 1))]
    most = np.tile(np.r_[np.full(inputs, 0.3), np.full(states, INFINITY)], steps)
    return sp.diags(np.tile(np.r_[np.full(inputs, 0.1), np.ones(states)], steps)), np.zeros(most.size), A, side, side, -most, most


def bends(n, random):
    del random
    D = sp.eye(n, format="csr")
    for _ in range(3):
        D = D[1:] - D[:-1]
    y = np.sqrt(np.linspace(0, 1, n)) + 0.1 * np.sin(20 * np.arange(n))
    free = np.full(n, INFINITY)
    return sp.eye(n), -y, D, np.zeros(n - 3), np.full(n - 3, INFINITY), -free, free


def curve(m, random):
    del random
    t, n = np.linspace(0, 1, m), 20
    A = sp.csr_matrix(t[:, None] ** np.arange(n))
    free = np.full(n, INFINITY)
    return sp.diags(1 / np.arange(1.0, n + 1)), np.zeros(n), A, np.tan(t), np.full(m, INFINITY), -free, free


def write(file, P, q, A, l, u, lb, ub):
    """MPS with QUADOBJ; rows are equalities or have a lower side, as made above."""
    P, A = sp.triu(sp.csc_matrix(P)).tocoo(), sp.csc_matrix(A)
    with gzip.open(file, "wt", compresslevel=3) as out:
        out.write("NAME made\nROWS\n N cost\n")
        out.writelines(f" {'E' if low == high else 'G'} r{i}\n" for i, (low, high) in enumerate(zip(l, u)))
        out.write("COLUMNS\n")
        for j in range(A.shape[1]):
            if q[j] != 0 or A.indptr[j] == A.indptr[j + 1]:
                out.write(f" x{j} cost {q[j]:.17g}\n")
            out.writelines(f" x{j} r{A.indices[k]} {A.data[k]:.17g}\n" for k in range(A.indptr[j], A.indptr[j + 1]))
        out.write("RHS\n")
        out.writelines(f" RHS r{i} {value:.17g}\n" for i, value in enumerate(l) if value != 0)
        out.write("BOUNDS\n")
        for j, (low, high) in enumerate(zip(lb, ub)):
            if low == -INFINITY:
                out.write(f" {'FR' if high == INFINITY else 'MI'} BND x{j}\n")
            elif low != 0:
                out.write(f" LO BND x{j} {low:.17g}\n")
            if high != INFINITY:
                out.write(f" UP BND x{j} {high:.17g}\n")
        out.write("QUADOBJ\n")
        out.writelines(f" x{i} x{j} {value:.17g}\n" for i, j, value in zip(P.row, P.col, P.data))
        out.write("ENDATA\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "made_qp").mkdir(parents=True, exist_ok=True)
    rows = []
    for name in KINDS:
        kind, size = name.split("-")
        model = globals()[kind](int(size), np.random.default_rng(5))
        file = f"made_qp/{name}.mps"
        write(folder / (file + ".gz"), *model)
        status, value, _ = clarabel(Linear(*model), 1e-9, 600.0)
        print(f"{name}: {model[2].shape[0]} x {model[2].shape[1]}, {status}, {value:.9g}", flush=True)
        rows.append({"set": "QP", "name": name, "file": file, "reference_status": "optimal", "reference_objective": value, "verified_status": "optimal",
                     "verified_objective": value})
    with open(folder / "known_optima.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
