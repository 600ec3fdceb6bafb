#!/usr/bin/env python3
"""Golden results of nnU-Net's augmentation, each transform with its parameters given.

usage: make_augmentation.py            (writes augmentation.json, augmentation.npy and augmentation-labels.npy beside itself; deterministic for the versions below)
Made with batchgeneratorsv2 0.3.6, nnunetv2 2.8.1, torch 2.15.0, scipy 1.17.1, scikit-image 0.26.0, numpy 2.4.6, Python 3.11.7.
augmentation.json: `arrays` [{name, type, shape, offset}] into augmentation.npy (one float32 vector) or augmentation-labels.npy (int8), `spatial` (name, angles
in radians about D, H, W, scale per axis, patch), `cubic` (the same), `elastic` (sigma), `blurs` (sigma per axis), `lows` (scale per axis),
`gammas`, `contrasts`, `morphology` (name, operation, radius), `elements` (radius, voxels of the ball or disk) and `sizes`
(patch, degrees, found).
"""
import importlib.metadata as md, json, os, sys, warnings
warnings.filterwarnings("ignore")
sys.path.pop(0)
import numpy as np, torch, scipy.ndimage as nd
from skimage.morphology import ball, disk
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform, create_affine_matrix_3d
from batchgeneratorsv2.transforms.spatial.low_resolution import SimulateLowResolutionTransform
from batchgeneratorsv2.transforms.noise.gaussian_blur import blur_dimension
from batchgeneratorsv2.transforms.intensity.contrast import ContrastTransform
from batchgeneratorsv2.transforms.intensity.gamma import GammaTransform
from batchgeneratorsv2.transforms.nnunet import random_binary_operator as rbo
from nnunetv2.training.data_augmentation.compute_initial_patch_size import get_patch_size
HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)
rng = np.random.default_rng(5)
arrays, small, entries = [], [], []
def add(name, array):
    array = np.ascontiguousarray(np.asarray(array))
    kind = "f4" if array.dtype.kind == "f" else "i1"; place = arrays if kind == "f4" else small
    entries.append(dict(name=name, type=kind, shape=list(array.shape), offset=sum(a.size for a in place))); place.append(array.astype(kind).ravel())
    return name

def labels_like(shape, n, low=0):
    smooth = [nd.gaussian_filter(rng.standard_normal(shape), [1.5 if s > 1 else 0 for s in shape]) for _ in range(n)]
    return np.argmax(smooth, 0).astype(np.int16) + low

def source(name, shape, channels, n, low):
    image = rng.standard_normal([channels, *shape]).astype(np.float32)
    labels = labels_like(shape, n, low)
    add(f"{name}/image", image); add(f"{name}/labels", labels)
    return torch.tensor(image), torch.tensor(labels)

def spatial(name, shape, patch, angles, scale, channels=2, n=4, low=-1):
    image, labels = source(name, shape, channels, n, low)
    planar = shape[0] == patch[0]
    if planar:  # folded into channels: 2D and dummy-2D
        image2, labels2 = image.reshape(-1, *shape[1:]), labels
        turn, dims = [0, angles[0]], patch[1:]
    else:
        image2, labels2, turn, dims = image, labels[None], angles, patch
    t = SpatialTransform(dims, 0, False, p_rotation=1, rotation=lambda image, dim: turn[dim], p_scaling=1, scaling=scale, p_synchronize_scaling_across_axes=1,
                         border_mode_seg="constant", padding_value_seg=-1)
    out = t(image=image2.clone(), segmentation=labels2.clone())
    add(f"{name}/image/linear", out["image"].reshape(channels, *patch)); add(f"{name}/labels/linear", out["segmentation"].reshape(*patch))
    return dict(name=name, angles=angles, scale=[1 if planar else scale, scale, scale], patch=patch)

# No scale or angle that puts voxels exactly half-way: which neighbour is nearest would then hang on the last bit of a coordinate.
spatials = [
    spatial("turned", [14, 16, 13], [9, 10, 8], [.4, -.3, .5], 1),
    spatial("zoomed out", [13, 12, 15], [10, 10, 11], [0, 0, 0], 1.37),
    spatial("both", [15, 13, 14], [11, 10, 12], [.2, .5, -.4], .8, n=3, low=0),
    spatial("2D", [1, 21, 18], [1, 14, 12], [2.5, 0, 0], 1.1),
    spatial("slice-wise", [4, 20, 19], [4, 13, 12], [-.7, 0, 0], .9),
    spatial("two labels", [12, 13, 14], [8, 8, 8], [.3, .2, .1], 1.2, channels=1, n=2, low=0),
]

