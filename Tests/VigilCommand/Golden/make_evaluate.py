#!/usr/bin/env python3
"""nnU-Net's own summary.json of small random and degenerate segmentations, for `vigil evaluate --summary`.

Writes evaluate.json beside this script: sets of cases, each with what `vigil evaluate` is told (`arguments`), the voxels of reference and
prediction ([D, H, W], row-major) and the text that nnU-Net's compute_metrics_on_folder writes. Made with nnunetv2 2.8.1, SimpleITK 2.5.7,
numpy 2.4.6. Run: python make_evaluate.py
"""
import json, tempfile
from pathlib import Path
import numpy as np, SimpleITK as sitk
from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

rng = np.random.default_rng(17)
FULL, NONE = (lambda v: lambda s: np.full(s, v)), (lambda s: np.zeros(s, int))


def pick(*values): return lambda shape: rng.choice(values, shape)


def point(value):
    def make(shape):
        x = np.zeros(shape, int)
        x[tuple(int(rng.integers(0, n)) for n in shape)] = value
        return x
    return make


# name: what vigil is told, nnU-Net's labels or regions, its ignore label, pairs of (shape, spacing, reference, prediction)
SETS = {
    "labels": ([], [1, 2, 3], None, [
        ((3, 4, 5), (1, 1, 1), pick(0, 1, 2), pick(0, 1, 2)), ((2, 7, 3), (3, 0.5, 0.7), pick(0, 1), pick(0, 2, 3)),
        ((4, 4, 4), (0.2, 0.2, 5), pick(0, 3), pick(0, 3)), ((1, 9, 6), (1, 1, 1), pick(0, 1, 2, 3), pick(0, 1, 2, 3))]),
    "degenerate": ([], [1, 2], None, [
        ((2, 3, 4), (1, 1, 1), NONE, NONE), ((2, 3, 4), (1, 1, 1), FULL(1), FULL(1)), ((2, 3, 4), (1, 1, 1), NONE, FULL(2)),
        ((2, 3, 4), (1, 1, 1), FULL(2), NONE), ((1, 1, 1), (1, 1, 1), FULL(1), FULL(2)), ((5, 4, 3), (2, 1, 1), point(1), point(1)),
        ((5, 4, 3), (1, 2, 9), point(2), pick(0, 2))]),
    "a label that nobody has": (["--labels", "1,2,7"], [1, 2, 7], None, [
        ((3, 3, 3), (1, 1, 1), pick(0, 1), pick(0, 1)), ((3, 3, 3), (1, 1, 1), pick(0, 1, 2), NONE)]),
    "nothing anywhere": (["--labels", "1,2"], [1, 2], None, [((2, 2, 2), (1, 1, 1), NONE, NONE)]),
    "ignore": (["--labels", "1,2", "--ignore", "9"], [1, 2], 9, [
        ((3, 4, 5), (1, 1, 1), pick(0, 1, 2, 9), pick(0, 1, 2)), ((3, 4, 5), (1, 1, 1), FULL(9), pick(0, 1, 2)),
        ((3, 4, 5), (1, 1, 1), pick(0, 9), pick(0, 1)), ((2, 4, 2), (1, 4, 1), pick(1, 9), FULL(1))]),
    "regions": (["--labels", "1+2+3,2+3,3"], [(1, 2, 3), (2, 3), 3], None, [
        ((3, 4, 5), (1, 1, 1), pick(0, 1, 2, 3), pick(0, 1, 2, 3)), ((3, 4, 5), (1, 1, 1), pick(0, 1), pick(0, 2)),
        ((2, 2, 9), (5, 1, 1), NONE, pick(0, 0, 3)), ((2, 2, 2), (1, 1, 1), NONE, NONE)]),
    "regions with an ignore label": (["--labels", "1+2,2", "--ignore", "3"], [(1, 2), 2], 3, [
        ((3, 4, 5), (1, 1, 1), pick(0, 1, 2, 3), pick(0, 1, 2)), ((3, 4, 5), (1, 1, 1), pick(2, 3), pick(0, 1, 2))]),
    "large label values": ([], [12, 300], None, [((3, 3, 4), (1, 1, 1), pick(0, 12, 300), pick(0, 12, 300))]),
}


def main():
    golden = []
    for name, (arguments, targets, ignore, pairs) in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            cases = []
            for number, (shape, spacing, reference, prediction) in enumerate(pairs):
                arrays = {"reference": reference(shape), "prediction": prediction(shape)}
                cases.append({"name": f"c{number}", "shape": shape, "spacing": spacing,
                              **{part: x.ravel().tolist() for part, x in arrays.items()}})
                for part, x in arrays.items():
                    (Path(folder) / part).mkdir(exist_ok=True)
                    image = sitk.GetImageFromArray(x.astype(np.uint16))
                    image.SetSpacing([float(s) for s in spacing[::-1]])
                    sitk.WriteImage(image, f"{folder}/{part}/c{number}.nii.gz")
            out = f"{folder}/summary.json"
            compute_metrics_on_folder(f"{folder}/reference", f"{folder}/prediction", out, SimpleITKIO(), ".nii.gz", targets, ignore, 1)
            golden.append({"name": name, "arguments": arguments, "cases": cases,
                           "summary": Path(out).read_text().replace(folder + "/", "")})
    (Path(__file__).parent / "evaluate.json").write_text("[\n" + ",\n".join(json.dumps(g) for g in golden) + "\n]\n")


if __name__ == "__main__":
    main()
