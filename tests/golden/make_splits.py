#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splits of scikit-learn 1.9 / numpy 2.4 for tests/dataset/FoldTest: python make_splits.py > splits.json

Labels and folds are one digit a row. A repeated k-fold draws from one RandomState through all repeats."""
import json

import numpy as np
from sklearn.model_selection import (GroupKFold, GroupShuffleSplit, KFold, RepeatedKFold, RepeatedStratifiedKFold, StratifiedGroupKFold,
                                     StratifiedKFold, train_test_split)


def digits(values):
    return "".join(str(int(v)) for v in values)


def fold_digits(splits, n, k):
    rows = []
    for i, (_, test) in enumerate(splits):
        if i % k == 0:
            rows.append(np.full(n, 9))
        rows[-1][test] = i % k
    return [digits(r) for r in rows]


def labels(n, p, seed):
    return np.random.RandomState(seed).choice(len(p), n, p=p)



def three_way(n, seed):
    """SENet's way: a fifth for the test, then a fifth of the rest for the validation: 64/16/20."""
    rest, test = train_test_split(np.arange(n), test_size=.2, random_state=seed)
    _, validation = train_test_split(rest, test_size=.2, random_state=seed)
    return {"n": n, "seed": seed, "validation": sorted(validation.tolist()), "test": sorted(test.tolist())}


out = {"words": {}, "trainTest": [], "kfold": [], "stratified": [], "groups": [], "threeWay": [three_way(100, 42), three_way(37, 1)]}
for seed in (0, 42, 4294967295):
    r = np.random.RandomState(seed)
    out["words"][str(seed)] = [int(x) for x in np.frombuffer(r.bytes(24), "<u4")]
for n, f, seed in ((10, .2, 42), (23, .2, 42), (100, .16, 0), (101, .15, 7)):
    train, test = train_test_split(np.arange(n), test_size=f, random_state=seed)
    out["trainTest"].append({"n": n, "fraction": f, "seed": seed, "train": train.tolist(), "test": test.tolist()})
for p, n, f, seed in (((.36, .64), 25, .2, 42), ((.5, .3, .2), 40, .25, 1), ((.25,) * 4, 33, .15, 5), ((.1,) * 9 + (.1,), 90, .2, 3)):
    y = labels(n, p, seed)
    train, test = train_test_split(np.arange(n), test_size=f, random_state=seed, stratify=y)
    out["trainTest"].append({"n": n, "fraction": f, "seed": seed, "labels": digits(y), "train": train.tolist(), "test": test.tolist()})
y = [int(c) for c in "00011000101100100101001"]
out["stratified"].append({"labels": digits(y), "k": 5, "seed": 42, "folds": fold_digits(
    RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=42).split(y, y), len(y), 5)})
for p, n, k, repeats, seed in (((.36, .64), 100, 5, 3, 42), ((.5, .3, .2), 57, 4, 2, 0), ((.05, .95), 60, 5, 1, 9)):
    y = labels(n, p, seed)
    splits = RepeatedStratifiedKFold(n_splits=k, n_repeats=repeats, random_state=seed).split(y, y)
    out["stratified"].append({"labels": digits(y), "k": k, "seed": seed, "folds": fold_digits(splits, n, k)})
for n, k, repeats, seed in ((23, 5, 1, 42), (50, 3, 3, 1)):
    splits = RepeatedKFold(n_splits=k, n_repeats=repeats, random_state=seed).split(np.zeros(n))
    out["kfold"].append({"n": n, "k": k, "seed": seed, "folds": fold_digits(splits, n, k)})
for p, n, groups, k, repeats, seed in (((.36, .64), 80, 20, 5, 3, 42), ((.5, .3, .2), 120, 31, 4, 2, 7), ((.1,) * 10, 150, 40, 5, 1, 3), ((.2, .8), 60, 60, 5, 2, 11)):
    y = labels(n, p, seed)
    g = np.random.RandomState(seed + 1).randint(0, groups, n)
    _, g = np.unique(g, return_inverse=True)
    rng, stratified = np.random.RandomState(seed), []
    for _ in range(repeats):
        stratified += list(StratifiedGroupKFold(k, shuffle=True, random_state=rng).split(y, y, g))
    plain = GroupKFold(k, shuffle=True, random_state=seed).split(y, y, g)
    _, held = next(GroupShuffleSplit(1, test_size=.2, random_state=seed).split(y, y, g))
    out["groups"].append({"labels": digits(y), "groups": g.tolist(), "k": k, "seed": seed, "stratified": fold_digits(stratified, n, k),
                          "plain": fold_digits(plain, n, k), "held20": held.tolist()})
print(json.dumps(out, separators=(",", ":")).replace('},{', '},\n{').replace('],"', '],\n"'))
