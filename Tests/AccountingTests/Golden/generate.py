"""Writes lower_bounds.json: intervals and limits by other means than the library's.

Needs numpy and scipy. `one_run`, `two_sided_audits` and `gdp_eps` are copied from the shared goldens, whose path is the
argument; `bayesian` integrates the posterior with QUADPACK, `gaussian_one_run` solves a linear programme with cutting
planes instead of the recursion of the paper.
"""
import json
import sys
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, linprog
from scipy.stats import beta, norm


def posterior_mass(epsilon, tp, positives, fp, negatives, delta):
    alarms = beta(fp + 0.5, negatives - fp + 0.5)
    misses = beta(positives - tp + 0.5, tp + 0.5)
    factor = np.exp(epsilon)

    def least(x):
        return min(1, max(0, (1 - delta - x) / factor, 1 - delta - factor * x))

    def inside(angle):
        x = np.sin(angle) ** 2
        mass = misses.cdf(1 - least(1 - x)) - misses.cdf(least(x))
        return max(0, mass) * alarms.pdf(x) * 2 * np.sin(angle) * np.cos(angle)

    corner = (1 - delta) / (1 + factor)
    marks = [corner, 1 - corner, delta, 1 - delta] + [alarms.ppf(p) for p in (1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999)]
    marks = sorted({0.0, np.pi / 2} | {float(np.arcsin(np.sqrt(m))) for m in marks})
    return sum(quad(inside, a, b, epsabs=1e-12, epsrel=1e-11, limit=500)[0] for a, b in zip(marks, marks[1:]))


def bayesian(tp, positives, fp, negatives, delta, confidence):
    def at(mass):
        def excess(epsilon):
            return posterior_mass(epsilon, tp, positives, fp, negatives, delta) - mass

        return brentq(excess, 0, 60, xtol=1e-11) if excess(0) < 0 else 0.0

    return at((1 - confidence) / 2), at((1 + confidence) / 2)


def largest_tail(mu, m, r, v):
    """max Pr[at least v right] over distributions on 0..r with R_{c+1} <= Phi(mu + Phi^-1(W_c)) for every c."""
    count = np.arange(r + 1)
    rows, limits = [], []

    def cut(c, x):
        # The tangent of the concave curve at x lies above it.
        value, slope = norm.cdf(mu + norm.ppf(x)), np.exp(-mu * mu / 2 - mu * norm.ppf(x))
        right = np.where(count >= c + 1, count, 0) / m
        wrong = np.where(count >= c, r - count, 0) / m
        rows.append(right - slope * wrong)
        limits.append(value - slope * x)

    for c in range(r):
        for x in np.linspace(1e-3, 0.999, 9):
            cut(c, x)
    for _ in range(300):
        answer = linprog(
            -(count >= v).astype(float), A_ub=np.array(rows), b_ub=np.array(limits), A_eq=np.ones((1, r + 1)),
            b_eq=[1.0], method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10})
        p, worst = answer.x, 0.0
        for c in range(r):
            right, wrong = (p * count * (count >= c + 1)).sum() / m, (p * (r - count) * (count >= c)).sum() / m
            wrong = max(wrong, 1e-14)
            excess = right - norm.cdf(mu + norm.ppf(wrong))
            if excess > 1e-11:
                cut(c, wrong)
            worst = max(worst, excess)
        if worst < 1e-10:
            break
    return -answer.fun


def gaussian_one_run(m, r, v, confidence):
    return brentq(lambda mu: largest_tail(mu, m, r, v) - (1 - confidence), 1e-6, 12, xtol=1e-9)


def main():
    shared = json.loads(Path(sys.argv[1]).read_text())["scalars"]
    golden = {key: shared[key] for key in ("one_run", "two_sided_audits", "gdp_eps")}
    tests = [
        (487, 487, 512, 513, 1e-5, 0.9), (500, 1000, 10, 1000, 1e-5, 0.95), (100, 100, 0, 100, 1e-5, 0.95),
        (1000, 1000, 0, 1000, 0, 0.95), (30, 60, 5, 50, 1e-3, 0.8), (0, 10, 0, 10, 0, 0.9),
        (600, 1000, 400, 1000, 0.05, 0.95), (3, 200, 190, 200, 1e-5, 0.99), (0, 1, 0, 20000, 1e-5, 0.95),
    ]
    names = ("tp", "npos", "fp", "nneg", "delta", "confidence")
    golden["bayesian"] = []
    for test in tests:
        lower, upper = bayesian(*test)
        golden["bayesian"].append(dict(zip(names, test)) | {"lower": lower, "upper": upper})
    golden["gaussian_one_run"] = []
    for m, r, v, confidence in [(1, 1, 1, 0.2), (8, 8, 8, 0.95), (10, 10, 9, 0.9), (40, 12, 12, 0.95), (25, 20, 17, 0.9)]:
        mu = gaussian_one_run(m, r, v, confidence)
        golden["gaussian_one_run"].append({"m": m, "r": r, "v": v, "confidence": confidence, "mu": mu})
    Path(__file__).with_name("lower_bounds.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
