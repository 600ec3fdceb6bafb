#!/usr/bin/env python3
"""`vigil predict` beside nnU-Net v2's own command on the CPU, process start included: seconds and peak memory, in turns.

usage: predict_vs_nnunet.py hippocampus|ct [--shared DIR] [--vigil .build/release/vigil] [--rounds 3]
hippocampus: one training image of DIR/data/hippocampus through DIR/models/hippocampus, both folds, eight mirrors.
ct: a made-up CT of 512 x 512 x 200 voxels (0.75 x 0.75 x 1.5 mm) through a 128^3-patch model of six classes with random weights,
made here (spacing 1.5 mm, one fold, no mirroring, so that nnU-Net needs minutes and not an hour).
Prints one JSON line: medians, the median over the rounds of nnU-Net / Vigil, and the peak memory of each process in MiB.
Needs nnunetv2 (written with 2.8.1, torch 2.15) and SimpleITK in the Python that runs it.
"""
import argparse, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

p = argparse.ArgumentParser()
p.add_argument("case", choices=["hippocampus", "ct"]); p.add_argument("--shared", default="../shared")
p.add_argument("--vigil", default=".build/release/vigil"); p.add_argument("--rounds", type=int, default=3)
p.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
a = p.parse_args()
if a.child:  # runs a command and says how long it took and what its processes held at most
    start = time.perf_counter()
    subprocess.run(a.child, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
    sys.exit()


def measured(command):
    done = subprocess.run([sys.executable, __file__, a.case, "--child", *command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def hippocampus(root):
    image = sorted(Path(a.shared, "data/hippocampus/imagesTr").glob("*.nii.gz"))[0]
    (root / "in").mkdir()
    shutil.copy(image, root / "in/case_0000.nii.gz")
    return Path(a.shared, "models/hippocampus"), ["0", "1"], []


def ct(root):
    import numpy as np, torch, SimpleITK as sitk
    from scipy.ndimage import gaussian_filter, zoom
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
    norm, conv = "torch.nn.modules.instancenorm.InstanceNorm3d", "torch.nn.modules.conv.Conv3d"
    arch = dict(n_stages=6, features_per_stage=[32, 64, 128, 256, 320, 320], conv_op=conv, kernel_sizes=[[3] * 3] * 6,
                strides=[[1] * 3] + [[2] * 3] * 5, n_conv_per_stage=[2] * 6, n_conv_per_stage_decoder=[2] * 5, conv_bias=True,
                norm_op=norm, norm_op_kwargs={"eps": 1e-5, "affine": True}, dropout_op=None, dropout_op_kwargs=None,
                nonlin="torch.nn.LeakyReLU", nonlin_kwargs={"inplace": True})
    rs = lambda order, seg: {"is_seg": seg, "order": order, "order_z": 0, "force_separate_z": None}
    names = {f"resampling_fn_{n}": "resample_data_or_seg_to_shape" for n in ("data", "seg", "probabilities")}
    imports = ["conv_op", "norm_op", "dropout_op", "nonlin"]
    full = dict(data_identifier="x", preprocessor_name="DefaultPreprocessor", batch_size=2, patch_size=[128] * 3,
                median_image_size_in_voxels=[200, 256, 256], spacing=[1.5] * 3, normalization_schemes=["CTNormalization"],
                use_mask_for_norm=[False], **names, resampling_fn_data_kwargs=rs(3, False), resampling_fn_seg_kwargs=rs(1, True),
                resampling_fn_probabilities_kwargs=rs(1, False), batch_dice=False,
                architecture=dict(network_class_name="dynamic_network_architectures.architectures.unet.PlainConvUNet",
                                  arch_kwargs=arch, _kw_requires_import=imports))
    properties = dict(max=1000., mean=50., median=50., min=-1000., percentile_00_5=-900., percentile_99_5=900., std=300.)
    plans = dict(dataset_name="Dataset999_CT", plans_name="nnUNetPlans", image_reader_writer="SimpleITKIO",
                 transpose_forward=[0, 1, 2], transpose_backward=[0, 1, 2], configurations={"3d_fullres": full},
                 original_median_spacing_after_transp=[1.5] * 3, original_median_shape_after_transp=[200, 512, 512],
                 experiment_planner_used="ExperimentPlanner", label_manager="LabelManager",
                 foreground_intensity_properties_per_channel={"0": properties})
    labels = {"background": 0} | {f"organ{i}": i for i in range(1, 6)}
    dataset = dict(channel_names={"0": "CT"}, labels=labels, numTraining=1, file_ending=".nii.gz")
    model = root / "model"
    (model / "fold_0").mkdir(parents=True)
    (model / "plans.json").write_text(json.dumps(plans)); (model / "dataset.json").write_text(json.dumps(dataset))
    torch.manual_seed(1)
    net = get_network_from_plans(full["architecture"]["network_class_name"], arch, imports, 1, 6, allow_init=True, deep_supervision=True)
    torch.save(dict(network_weights=net.state_dict(), trainer_name="nnUNetTrainer", inference_allowed_mirroring_axes=(0, 1, 2),
                    init_args=dict(configuration="3d_fullres", fold=0)), model / "fold_0/checkpoint_final.pth")
    rng = np.random.default_rng(1)
    coarse = gaussian_filter(rng.standard_normal((25, 64, 64)), 1.5)
    image = sitk.GetImageFromArray((300 * zoom(coarse / coarse.std(), 8, order=1)).astype(np.int16))
    image.SetSpacing((.75, .75, 1.5))
    (root / "in").mkdir()
    sitk.WriteImage(image, str(root / "in/case_0000.nii.gz"))
    return model, ["0"], ["mirror"]


with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    model, folds, alone = globals()[a.case](root)
    peer = [str(Path(sys.executable).parent / "nnUNetv2_predict_from_modelfolder"), "-i", f"{root}/in", "-o", f"{root}/out", "-m", str(model),
            "-f", *folds, "-device", "cpu", "-npp", "1", "-nps", "1"] + (["--disable_tta"] if alone else [])
    ours = [a.vigil, "predict", "--model", str(model), "--folds", ",".join(folds), "--input", f"{root}/in/case_0000.nii.gz",
            "--output", f"{root}/ours.nii.gz", "--jobs", "2"] + (["--no-mirroring"] if alone else [])
    rounds = []
    for _ in range(a.rounds):
        shutil.rmtree(root / "out", ignore_errors=True)
        rounds.append((measured(ours), measured(peer)))
    import numpy as np, SimpleITK as sitk
    mine, theirs = (sitk.GetArrayFromImage(sitk.ReadImage(str(root / f))) for f in ("ours.nii.gz", "out/case.nii.gz"))
median = lambda pick: round(statistics.median(map(pick, rounds)), 2)
print(json.dumps({"case": a.case, "rounds": a.rounds, "vigil s": median(lambda r: r[0][0]), "nnU-Net s": median(lambda r: r[1][0]),
                  "nnU-Net / Vigil": median(lambda r: r[1][0] / r[0][0]), "vigil MiB": median(lambda r: r[0][1]),
                  "nnU-Net MiB (its largest process)": median(lambda r: r[1][1]),
                  "voxels that differ": float((mine != theirs).mean())}))
