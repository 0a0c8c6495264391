# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes resample.json: reference numbers of Pillow and OpenCV for tests/image. Run by hand: python make_resample.py

The inputs are formulas (tests/image/Formula.h has the same), so that only the outputs are stored."""
import json
import pathlib

import cv2
import numpy as np
import PIL
from PIL import Image

PIL_FILTERS = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR,
               "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}
CV_FILTERS = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA,
              "bicubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}


def formula(kind, width, height, channels):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    if kind == "u8":
        a = ((x * 37 + y * 101 + c * 53 + (x * y) % 29 * 7) % 256).astype(np.uint8)
    elif kind == "u16":
        a = ((x * 977 + y * 3571 + c * 1999) % 40000 + 12000).astype(np.uint16)
    else:
        a = (((x * 977 + y * 3571 + c * 1999) % 4000) / 8.0 - 250.0).astype(np.float32)
    return a[:, :, 0] if channels == 1 else a


def values(array):
    return [round(float(v), 4) if array.dtype.kind == "f" else int(v) for v in array.reshape(-1)]


def resize_cases():
    cases = []
    sizes = [((17, 13), (8, 6)), ((17, 13), (23, 20)), ((17, 13), (17, 5)), ((17, 13), (3, 13)), ((9, 31), (4, 4)), ((40, 3), (7, 9))]
    for kind, channels in (("u8", 1), ("u8", 3), ("u16", 1), ("f32", 1)):
        for (w, h), (ow, oh) in sizes:
            source = formula(kind, w, h, channels)
            mode = {"u16": "I;16", "f32": "F"}.get(kind)
            image = Image.frombytes(mode, (w, h), source.tobytes()) if mode else Image.fromarray(source)
            for library, filters in (("pillow", PIL_FILTERS), ("opencv", CV_FILTERS)):
                if channels == 3 and (w, h) != (17, 13):
                    continue
                for name, code in filters.items():
                    if library == "pillow":
                        out = np.asarray(image.resize((ow, oh), code))
                    else:
                        out = cv2.resize(source, (ow, oh), interpolation=code)
                    cases.append({"library": library, "filter": name, "type": kind, "channels": channels,
                                  "from": [w, h], "to": [ow, oh], "values": values(out)})
    return cases


def shorter(image, size):
    """torchvision.transforms.Resize(size) on a PIL image."""
    w, h = image.size
    new = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    return image.resize(new, Image.Resampling.BILINEAR)


def centre_crop(image, size):
    """torchvision.transforms.CenterCrop(size), images not smaller than size."""
    w, h = image.size
    left, top = int(round((w - size) / 2.0)), int(round((h - size) / 2.0))
    return image.crop((left, top, left + size, top + size))


def pipeline_cases():
    cases = []
    for w, h, resize, crop, step in ((641, 480, 256, 224, 997), (300, 421, 256, 224, 997), (41, 30, 32, 28, 1), (30, 45, 33, 28, 1)):
        colour = Image.fromarray(formula("u8", w, h, 3))
        for grey in (False, True):
            image = colour.convert("L") if grey else colour
            out = np.asarray(centre_crop(shorter(image, resize), crop))
            cases.append({"grey": grey, "from": [w, h], "resize": resize, "crop": crop, "step": step,
                          "values": values(out.reshape(-1)[::step])})
    return cases


def grey_case():
    colour = Image.fromarray(formula("u8", 31, 17, 3))
    return {"from": [31, 17], "values": values(np.asarray(colour.convert("L")))}


result = {"pillow": PIL.__version__, "opencv": cv2.__version__, "resize": resize_cases(), "pipelines": pipeline_cases(), "grey": grey_case()}
target = pathlib.Path(__file__).with_name("resample.json")
target.write_text(json.dumps(result, separators=(",", ":")).replace('{"library"', '\n{"library"').replace('{"grey":', '\n{"grey":') + "\n")
