#!/usr/bin/env python3
"""Makes preprocessing.json: small cases of nnU-Net's cropping, normalisation, resampling, preparation and export.

usage: make_preprocessing.py > preprocessing.json      (arrays are little-endian base64 with their shape)
Versions used for the committed file: nnunetv2 2.8.1, batchgenerators 0.25.5, scikit-image 0.26, scipy 1.17, numpy 2.4.
"""
import base64, contextlib, io, json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
from scipy.ndimage import gaussian_filter
from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape as export
from nnunetv2.preprocessing.cropping.cropping import crop_to_nonzero
from nnunetv2.preprocessing.normalization import default_normalization_schemes as schemes
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg_to_shape as resample
from nnunetv2.preprocessing.resampling.resample_torch import resample_torch_fornnunet as resample_torch
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

rng = np.random.default_rng(1809)


def array(a, dtype="<f4"):
    a = np.ascontiguousarray(a, dtype=dtype)
    return {"shape": list(a.shape), "base64": base64.b64encode(a.tobytes()).decode()}


def smooth(shape, sigma=1.0):
    x = gaussian_filter(rng.standard_normal(shape), sigma)
    return (x / x.std()).astype(np.float32)


def blobs(shape, labels):
    scores = np.stack([gaussian_filter(rng.standard_normal(shape), 1.2) for _ in range(labels)])
    return scores.argmax(0).astype(np.int8)


def crop_case(shape, mark):
    data = np.zeros((2, *shape), np.float32)
    mark(data)
    cropped, seg, box = crop_to_nonzero(data.copy())
    return {"data": array(data), "box": [[int(v) for v in b] for b in box], "inside": array(seg[0] >= 0, "u1"),
            "cropped": array(cropped)}


def closed_hole(d):
    d[0, 2:7, 3:9, 1:8] = -3; d[0, 4, 5:7, 4:6] = 0; d[1, 4, 5, 4] = 2  # a closed hole, partly filled by channel 1


def tunnel(d):
    d[0, :, 2:7, 2:8] = 1; d[0, :, 4, 4:6] = 0; d[0, 2:4, 3, 3] = 0  # a tunnel through all slices stays, a small hole fills


def one_slice(d):
    d[0, 0, 1:6, 1:7] = 5; d[0, 0, 3, 3] = 0  # nothing is filled in a single slice


def norm_case(name, image, mask, props, seg):
    out = getattr(schemes, name)(use_mask_for_norm=mask, intensityproperties=props).run(image.copy(), seg)
    return {"scheme": name, "useMask": mask, "image": array(image), "inside": array(seg >= 0, "u1"), "result": array(out)}


def resample_case(name, shape, new, current, target, order, channels=1, sigma=1.0, seg=None, force=None, steps=False, torch=False):
    data = smooth((channels, *shape), [0, *[min(sigma, (n - 1) / 2) for n in shape]]) if seg is None else seg[None]
    if seg is None:
        data = (np.sign(data) if steps else data) * 40 + 7
    if torch:
        out = resample_torch(data, new, current, target, is_seg=seg is not None, force_separate_z=force)
    else:
        out = resample(data, np.array(new), current, target, is_seg=seg is not None, order=order, order_z=0, force_separate_z=force)
    kind = "<f4" if seg is None else "i1"
    return {"name": name, "current": current, "target": target, "order": order, "isSegmentation": seg is not None,
            "force": force, "torch": torch, "input": array(data[0], kind), "output": array(out[0], kind)}


def configuration(target, patch, names, mask):
    kw = lambda order, seg: {"is_seg": seg, "order": order, "order_z": 0, "force_separate_z": None}
    fn = "resample_data_or_seg_to_shape"
    return dict(data_identifier="x", preprocessor_name="DefaultPreprocessor", batch_size=2, patch_size=patch,
                median_image_size_in_voxels=patch, spacing=target, normalization_schemes=names, use_mask_for_norm=mask,
                resampling_fn_data=fn, resampling_fn_seg=fn, resampling_fn_probabilities=fn,
                resampling_fn_data_kwargs=kw(3, False), resampling_fn_seg_kwargs=kw(1, True),
                resampling_fn_probabilities_kwargs=kw(1, False), batch_dice=False,
                architecture={"network_class_name": "PlainConvUNet", "arch_kwargs": {}, "_kw_requires_import": []})


