"""A small oblique volume and label map resampled onto another oblique grid by SimpleITK, nearest and linear, and by SciPy, cubic.

Made with SimpleITK 2.5.7, numpy 2.4.6, scipy 1.17.1 (the cubic one). Run in this folder: python make_resampling.py
"""
import json
import numpy as np, SimpleITK as sitk

rng = np.random.default_rng(9)


def rotation():
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.diag(r))


def grid(size, spacing, centre):
    direction = rotation()
    origin = np.array(centre) - direction @ ((np.array(size) - 1) / 2 * spacing)
    return dict(size=size, spacing=spacing, origin=origin.tolist(), direction=direction.flatten().tolist())


def dressed(array, g):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(g["spacing"]), image.SetOrigin(g["origin"]), image.SetDirection(g["direction"])
    return image


source = grid([11, 9, 7], [1.3, 0.9, 2.1], [10, -20, 30])
target = grid([13, 12, 10], [1.1, 1.0, 1.2], [11, -19, 31])
volume = rng.normal(size=(7, 9, 11)).astype(np.float32)
labels = rng.integers(0, 4, size=(7, 9, 11)).astype(np.uint8)
frame = dressed(np.zeros((10, 12, 13), np.float32), target)
np.save("resampling_volume.npy", volume)
np.save("resampling_labels.npy", labels)
linear = sitk.Resample(dressed(volume, source), frame, sitk.Transform(), sitk.sitkLinear, -7.0)
nearest = sitk.Resample(dressed(labels, source), frame, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
np.save("resampling_linear.npy", sitk.GetArrayFromImage(linear).astype(np.float32))
np.save("resampling_nearest.npy", sitk.GetArrayFromImage(nearest).astype(np.uint8))
json.dump(dict(source=source, target=target), open("resampling.json", "w"), indent=1)


def steps(g):
    return np.array(g["direction"]).reshape(3, 3) * np.array(g["spacing"])  # columns: i, j, k


# Cubic splines of the repeated edge, as nnU-Net's order 3: clipped to the range of the input; -7 beyond half a voxel outside.
from scipy.ndimage import map_coordinates
index = np.indices((10, 12, 13)).reshape(3, -1)[::-1]  # i, j, k of every target voxel
place = steps(target) @ index + np.array(target["origin"])[:, None]
there = np.linalg.solve(steps(source), place - np.array(source["origin"])[:, None])
inside = ((there >= -0.5) & (there < np.array(source["size"])[:, None] - 0.5)).all(0)
cubic = map_coordinates(volume.astype(np.float64), there[::-1], order=3, mode="nearest")
cubic = np.where(inside, np.clip(cubic, volume.min(), volume.max()), -7)
np.save("resampling_cubic.npy", cubic.reshape(10, 12, 13).astype(np.float32))
codes = {}
import nibabel as nib
for index in range(40):
    axes = rotation() * (rng.choice([-1, 1], 3)) if index % 2 else (rotation() * 0.15 + np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3))
    ras = np.eye(4)
    ras[:3, :3] = np.diag([-1, -1, 1]) @ axes
    codes[str(index)] = dict(axes=axes.tolist(), codes="".join(nib.aff2axcodes(ras)))
json.dump(codes, open("axis_codes.json", "w"))
