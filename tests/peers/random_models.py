"""Random linear, quadratic and cone programs whose answer is known by construction, and their text as MPS, QPS or CBF.

make(random, quadratic, cones, kind, traits) -> Model. kind: feasible, infeasible, unbounded.
A feasible one is built around a point and multipliers that together are optimal, an infeasible one gets a row that contradicts a
combination of the others by a margin, an unbounded one a direction of negative cost. Traits make it awkward without changing that:
free, fixed, ranges, equalities (only), degenerate, dependent (rows that repeat or combine others), empty (rows and columns), scaled."""
import dataclasses

import numpy as np

INFINITY = np.inf
TRAITS = ("free", "fixed", "ranges", "equalities", "degenerate", "dependent", "empty", "scaled")


@dataclasses.dataclass
class Model:
    P: np.ndarray  # (n, n)
    q: np.ndarray
    A: np.ndarray  # (m, n)
    l: np.ndarray
    u: np.ndarray
    lb: np.ndarray
    ub: np.ndarray
    G: np.ndarray  # (k, n)
    g: np.ndarray
    cones: list  # [(kind, size)], Q or QR
    optimum: float  # NaN where there is none


def on_boundary(random, size):
    """A ray of the second-order cone and the ray of the dual cone that is orthogonal to it."""
    z = random.normal(size=size - 1)
    z /= np.linalg.norm(z)
    return np.concatenate([[1.0], z]), np.concatenate([[1.0], -z])


def turned(vector):
    """Second-order cone ↔ rotated cone."""
    out = vector.copy()
    out[0], out[1] = (vector[0] + vector[1]) / np.sqrt(2.0), (vector[0] - vector[1]) / np.sqrt(2.0)
    return out


