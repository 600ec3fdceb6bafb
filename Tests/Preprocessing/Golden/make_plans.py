#!/usr/bin/env python3
"""Makes plans.golden.json: plans by nnU-Net's own planners for synthetic fingerprints (no images are needed).

usage: make_plans.py > plans.golden.json
Versions used for the committed file: nnunetv2 2.8.1, dynamic_network_architectures 0.4.4, numpy 2.4, torch 2.15.
"""
import contextlib, io, json, os, sys, tempfile, warnings
warnings.filterwarnings("ignore")
root = tempfile.mkdtemp()
for key in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ[key] = os.path.join(root, key)
import numpy as np
from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner
from nnunetv2.experiment_planning.experiment_planners.residual_unets import residual_encoder_unet_planners as res

rng = np.random.default_rng(1809)
STATS = dict(max=465995.09375, mean=20700.20703125, median=367.5000915527344, min=0.0, percentile_00_5=29.0, percentile_99_5=278769.46875, std=59218.6015625)
PLANNERS = [ExperimentPlanner, res.ResEncUNetPlanner, res.nnUNetPlannerResEncM, res.nnUNetPlannerResEncL, res.nnUNetPlannerResEncXL]


def case(name, count, channels, labels, spacings, shapes, planners, relative=1.0):
    folder = f"Dataset001_{name}"
    dataset = dict(channel_names={str(i): c for i, c in enumerate(channels)}, labels=labels, numTraining=count, file_ending=".nii.gz", overwrite_image_reader_writer="SimpleITKIO")
    if any(isinstance(v, list) for v in labels.values()):
        dataset["regions_class_order"] = [1] * (len(labels) - 1 - ("ignore" in labels))
    fingerprint = dict(spacings=spacings, shapes_after_crop=shapes, median_relative_size_after_cropping=relative,
                       foreground_intensity_properties_per_channel={str(i): STATS for i in range(len(channels))})
    raw, pre = (os.path.join(root, k, folder) for k in ("nnUNet_raw", "nnUNet_preprocessed"))
    for d in (raw + "/imagesTr", raw + "/labelsTr", pre):
        os.makedirs(d, exist_ok=True)
    open(raw + "/imagesTr/a_0000.nii.gz", "w").close(); open(raw + "/labelsTr/a.nii.gz", "w").close()
    json.dump(dataset, open(raw + "/dataset.json", "w")); json.dump(fingerprint, open(pre + "/dataset_fingerprint.json", "w"))
    plans = {}
    for planner in planners:
        with contextlib.redirect_stdout(io.StringIO()):
            p = planner(1); p.plan_experiment()
        plans[planner.__name__] = json.dumps(json.load(open(f"{pre}/{p.plans_identifier}.json")))
    for base in (raw, pre):
        import shutil; shutil.rmtree(base)
    return dict(name=name, folder=folder, dataset=json.dumps(dataset), fingerprint=json.dumps(fingerprint), plans=plans)


def same(name, count, channels, labels, spacing, shape, planners):
    return case(name, count, channels, {"background": 0, **{f"l{i}": i for i in range(1, labels)}}, [spacing], [shape], planners)


def scattered(name, count, channels, labels, spacing, shape, wobble, planners, relative=1.0):
    n = 24
    spacings = [[float(s * (1 + w * rng.uniform(-1, 1))) for s, w in zip(spacing, wobble)] for _ in range(n)]
    shapes = [[int(max(1, round(v * rng.uniform(.75, 1.3)))) for v in shape] for _ in range(n)]
    return case(name, count, channels, labels, spacings, shapes, planners, relative)


three = {"background": 0, "a": 1, "b": 2}
plain = PLANNERS[:1]; few = [PLANNERS[i] for i in (0, 2, 3)]
json.dump([
    same("Hippocampus", 260, ["MRI"], 3, [1, 1, 1], [36, 50, 35], PLANNERS),
    same("Hippocampus200", 200, ["MRI"], 3, [1, 1, 1], [36, 50, 35], plain),
    same("BrainTumour", 484, ["FLAIR", "T1w", "t1gd", "T2w"], 4, [1, 1, 1], [138, 169, 138], PLANNERS),
    same("Heart", 20, ["MRI"], 2, [1.37, 1.25, 1.25], [115, 320, 232], few),
    same("Prostate", 32, ["T2", "ADC"], 3, [3.6, .625, .625], [20, 320, 319], few),
    same("Liver", 131, ["CT"], 3, [1, .7676, .7676], [432, 512, 512], few),
    same("Pancreas", 281, ["CT"], 3, [2.5, .8027, .8027], [96, 512, 512], few),
    same("Slice", 40, ["rescale_to_0_1"], 2, [999, 1, 1], [1, 400, 300], plain),
    scattered("ThickSlices", 100, ["MRI"], {"background": 0, "a": 1, "b": 2, "c": 3}, [8, 1.4, 1.5], [10, 220, 250], [.4, .2, .2], few),
    scattered("ThickLast", 30, ["CT", "noNorm"], three, [.8, .8, 5], [400, 410, 60], [.1, .1, .3], few, .6),
    scattered("Masked", 51, ["T1", "CT"], {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}, [1.2, 1, .9], [140, 181, 150], [.2, .1, .1], plain, .7),
    scattered("Tiny", 12, ["MRI"], three, [2, 2, 2], [9, 14, 11], [.05, .05, .05], plain),
    scattered("Needle", 12, ["MRI"], three, [.5, 3, 3], [600, 16, 20], [.05, .05, .05], plain),
], sys.stdout)
