#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""For `diascope-cli bench audit --peer tests/bench/peer.sh`: scikit-learn's TSNE with its defaults on a file of doubles.

peer_tsne.py POINTS COLUMNS THREADS: writes POINTS.map and prints {"seconds", "reportedDivergence", "iterations"}.
"""
import json
import sys
import time

import numpy as np
from sklearn.manifold import TSNE

points = np.fromfile(sys.argv[1], "<f8").reshape(-1, int(sys.argv[2]))
began = time.perf_counter()
tsne = TSNE(random_state=42, n_jobs=int(sys.argv[3]))
places = tsne.fit_transform(points)
seconds = time.perf_counter() - began
places.astype("<f8").tofile(sys.argv[1] + ".map")
print(json.dumps({"seconds": seconds, "reportedDivergence": float(tsne.kl_divergence_), "iterations": int(tsne.n_iter_)}))