def make(random, quadratic=False, cones=False, kind="feasible", traits=()):
    n, m = int(random.integers(3, 30)), int(random.integers(1, 20))
    if "equalities" in traits:
        m = min(m, n - 1)
    A = np.where(random.random((m, n)) < random.uniform(0.15, 0.7), random.normal(size=(m, n)), 0.0)
    if random.random() < 0.3:
        A = np.round(A)  # a network's or a combinatorial problem's entries
    if "dependent" in traits and m > 2:
        A[1] = A[0] * random.choice([1.0, -2.0])
        A[2] = A[0] + A[min(3, m - 1)]
    if "empty" in traits:
        A[int(random.integers(m))] = 0.0
        A[:, int(random.integers(n))] = 0.0
    x = random.normal(size=n) * 10.0 ** random.uniform(-1, 2)
    sparse_multipliers = 0.5 if "degenerate" in traits else 0.05

    # Bounds: (type, is it active?)
    lb, ub, z = np.full(n, -INFINITY), np.full(n, INFINITY), np.zeros(n)
    for j in range(n):
        what = random.choice(["free", "lower", "upper", "both"], p=[0.5, 0.2, 0.1, 0.2] if "free" in traits else [0.05, 0.4, 0.15, 0.4])
        if "fixed" in traits and random.random() < 0.2:
            what = "fixed"
        at, multiplier = random.choice(["lower", "upper", "inside"]), random.exponential() * (random.random() > sparse_multipliers)
        if what == "fixed":
            lb[j] = ub[j] = x[j]
            z[j] = random.normal()
            continue
        if what in ("lower", "both"):
            lb[j] = x[j] if at == "lower" else x[j] - random.uniform(0.1, 3.0)
            z[j] += multiplier if at == "lower" else 0.0
        if what in ("upper", "both"):
            ub[j] = x[j] if at == "upper" else x[j] + random.uniform(0.1, 3.0)
            z[j] -= multiplier if at == "upper" else 0.0
    # Rows
    l, u, y, ax = np.full(m, -INFINITY), np.full(m, INFINITY), np.zeros(m), A @ x
    for i in range(m):
        what = "E" if "equalities" in traits else random.choice(["E", "L", "G", "R"] if "ranges" in traits else ["E", "L", "G"])
        active, multiplier = random.random() < 0.6, random.exponential() * (random.random() > sparse_multipliers)
        slack = 0.0 if active else random.uniform(0.1, 3.0)
        if what == "E":
            l[i] = u[i] = ax[i]
            y[i] = random.normal() * (random.random() > sparse_multipliers)
        elif what == "L":
            u[i] = ax[i] + slack
            y[i] = -multiplier * active
        else:
            l[i] = ax[i] - slack
            y[i] = multiplier * active
            if what == "R":
                u[i] = l[i] + random.uniform(3.5, 6.0)
    # Cones: at the point inside, on the surface or at the apex.
    kinds, G, g, w = [], np.zeros((0, n)), np.zeros(0), np.zeros(0)
    for _ in range(int(random.integers(1, 5)) if cones else 0):
        size, rotated = int(random.integers(2, 8)), random.random() < 0.5
        matrix = np.where(random.random((size, n)) < 0.5, random.normal(size=(size, n)), 0.0)
        s, v = on_boundary(random, size)
        where = random.choice(["inside", "surface", "apex"])
        magnitude, other = 10.0 ** random.uniform(-1, 2), random.exponential() * (random.random() > sparse_multipliers)
        inwards = np.eye(size)[0]
        s, v = {"inside": (magnitude * (s + 0.5 * inwards), 0.0 * v), "surface": (magnitude * s, other * v),
                "apex": (0.0 * s, other * (v + 0.3 * inwards))}[where]
        if rotated:
            s, v = turned(s), turned(v)
        kinds.append(("QR" if rotated else "Q", size))
        G, g, w = np.vstack([G, matrix]), np.concatenate([g, s - matrix @ x]), np.concatenate([w, v])
    P = np.zeros((n, n))
    if quadratic:
        if random.random() < 0.5:
            P = np.diag(random.exponential(size=n) * (random.random(n) < 0.6))
        else:
            factor = np.where(random.random((max(1, n // 2), n)) < 0.3, random.normal(size=(max(1, n // 2), n)), 0.0)
            P = factor.T @ factor
    q = A.T @ y + G.T @ w + z - P @ x
    optimum = float(0.5 * x @ P @ x + q @ x)

    if kind == "infeasible":
        # Σ y_i a_i + ζ + a' = 0 with Σ y_i side_i + Σ ζ_j bound_j + l' = margin > 0.
        row, side, size = np.zeros(n), 0.0, 1.0
        for i in range(m):
            options = [(sign, value) for sign, value in ((1.0, l[i]), (-1.0, u[i])) if np.isfinite(value)]
            if random.random() < 0.4 or not options:
                continue
            sign, value = options[int(random.integers(len(options)))]
            factor = sign * random.uniform(0.2, 2.0)
            row += factor * A[i]
            side += factor * value
            size += abs(factor * value)
        for j in range(n):
            options = [(sign, value) for sign, value in ((1.0, lb[j]), (-1.0, ub[j])) if np.isfinite(value)]
            if random.random() < 0.7 or not options:
                continue
            sign, value = options[int(random.integers(len(options)))]
            factor = sign * random.uniform(0.2, 2.0)
            row[j] += factor
            side += factor * value
            size += abs(factor * value)
        A = np.vstack([A, -row])
        l, u = np.append(l, -side + size * 10.0 ** random.uniform(-3, 0)), np.append(u, INFINITY)
        optimum = np.nan
    elif kind == "unbounded":
        # Two new variables with opposite columns and a cost along (1, 1).
        column = random.normal(size=m) * (random.random(m) < 0.5)
        A = np.hstack([A, column[:, None], -column[:, None]])
        beside = random.normal(size=len(g)) * (random.random(len(g)) < 0.3)
        G = np.hstack([G, beside[:, None], -beside[:, None]])
        P = np.pad(P, ((0, 2), (0, 2)))
        cost = random.normal()
        q = np.append(q, [cost, -cost - random.uniform(0.05, 1.0)])
        lb, ub = np.append(lb, [-random.exponential(), -INFINITY]), np.append(ub, [INFINITY, INFINITY])
        optimum = np.nan
    if "scaled" in traits:
        r, c = 10.0 ** random.uniform(-4, 4, len(l)), 10.0 ** random.uniform(-4, 4, len(q))
        cost = 10.0 ** random.uniform(-3, 3)
        A, l, u = A * r[:, None] * c, l * r, u * r
        G, P, q, lb, ub = G * c, cost * P * np.outer(c, c), cost * q * c, lb / c, ub / c
        first = 0
        for _, size in kinds:
            factor = 10.0 ** random.uniform(-3, 3)
            G[first:first + size] *= factor
            g[first:first + size] *= factor
            first += size
        optimum *= cost
    return Model(P, q, A, l, u, lb, ub, G, g, kinds, optimum)


def number(value):
    return repr(float(value))


def mps(model):
    """MPS, or QPS where there is a quadratic term (its lower triangle, halved nowhere). No cones."""
    m, n = model.A.shape
    sense = ["E" if a == b else "N" if not np.isfinite(a) and not np.isfinite(b) else "L" if not np.isfinite(a) else "G" for a, b in zip(model.l, model.u)]
    lines = ["NAME RANDOM", "ROWS", " N COST", *[f" {s} R{i}" for i, s in enumerate(sense)], "COLUMNS"]
    for j in range(n):
        lines += [f" X{j} COST {number(model.q[j])}"]
        lines += [f" X{j} R{i} {number(model.A[i, j])}" for i in range(m) if model.A[i, j] != 0.0]
    lines.append("RHS")
    lines += [f" RHS R{i} {number(model.u[i] if s == 'L' else model.l[i])}" for i, s in enumerate(sense) if s != "N"]
    ranges = [f" RNG R{i} {number(model.u[i] - model.l[i])}" for i, s in enumerate(sense) if s == "G" and np.isfinite(model.u[i])]
    lines += (["RANGES"] + ranges if ranges else []) + ["BOUNDS"]
    for j in range(n):
        a, b = model.lb[j], model.ub[j]
        if a == b:
            lines.append(f" FX BND X{j} {number(a)}")
            continue
        if not np.isfinite(a) and not np.isfinite(b):
            lines.append(f" FR BND X{j}")
            continue
        lines.append(f" LO BND X{j} {number(a)}" if np.isfinite(a) else f" MI BND X{j}")
        if np.isfinite(b):
            lines.append(f" UP BND X{j} {number(b)}")
    if model.P.any():
        lines.append("QUADOBJ")
        lines += [f" X{j} X{i} {number(model.P[i, j])}" for j in range(n) for i in range(j, n) if model.P[i, j] != 0.0]
    return "\n".join(lines + ["ENDATA", ""])


def cbf(model):
    """CBF; a model without quadratic term."""
    assert not model.P.any()
    n = len(model.q)
    rows, sides, cones = [], [], []

    def add(kind, matrix, offset):
        if len(offset):
            rows.append(matrix)
            sides.append(offset)
            cones.append((kind, len(offset)))

    equal = model.l == model.u
    lower, upper = np.isfinite(model.l) & ~equal, np.isfinite(model.u) & ~equal
    add("L=", model.A[equal], -model.l[equal])
    add("L+", model.A[lower], -model.l[lower])
    add("L+", -model.A[upper], model.u[upper])
    eye, low, high = np.eye(n), np.isfinite(model.lb), np.isfinite(model.ub)
    add("L+", eye[low], -model.lb[low])
    add("L+", -eye[high], model.ub[high])
    first = 0
    for kind, size in model.cones:
        add(kind, model.G[first:first + size], model.g[first:first + size])
        first += size
    matrix, offset = np.vstack(rows), np.concatenate(sides)
    entries = [f"{i} {j} {number(matrix[i, j])}" for i, j in zip(*np.nonzero(matrix))]
    constants = [f"{i} {number(v)}" for i, v in enumerate(offset) if v != 0.0]
    costs = [f"{j} {number(v)}" for j, v in enumerate(model.q) if v != 0.0]
    return "\n".join(["VER", "3", "", "OBJSENSE", "MIN", "", "VAR", f"{n} 1", f"F {n}", "", "CON", f"{len(offset)} {len(cones)}",
                      *[f"{kind} {size}" for kind, size in cones], "", "OBJACOORD", str(len(costs)), *costs, "",
                      "ACOORD", str(len(entries)), *entries, "", "BCOORD", str(len(constants)), *constants, ""])
