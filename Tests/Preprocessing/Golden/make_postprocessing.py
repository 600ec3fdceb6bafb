#!/usr/bin/env python3
"""Makes postprocessing.json: what nnU-Net's determine_postprocessing finds on small made-up predictions.

usage: make_postprocessing.py > postprocessing.json
Versions used for the committed file: nnunetv2 2.8.1, scikit-image 0.26, SimpleITK 2.5.
"""
import base64, contextlib, io, json, os, sys, tempfile
import numpy as np, SimpleITK as sitk


def array(a):
    a = np.ascontiguousarray(a, dtype=np.int8)
    return {"shape": list(a.shape), "base64": base64.b64encode(a.tobytes()).decode()}


def main():
    from nnunetv2.postprocessing.remove_connected_components import determine_postprocessing
    rng = np.random.default_rng(1809)
    labels = {"background": 0, "a": 1, "b": 2}
    regions = {"background": 0, "whole": [1, 2], "core": 2}
    out = []
    for name, table, spots, ignore in (("joint", labels, [1, 2], False), ("one label", labels, [2], False), ("nothing", labels, [], False),
                                       ("true specks", labels, [-1], False), ("regions", regions, [1], False), ("ignored", labels, [1, 2], True)):
        dataset = dict(channel_names={"0": "CT"}, labels=dict(table), numTraining=4, file_ending=".nii.gz", overwrite_image_reader_writer="SimpleITKIO")
        if "whole" in table: dataset["regions_class_order"] = [1, 2]
        if ignore: dataset["labels"]["ignore"] = 3
        plans = dict(image_reader_writer="SimpleITKIO", label_manager="LabelManager", configurations={})
        root = tempfile.mkdtemp(); cases = []
        os.makedirs(root + "/p"); os.makedirs(root + "/r")
        for k in range(4):
            ref = np.zeros((6, 12, 14), np.uint8); ref[1:5, 2:8, 2:6] = 1; ref[1:5, 2:8, 6:10] = 2
            pred = ref.copy(); pred[1, 2, 2] = 0; pred[4, 7, 9] = 0
            if ignore: ref[:, 8:, :] = 3
            for s in spots:
                z, y, x = rng.integers(0, 6), rng.integers(9, 12), rng.integers(0, 14)
                if s > 0: pred[z, y, x] = s
                else: pred[z, y, x] = ref[z, y, x] = 1
            if k == 3 and name == "one label": pred[0, 11, :3] = ref[0, 11, :3] = 1  # a true speck of the other label
            for d, a in (("p", pred), ("r", ref)): sitk.WriteImage(sitk.GetImageFromArray(a), f"{root}/{d}/c{k}.nii.gz")
            cases.append({"prediction": array(pred), "reference": array(ref)})
        with contextlib.redirect_stdout(io.StringIO()):
            determine_postprocessing(root + "/p", root + "/r", plans, dataset, 1)
        found = json.load(open(root + "/p/postprocessing.json"))
        out.append(dict(name=name, dataset=json.dumps(dataset), cases=cases, found=json.dumps(found)))
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
