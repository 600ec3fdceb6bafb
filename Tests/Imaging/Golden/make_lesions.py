"""Lesion-wise counts of small label maps by scipy's components (structure 3 x 3 x 3), and of the masks of make_scores.py.

Made with numpy 2.4.6, scipy 1.17.1. Run in this folder, after make_scores.py: python make_lesions.py
"""
import json, pathlib
import numpy as np
from scipy import ndimage

rng = np.random.default_rng(11)


def count(a, b):
    (p, n), (r, m) = (ndimage.label(x, np.ones((3, 3, 3))) for x in (a, b))
    found = sum(1 for i in range(1, m + 1) if a[r == i].any())
    spurious = sum(1 for i in range(1, n + 1) if not b[p == i].any())
    return dict(reference=m, predicted=n, found=found, spurious=spurious)


cases = []
for index in range(6):
    shape = [(8, 12, 14), (1, 20, 22), (10, 10, 10), (5, 7, 30), (12, 6, 9), (3, 3, 3)][index]
    a, b = (rng.random(shape) < p for p in ((0.03, 0.04), (0.02, 0.1), (0.2, 0.01), (0.05, 0.05), (0, 0.02), (0, 0))[index])
    file = f"lesions_{index}.npy"
    np.save(f"scores/{file}", np.stack([a, b]).astype(np.uint8))
    cases.append(dict(file=file, **count(a, b)))
for file in sorted(pathlib.Path("scores").glob("scores_*.npy")):
    a, b = np.load(file).astype(bool)
    cases.append(dict(file=file.name, **count(a, b)))
json.dump(cases, open("lesions.json", "w"), indent=1)
