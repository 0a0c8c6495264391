# SPDX-License-Identifier: GPL-3.0-or-later
"""`peer_metrics.py MANY.csv PATIENTS.csv`: what scikit-learn and scipy need for the same figures. Prints one line of JSON."""
import json
import sys
import time

import numpy as np
from scipy import stats
from sklearn import isotonic, linear_model, metrics


def read(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, 0].astype(int), table[:, 1], table[:, 2].astype(int)


def all_figures(y: np.ndarray, p: np.ndarray) -> float:
    auc = metrics.roc_auc_score(y, p)
    metrics.roc_curve(y, p, drop_intermediate=False)
    metrics.roc_curve(y, p)
    metrics.precision_recall_curve(y, p)
    metrics.average_precision_score(y, p)
    predicted = (p >= 0.5).astype(int)
    metrics.confusion_matrix(y, predicted)
    metrics.classification_report(y, predicted)
    metrics.balanced_accuracy_score(y, predicted)
    metrics.matthews_corrcoef(y, predicted)
    metrics.cohen_kappa_score(y, predicted)
    metrics.log_loss(y, p)
    metrics.brier_score_loss(y, p)
    logit = np.log(np.clip(p, 1e-12, 1 - 1e-12) / np.clip(1 - p, 1e-12, 1))
    linear_model.LogisticRegression(C=np.inf).fit(logit[:, None], y)
    isotonic.IsotonicRegression(out_of_bounds="clip").fit(p, y)
    return float(auc)


def bootstrap(y: np.ndarray, p: np.ndarray, group: np.ndarray) -> tuple[float, float]:
    """Patients with replacement within their class, BCa by scipy: two samples of patients, each an index."""
    rows = [np.flatnonzero(group == g) for g in np.unique(group)]
    label = np.array([y[r[0]] for r in rows])

    def area(negative: np.ndarray, positive: np.ndarray) -> float:
        chosen = np.concatenate([rows[int(i)] for i in np.concatenate([negative, positive])])
        return metrics.roc_auc_score(y[chosen], p[chosen])

    samples = (np.flatnonzero(label == 0), np.flatnonzero(label == 1))
    result = stats.bootstrap(samples, area, n_resamples=2000, vectorized=False, method="BCa", rng=np.random.default_rng(1))
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def main() -> None:
    y, p, _ = read(sys.argv[1])
    times = []
    for _ in range(3):
        start = time.perf_counter()
        auc = all_figures(y, p)
        times.append(time.perf_counter() - start)
    y, p, group = read(sys.argv[2])
    start = time.perf_counter()
    low, high = bootstrap(y, p, group)
    print(json.dumps({"seconds": sorted(times)[1], "auc": auc, "bootstrapSeconds": time.perf_counter() - start, "bootstrapLow": low, "bootstrapHigh": high}))


if __name__ == "__main__":
    main()
