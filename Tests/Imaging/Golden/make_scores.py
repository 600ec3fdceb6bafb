"""Overlap and surface scores of small label maps by MONAI; HD95 with its edges (no subvoxels), NSD at 1 mm.

Made with MONAI 1.6.1, numpy 2.4.6, scipy 1.17.1. Run in this folder: python make_scores.py
"""
import json
import numpy as np, torch
from scipy import ndimage
from monai.metrics import compute_hausdorff_distance, compute_surface_dice

rng = np.random.default_rng(7)


def blobs(shape, sigma, quantile):
    field = ndimage.gaussian_filter(rng.normal(size=shape), sigma)
    return field > np.quantile(field, quantile)


def score(a, b, spacing):
    tp, fp, fn = int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum())
    ta, tb = (torch.from_numpy(m.astype(np.float32))[None, None] for m in (a, b))
    flat = a.shape[0] == 1
    if flat:
        ta, tb, spacing = ta[:, :, 0], tb[:, :, 0], spacing[1:]
    both = a.any() and b.any()
    hd = compute_hausdorff_distance(ta, tb, include_background=True, percentile=95, spacing=spacing).item() if both else None
    nsd = compute_surface_dice(ta, tb, [1.0], include_background=True, spacing=spacing).item() if both else None
    return dict(tp=tp, fp=fp, fn=fn, tn=int((~a & ~b).sum()), hd95=hd, nsd=nsd)


cases = []
shapes = [((14, 17, 20), (3.0, 0.8, 0.7)), ((20, 16, 12), (1.0, 1.0, 1.0)), ((6, 30, 25), (5.0, 0.5, 0.9)),
          ((1, 40, 37), (4.0, 0.6, 1.1)), ((9, 9, 9), (0.2, 0.3, 0.4))]
for index, (shape, spacing) in enumerate(shapes):
    for kind in ("alike", "apart", "full", "point", "empty", "both_empty", "touching_the_border"):
        sigma = [min(2, s / 8) for s in shape]
        a = blobs(shape, sigma, 0.8)
        if kind == "alike":
            b = a ^ (rng.random(shape) < 0.02)
        elif kind == "apart":
            b = blobs(shape, sigma, 0.9)
        elif kind == "full":
            b = np.ones(shape, bool)
        elif kind == "point":
            b = np.zeros(shape, bool)
            b[tuple(rng.integers(0, s) for s in shape)] = True
        elif kind == "empty":
            b = np.zeros(shape, bool)
        elif kind == "both_empty":
            a, b = np.zeros(shape, bool), np.zeros(shape, bool)
        else:
            a, b = np.zeros(shape, bool), np.zeros(shape, bool)
            a[:, : shape[1] // 2], b[:, : shape[1] // 2 + 2, 1:] = True, True
        file = f"scores_{index}_{kind}.npy"
        np.save(f"scores/{file}", np.stack([a, b]).astype(np.uint8))
        cases.append(dict(file=file, spacing=spacing, **score(a, b, spacing)))
json.dump(cases, open("scores.json", "w"), indent=1)
