"""Where nnU-Net v2 cuts patches of cases with an ignore label. Writes patches.json.

Made with nnunetv2 2.8.1, numpy 2.4. Run: python make_patches.py
"""
import json, os
import numpy as np
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.training.dataloading.data_loader import nnUNetDataLoader

IGNORE, ALL = 3, [0, 1, 2]


def corners(shape, sample, patch, voxels, forced, draws=400):
    seg = np.full((1, *shape), IGNORE, dtype=np.int16)
    for label, *place in voxels:
        seg[(0, *place)] = label
    places = DefaultPreprocessor._sample_foreground_locations(seg, [1, 2, [-1] + ALL])
    loader = nnUNetDataLoader.__new__(nnUNetDataLoader)
    loader.need_to_pad = (np.array(sample) - np.array(patch)).astype(int)
    loader.patch_size, loader.has_ignore, loader.annotated_classes_key = sample, True, tuple([-1] + ALL)
    found = {tuple(int(v) for v in loader.get_bbox(np.array(shape), forced, places)[0]) for _ in range(draws)}
    return sorted(list(c) for c in found)


cases = []
for shape, sample, patch in [([9, 12, 10], [5, 7, 4], [3, 5, 4]), ([6, 20, 7], [8, 9, 9], [8, 8, 8]), ([5, 5, 5], [5, 5, 5], [5, 5, 5])]:
    for voxels in [
        [[0, 4, 4, 3]], [[1, 1, 2, 3]], [[0, 0, 4, 4], [2, 4, 1, 2]], [[-1, 3, 3, 3]],
        [[0, 0, 0, 0], [0, 4, 4, 1], [1, 2, 3, 1], [2, 4, 4, 4]],
    ] + ([[]] if shape == sample else []):
        for forced in [False, True]:
            cases.append(dict(shape=shape, sample=sample, patch=patch, voxels=voxels, forced=forced,
                              corners=corners(shape, sample, patch, voxels, forced)))
many = DefaultPreprocessor._sample_foreground_locations(np.ones((1, 70, 120, 125), dtype=np.int16), [1])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "patches.json"), "w") as f:
    json.dump(dict(kept=dict(of=70 * 120 * 125, places=len(many[1])), cases=cases), f, separators=(",", ":"))
