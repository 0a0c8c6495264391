#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data path of a Python trainer alone, for `diascope-cli bench store --peer tests/bench/peer.sh`: python peer_decode.py FOLDER WORKERS [pillow].

A PyTorch DataLoader whose worker processes read each picture with OpenCV as grey levels and resize it to 224 x 224; batches of 32 arrive in the
main process. With "pillow": by Image.convert("L") and an antialiased resize, the numbers that the recipes ask for and our store holds. The first pass warms the disk's cache and the workers; the rate is the median of the three after it. Prints one line of JSON.
"""
import json
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy
import torch
from PIL import Image

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}


class Pictures(torch.utils.data.Dataset):
    def __init__(self, folder, pillow):
        self.pillow = pillow
        self.files = sorted(str(p) for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        if self.pillow:
            with Image.open(self.files[index]) as picture:
                return torch.from_numpy(numpy.array(picture.convert("L").resize((224, 224), Image.Resampling.BILINEAR)))
        picture = cv2.imread(self.files[index], cv2.IMREAD_GRAYSCALE)
        return torch.from_numpy(cv2.resize(picture, (224, 224), interpolation=cv2.INTER_LINEAR))


def main():
    cv2.setNumThreads(1)
    data = Pictures(sys.argv[1], sys.argv[3:] == ["pillow"])
    workers = int(sys.argv[2])
    loader = torch.utils.data.DataLoader(data, 32, num_workers=workers, persistent_workers=True, prefetch_factor=4)
    rates = []
    for epoch in range(4):
        start = time.perf_counter()
        seen = sum(len(batch) for batch in loader)
        if epoch > 0:
            rates.append(seen / (time.perf_counter() - start))
    print(json.dumps({"imagesPerSecond": statistics.median(rates), "pictures": len(data), "workers": workers}))


if __name__ == "__main__":
    main()