def scan_case(name, shape, spacing, target, forward, schemes_, mask, labels, order=None, with_seg=False, heads=3):
    stats = dict(mean=60.0, median=55.0, std=180.0, min=-900.0, max=1500.0, percentile_00_5=-400.0, percentile_99_5=350.0)
    n = len(schemes_)
    dataset = {"channel_names": {str(i): f"c{i}" for i in range(n)}, "labels": labels, "numTraining": 1, "file_ending": ".nii.gz"}
    if order: dataset["regions_class_order"] = order
    plans = dict(dataset_name="Dataset001_X", plans_name="nnUNetPlans", image_reader_writer="SimpleITKIO", transpose_forward=forward,
                 transpose_backward=[forward.index(i) for i in range(3)], label_manager="LabelManager", experiment_planner_used="ExperimentPlanner",
                 foreground_intensity_properties_per_channel={str(i): stats for i in range(n)},
                 configurations={"c": configuration(target, [16] * len(target), schemes_, mask)})
    data = np.stack([smooth(shape) * 250 + 400 for _ in range(n)])
    data[:, :2] = 0; data[:, :, -3:] = 0; data[:, :, :, :4] = 0
    seg = blobs(shape, 3)[None] if with_seg else None
    pm = PlansManager(plans); cm = pm.get_configuration("c"); props = {"spacing": list(spacing)}
    with contextlib.redirect_stdout(io.StringIO()):
        out, outseg, props = DefaultPreprocessor(verbose=False).run_case_npy(data, seg, props, pm, cm, dataset)
    logits = np.stack([smooth(out.shape[1:], 2.0) for _ in range(heads)])
    result, prob = export(logits.copy(), pm, cm, pm.get_label_manager(dataset), props, return_probabilities=True)
    case = {"name": name, "dataset": json.dumps(dataset), "plans": json.dumps(plans), "spacing": list(spacing), "channels": array(data),
            "prepared": array(out), "logits": array(logits), "segmentation": array(result, "u1"), "probabilities": array(prob)}
    if with_seg:
        case |= {"labels": array(seg[0], "i1"), "preparedLabels": array(outseg[0], "i1")}
    return case


