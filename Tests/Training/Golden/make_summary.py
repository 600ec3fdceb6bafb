#!/usr/bin/env python3
"""nnU-Net's own evaluation of some small random segmentations. Made with nnunetv2 2.8.1, numpy 2.4.

Writes summary.json beside this script: for "labels" (1, 2, 3 and 4 to be ignored; nobody has 3, one case has no 2) and "regions"
((1, 2, 3), (2, 3), 3) the voxels of each case's reference and prediction, [3, 4, 5] row-major, and the summary.json that nnU-Net writes.
"""
import json, tempfile
from pathlib import Path
import numpy as np, SimpleITK as sitk
from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO


def main():
    rng = np.random.default_rng(5)
    golden = {}
    for kind, targets, ignore in (("labels", [1, 2, 3], 4), ("regions", [(1, 2, 3), (2, 3), 3], None)):
        with tempfile.TemporaryDirectory() as folder:
            cases = {}
            for number in range(3):
                if kind == "labels":
                    ref = rng.choice([0, 1, 2, 4], (3, 4, 5)); pred = rng.choice([0, 1, 2], (3, 4, 5))
                    if number == 1: ref[ref == 2] = 0; pred[pred == 2] = 0
                else:
                    ref, pred = (rng.choice([0, 1, 2, 3], (3, 4, 5)) for _ in range(2))
                cases[f"c{number}"] = {"reference": ref.ravel().tolist(), "prediction": pred.ravel().tolist()}
                for part, array in (("reference", ref), ("prediction", pred)):
                    (Path(folder) / part).mkdir(exist_ok=True)
                    sitk.WriteImage(sitk.GetImageFromArray(array.astype(np.uint8)), f"{folder}/{part}/c{number}.nii.gz")
            out = f"{folder}/summary.json"
            compute_metrics_on_folder(f"{folder}/reference", f"{folder}/prediction", out, SimpleITKIO(), ".nii.gz", targets, ignore, 1)
            golden[kind] = {"cases": cases, "summary": Path(out).read_text().replace(folder + "/", "")}
    text = json.dumps(golden)
    (Path(__file__).parent / "summary.json").write_text(text + "\n")


if __name__ == "__main__": main()