def cubic(name, shape, patch, angles, scale):
    image = rng.standard_normal([1, *shape]).astype(np.float32); add(f"{name}/image", image)
    offsets = rng.uniform(-1, 1, [3, *patch]).astype(np.float32)
    planar = shape[0] == patch[0]
    if planar: offsets[0] = 0
    add(f"{name}/offsets", offsets)
    M = create_affine_matrix_3d(angles, [1 if planar else scale, scale, scale])
    grid = np.stack(np.meshgrid(*[np.arange(p) - (p - 1) / 2 for p in patch], indexing="ij")) + offsets
    coordinates = np.einsum("ab,bzyx->azyx", M, grid) + np.array([(s - 1) / 2 for s in shape])[:, None, None, None]
    if planar:
        result = np.stack([nd.map_coordinates(image[0, z].astype(np.float64), coordinates[1:, z], order=3, mode="constant") for z in range(patch[0])])
    else:
        result = nd.map_coordinates(image[0].astype(np.float64), coordinates, order=3, mode="constant")
    add(f"{name}/image/cubic", result)
    return dict(name=name, angles=angles, scale=[1 if planar else scale, scale, scale], patch=patch)

cubics = [cubic("cubic", [14, 16, 13], [11, 10, 9], [.3, -.2, .25], .9), cubic("cubic, slice-wise", [3, 17, 15], [3, 13, 12], [.5, 0, 0], 1.1),
          cubic("cubic, short", [4, 6, 5], [6, 6, 6], [.1, .2, .1], .5)]

noise = rng.uniform(-1, 1, [26, 22, 18]).astype(np.float32)
add("elastic/noise", noise); add("elastic/3D", nd.gaussian_filter(noise.astype(np.float64), 9, mode="constant", cval=0))
add("elastic/2D", nd.gaussian_filter(noise[0].astype(np.float64), 9, mode="constant", cval=0)[None])

image = rng.standard_normal([9, 11, 10]).astype(np.float32); add("image", image); x = torch.tensor(image)[None]
blurs = [[.5, .75, 1], [.97, .59, .62], [.84, .83, 1.0]]
for i, sigma in enumerate(blurs):
    y = x.clone()
    for d, s in enumerate(sigma): y = blur_dimension(y, s, d, truncate=6)
    add(f"blur/{i}", y[0])
lows = [[.5, .5, .5], [.83, .83, .83], [1, .61, .61]]
for i, scale in enumerate(lows):
    t = SimulateLowResolutionTransform(scale[1], False, True, (0,) if scale[0] == 1 else None, p_per_channel=1)
    add(f"low/{i}", t(image=x.clone())["image"][0])
contrasts = [.75, 1.25]
for i, c in enumerate(contrasts): add(f"contrast/{i}", ContrastTransform(c, True, False, 1)(image=x.clone())["image"][0])
gammas = [dict(gamma=.7, inverting=False), dict(gamma=1.5, inverting=True), dict(gamma=1.2, inverting=False)]
for i, g in enumerate(gammas): add(f"gamma/{i}", GammaTransform(g["gamma"], float(g["inverting"]), False, 1, 1)(image=x.clone())["image"][0])

morphology = []
ops = dict(dilation=rbo.binary_dilation_torch, erosion=rbo.binary_erosion_torch, closing=rbo.binary_closing_torch, opening=rbo.binary_opening_torch)
for shape, name in [([11, 12, 70], "3D"), ([1, 30, 67], "2D")]:
    mask = add(f"mask/{name}", labels_like(shape, 3) == 1)
    m = torch.tensor(small[-1].reshape(shape) > 0)
    for op, f in ops.items():
        for radius in (1.0, 1.6, 2.75, 4.3):
            got = f(m, torch.tensor(ball(radius, dtype=bool))) if name == "3D" else f(m[0], torch.tensor(disk(radius, dtype=bool)))[None]
            key = add(f"{op}/{name}/{radius}", got)
            morphology.append(dict(name=key, mask=f"mask/{name}", operation=op, radius=radius))
elements = [dict(radius=r, isFlat=flat, voxels=int((disk(r) if flat else ball(r)).sum())) for r in (1, 1.5, 2.2, 3.71, 5.5, 7.99, 8) for flat in (True, False)]

sizes = []
for patch, degrees in [([40, 56, 40], 30), ([128] * 3, 30), ([80, 192, 160], 30), ([56, 40], 180), ([512, 512], 180), ([320, 192], 15), ([20, 320, 256], 180), ([48, 64, 96], 15)]:
    r = degrees / 360 * 2 * np.pi
    sizes.append(dict(patch=patch, degrees=degrees, found=[int(v) for v in get_patch_size(patch, (-r, r), (-r, r), (-r, r), (.85, 1.25))]))
np.save(f"{HERE}/augmentation.npy", np.concatenate(arrays)); np.save(f"{HERE}/augmentation-labels.npy", np.concatenate(small))
json.dump(dict(arrays=entries, spatial=spatials, cubic=cubics, blurs=blurs, lows=lows, contrasts=contrasts, gammas=gammas, morphology=morphology, elements=elements, sizes=sizes),
          open(f"{HERE}/augmentation.json", "w"), separators=(",", ":"))
for p in ("batchgeneratorsv2", "scipy", "torch", "numpy", "scikit-image"): print(p, md.version(p))
print(sum(a.size for a in arrays) * 4, "bytes"); print(sizes)
