"""HD95 and NSD of the masks of make_scores.py by DeepMind's `surface-distance`, whose definition differs from ours (docs/metrics.md).

Made with surface-distance 0.1 (PyPI), numpy 2.4.6. Run in this folder, after make_scores.py: python make_surface_distance.py
It walks the surface between the voxels in elements weighted by their area, where we count the mask's voxels that lie at its surface. A single slice
is given to it as a plane. Where a mask is empty it says infinity or NaN: null here.
"""
import json, math
import numpy as np
import surface_distance as sd

cases = []
for case in json.load(open("scores.json")):
    b, a = np.load(f"scores/{case['file']}").astype(bool)[::-1]
    spacing = case["spacing"]
    if a.shape[0] == 1:
        a, b, spacing = a[0], b[0], spacing[1:]
    found = dict(hd95=None, nsd=None)
    if a.any() and b.any():
        distances = sd.compute_surface_distances(b, a, spacing)
        found = dict(hd95=float(sd.compute_robust_hausdorff(distances, 95)), nsd=float(sd.compute_surface_dice_at_tolerance(distances, 1.0)))
    cases.append(dict(file=case["file"], diagonal=math.hypot(*spacing), **found))
    print(case["file"], spacing, "HD95", case["hd95"], found["hd95"], "NSD", case["nsd"], found["nsd"])
json.dump(cases, open("surface_distance.json", "w"), indent=1)
