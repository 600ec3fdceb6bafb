#!/usr/bin/env python3
"""Makes fingerprint.json: nnU-Net's foreground statistics of four small cases with two channels.

usage: make_fingerprint.py > fingerprint.json
Versions used for the committed file: nnunetv2 2.8.1, numpy 2.4.
The pooling at the end repeats the lines of DatasetFingerprintExtractor.run, which cannot be called without files.
"""
import base64, json, sys
import numpy as np
from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor as Extractor
from nnunetv2.preprocessing.cropping.cropping import crop_to_nonzero

rng = np.random.default_rng(1809)


def array(a, dtype):
    a = np.ascontiguousarray(a, dtype=dtype)
    return {"shape": list(a.shape), "base64": base64.b64encode(a.tobytes()).decode()}


SAMPLES = 400_003
cases, results = [], []
for k, shape in enumerate([(6, 8, 9), (7, 7, 7), (5, 9, 8), (9, 6, 7)]):
    image = (rng.gamma(2, 300 * (k + 1), (2, *shape)) - 40).astype(np.float32)
    image[:, :1] = 0; image[:, :, -2:] = 0
    label = (rng.random(shape) < [.3, .05, 0, .6][k]).astype(np.int8) * rng.integers(1, 3, shape).astype(np.int8)
    cases.append({"channels": array(image, "<f4"), "labels": array(label, "i1"), "spacing": [1.0 + k, 1, .5]})
    data, seg, _ = crop_to_nonzero(image.copy(), label[None].copy())
    values, _ = Extractor.collect_foreground_intensities(seg, data, num_samples=SAMPLES // 4)
    results.append((data.shape[1:], values, np.prod(data.shape[1:]) / np.prod(image.shape[1:])))
pooled = np.array([np.concatenate([r[1][c] for r in results]) for c in range(2)])
if pooled.dtype != np.float32:  # the empty list of a case without foreground makes numpy use float64, as it does in nnU-Net
    print("pooled in", pooled.dtype, file=sys.stderr)
stats = {}
for c in range(2):
    low, median, high = np.percentile(pooled[c], np.array((.5, 50., 99.5)))
    stats[str(c)] = dict(mean=float(np.mean(pooled[c])), median=float(median), std=float(np.std(pooled[c])), min=float(np.min(pooled[c])),
                         max=float(np.max(pooled[c])), percentile_99_5=float(high), percentile_00_5=float(low))
json.dump({"samples": SAMPLES, "cases": cases, "fingerprint": json.dumps({
    "spacings": [c["spacing"] for c in cases], "shapes_after_crop": [[int(v) for v in r[0]] for r in results],
    "foreground_intensity_properties_per_channel": stats, "median_relative_size_after_cropping": float(np.median([r[2] for r in results], 0))})}, sys.stdout)