torch_rng, rng = rng, np.random.default_rng(9081)  # apart, so that the other cases stay what they were
torch_cases = [
    resample_case("torch up", (6, 9, 8), (11, 16, 15), [1.8, 1.8, 1.9], [1, 1, 1], 1, torch=True),
    resample_case("torch down, rough", (12, 15, 18), (5, 7, 12), [1, 1, 1], [2.4, 2.1, 1.5], 1, sigma=.01, torch=True),
    resample_case("torch, separate z", (6, 10, 9), (9, 19, 17), [6, 1, 1], [4, .5, .5], 1, torch=True),
    resample_case("torch labels up", (7, 9, 8), (14, 13, 16), [2, 1.4, 2], [1, 1, 1], 1, seg=blobs((7, 9, 8), 4) - 1, torch=True),
    resample_case("torch labels, separate z", (5, 12, 14), (9, 24, 7), [5, 1, 1], [2.8, .5, 2], 1, seg=blobs((5, 12, 14), 4), torch=True),
]
rng = torch_rng
image = smooth((9, 11, 10)) * 90 + 100; image[:3] = 0; inside = np.where(image != 0, 0, -1).astype(np.int8)
ct = dict(mean=95.0, std=70.0, percentile_00_5=-20.0, percentile_99_5=230.0)
three = {"background": 0, "a": 1, "b": 2}
regions = {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3}
json.dump({
    "ct": ct,
    "crop": [crop_case((10, 12, 11), closed_hole), crop_case((6, 9, 10), tunnel), crop_case((1, 9, 10), one_slice), crop_case((3, 4, 5), lambda d: None)],
    "normalization": [norm_case(s, image if s != "RGBTo01Normalization" else np.clip(image, 0, 255), m, ct, inside)
                      for s, m in (("CTNormalization", False), ("ZScoreNormalization", False), ("ZScoreNormalization", True), ("NoNormalization", False),
                                   ("RescaleTo01Normalization", False), ("RGBTo01Normalization", False))],
    "resampling": [
        resample_case("cubic up", (7, 9, 8), (11, 13, 15), [1.5, 1.4, 1.9], [1, 1, 1], 3),
        resample_case("cubic down", (13, 20, 18), (9, 11, 10), [.7, .6, .6], [1, 1.1, 1.1], 3),
        resample_case("cubic, rough", (10, 17, 19), (13, 12, 35), [1.3, .7, 1.8], [1, 1, 1], 3, sigma=.01),
        resample_case("cubic, steps", (6, 7, 9), (9, 11, 16), [1.5, 1.6, 1.8], [1, 1, 1], 3, sigma=.01, steps=True),
        resample_case("cubic, one slice", (1, 12, 9), (1, 17, 13), [1, 1.4, 1.4], [1, 1, 1], 3),
        resample_case("cubic, lengths 2 and 1", (2, 5, 1), (3, 4, 2), [1.5, .8, 2], [1, 1, 1], 3),
        resample_case("cubic, separate z up", (5, 12, 14), (9, 10, 19), [5, .8, 1.3], [2.8, 1, 1], 3),
        resample_case("cubic, separate z down", (11, 12, 14), (7, 15, 12), [2, 1, 1], [3.2, .8, 1.1], 3, sigma=.01),
        resample_case("cubic, separate axis 1", (9, 6, 12), (13, 4, 10), [1, 4, 1], [.7, 6, 1.2], 3, sigma=.5),
        resample_case("cubic, separate axis 2", (9, 13, 6), (12, 9, 11), [1, 1, 5.5], [.75, 1.4, 3], 3, sigma=.5),
        resample_case("cubic, forced together", (5, 12, 14), (9, 10, 19), [5, .8, 1.3], [2.8, 1, 1], 3, force=False),
        resample_case("linear up", (6, 9, 8), (11, 16, 15), [1.8, 1.8, 1.9], [1, 1, 1], 1),
        resample_case("linear down", (12, 15, 18), (5, 7, 8), [1, 1, 1], [2.4, 2.1, 2.2], 1, sigma=.01),
        resample_case("linear, separate z", (4, 10, 9), (9, 19, 17), [6, 1, 1], [2.7, .5, .5], 1),
        resample_case("nearest", (6, 10, 9), (9, 5, 17), [1, 1, 1], [.7, 2, .5], 0),
        resample_case("labels up", (7, 9, 8), (14, 13, 16), [2, 1.4, 2], [1, 1, 1], 1, seg=blobs((7, 9, 8), 4) - 1),
        resample_case("labels down", (14, 16, 18), (7, 11, 9), [1, 1, 1], [2, 1.5, 2], 1, seg=blobs((14, 16, 18), 3)),
        resample_case("labels, separate z", (5, 12, 14), (9, 24, 7), [5, 1, 1], [2.8, .5, 2], 1, seg=blobs((5, 12, 14), 4)),
        resample_case("labels, nearest", (7, 9, 8), (14, 13, 5), [2, 1.4, 1], [1, 1, 1.6], 0, seg=blobs((7, 9, 8), 4)),
    ] + torch_cases,
    "scans": [
        scan_case("isotropic", (11, 13, 14), (1.2, 1.0, .9), [1.0, 1.0, 1.0], [0, 1, 2], ["ZScoreNormalization"], [False], three),
        scan_case("transposed, masked, two channels", (13, 8, 14), (.8, 3.6, .9), [3.0, 1.0, 1.0], [1, 0, 2], ["ZScoreNormalization", "CTNormalization"], [True, False], three, with_seg=True),
        scan_case("2d", (6, 13, 14), (3.0, 1.1, .8), [1.0, 1.0], [0, 1, 2], ["ZScoreNormalization"], [False], three),
        scan_case("regions", (9, 12, 13), (1.0, 1.3, 1.0), [1.0, 1.0, 1.0], [2, 0, 1], ["CTNormalization"], [False], regions, order=[1, 2, 3]),
    ],
}, sys.stdout)
