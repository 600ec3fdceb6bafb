#!/usr/bin/env python3
"""What nnU-Net v2 itself makes of the parity cases, small enough to commit.

usage: make_parity.py SHARED [KIND ...]      KIND: hippocampus | plain3d | aniso-ct | transposed | odd | 2d | regions | resenc-m | cascade | ensemble (default: all)
SHARED is the folder that holds models/, data/ and peers/ (beside the repository). Made with nnunetv2 2.8.1, torch 2.15, numpy 2.4.

Written beside this script, in KIND/:
  model/, scans/         not for hippocampus (whose model and images lie in SHARED): a model with random weights and 4 features, made by
                         SHARED/peers/make_model.py (2 features for resenc-m; for the cascade a folder for each stage, named as nnU-Net
                         names them, and no expected.safetensors); its scans are rounded to multiples of 8 and stored as int16 so that they compress.
                         ensemble is odd's and transposed's model on odd's scan: float32, as it is, and both with postprocessing (labels 1, 2 and
                         3 together, then label 2, each kept only where it is largest).
  CASE.nii.gz            nnU-Net's segmentations, packed: labels of variant v are bits 2v and 2v+1. Variant v = 2 * f is fold set f with
                         float32 accumulation ("float32"), v = 2 * f + 1 nnU-Net as it is (float16 accumulation); the fold sets are
                         each fold alone in order, then, where there are several, all together.
  expected.safetensors   of every case, flattened in row-major order, every S-th element, S in the metadata (".../step"):
                         CASE/preprocessed [C,D,H,W], CASE/window (PyTorch's logits [K,D,H,W] of fold 0 for the window at the low corner of
                         the padded preprocessed tensor, no mirroring), CASE/logits (float32 accumulated over windows, mirrors and all folds,
                         network grid); the metadata also has their ".../shape" and ".../std" over all elements.
"""
import gzip, json, os, shutil, struct, subprocess, sys, tempfile, warnings
warnings.filterwarnings("ignore")
from pathlib import Path
import numpy as np, torch, SimpleITK as sitk
from acvl_utils.cropping_and_padding.padding import pad_nd_image
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.postprocessing.remove_connected_components import apply_postprocessing, remove_all_but_largest_component_from_segmentation as largest
from nnunetv2.utilities.label_handling.label_handling import convert_labelmap_to_one_hot
from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape as export

HALF = torch.half
HERE = Path(__file__).resolve().parent
SAMPLES = 4000  # elements kept of each tensor


def safetensors(path, tensors, metadata):
    header, data, end = {"__metadata__": metadata}, b"", 0
    for name in sorted(tensors):
        raw = np.ascontiguousarray(tensors[name], dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [end, end + len(raw)]}
        data += raw; end += len(raw)
    text = json.dumps(header, sort_keys=True).encode(); text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def predictor(model, folds):
    p = nnUNetPredictor(tile_step_size=0.5, use_gaussian=True, use_mirroring=True, perform_everything_on_device=False,
                        device=torch.device("cpu"), allow_tqdm=False)
    p.initialize_from_trained_model_folder(str(model), tuple(folds), "checkpoint_final.pth")
    return p


def segment(p, channels):
    cm = p.configuration_manager
    data, _, props = cm.preprocessor_class(verbose=False).run_case(channels, None, p.plans_manager, cm, p.dataset_json)
    data = torch.as_tensor(np.asarray(data), dtype=torch.float32)
    logits = p.predict_logits_from_preprocessed_data(data)
    return data, logits, export(logits, p.plans_manager, cm, p.label_manager, props)


def window(p, data):
    patch = p.configuration_manager.patch_size
    padded = pad_nd_image(data, patch, "constant", {"value": 0}, True, None)[0]
    with torch.inference_mode():
        p.network.load_state_dict(p.list_of_parameters[0]); p.network.eval()
        if len(patch) == 2: return p.network(padded[None, :, 0, : patch[0], : patch[1]])[0][:, None]
        return p.network(padded[None, :, : patch[0], : patch[1], : patch[2]])[0]


def write_labels(seg, like, out):
    image = sitk.GetImageFromArray(seg); image.CopyInformation(sitk.ReadImage(like)); sitk.WriteImage(image, str(out))
    raw = gzip.decompress(out.read_bytes()); out.write_bytes(gzip.compress(raw, 9, mtime=0))


def run(kind, model, cases, folds):
    sets = [[f] for f in folds] + ([folds] if len(folds) > 1 else [])
    predictors = [predictor(model, s) for s in sets]
    tensors, metadata = {}, {"nnunetv2": "2.8.1", "torch": torch.__version__, "fold_sets": json.dumps(sets)}
    for case, channels in cases.items():
        packed = None
        for f, p in enumerate(predictors):
            for v, half in enumerate((torch.float32, HALF)):
                torch.half = half
                data, logits, seg = segment(p, channels)
                packed = (0 if packed is None else packed) + seg.astype(np.uint16) * 4 ** (2 * f + v)
                if v == 0 and f == len(sets) - 1: full = logits.float().numpy()
        torch.half = HALF
        write_labels(packed, channels[0], HERE / kind / f"{case}.nii.gz")
        for name, x in (("preprocessed", data.numpy()), ("window", window(predictors[0], data).numpy()), ("logits", full)):
            step = max(1, x.size // SAMPLES) | 1
            tensors[f"{case}/{name}"] = x.reshape(-1)[::step]
            metadata |= {f"{case}/{name}/step": str(step), f"{case}/{name}/shape": json.dumps(list(x.shape)), f"{case}/{name}/std": repr(float(x.std()))}
        print(kind, case, [np.unique(seg).tolist()], flush=True)
    safetensors(HERE / kind / "expected.safetensors", tensors, metadata)


def run_cascade(kind, shared):
    """Both stages with one fold; the first stage's labels go to the second through a file, as nnU-Net's commands do it."""
    random_model(kind, shared, [0], {"model-lowres": "3d_lowres", "model-cascade": "3d_cascade_fullres"})
    channels = [str(x) for x in sorted((HERE / kind / "scans").iterdir())]
    first, second = (predictor(HERE / kind / f"model/nnUNetTrainer__nnUNetPlans__{c}", [0]) for c in ("3d_lowres", "3d_cascade_fullres"))
    cm, packed = second.configuration_manager, 0
    for v, half in enumerate((torch.float32, HALF)):
        torch.half = half
        with tempfile.TemporaryDirectory() as t:
            previous = Path(t) / "previous.nii.gz"; write_labels(segment(first, channels)[2].astype(np.uint8), channels[0], previous)
            data, seg, props = cm.preprocessor_class(verbose=False).run_case(channels, str(previous), second.plans_manager, cm, second.dataset_json)
        data = np.vstack((data, convert_labelmap_to_one_hot(seg[0], second.label_manager.foreground_labels, data.dtype)))
        logits = second.predict_logits_from_preprocessed_data(torch.as_tensor(data, dtype=torch.float32))
        packed = packed + export(logits, second.plans_manager, cm, second.label_manager, props).astype(np.uint16) * 4 ** v
    torch.half = HALF
    write_labels(packed, channels[0], HERE / kind / "case.nii.gz"); print(kind, "done", flush=True)


def run_ensemble(kind):
    """nnUNetv2_ensemble and nnUNetv2_apply_postprocessing in one process: the mean of probabilities, decided, cleaned."""
    channels, packed = [str(HERE / "odd/scans/case_0000.nii.gz")], 0
    predictors = [predictor(HERE / k / "model", [0]) for k in ("odd", "transposed")]
    for v, half in enumerate((torch.float32, HALF)):
        torch.half, mean = half, 0
        for p in predictors:
            cm = p.configuration_manager
            data, _, props = cm.preprocessor_class(verbose=False).run_case(channels, None, p.plans_manager, cm, p.dataset_json)
            logits = p.predict_logits_from_preprocessed_data(torch.as_tensor(np.asarray(data), dtype=torch.float32))
            mean = mean + export(logits, p.plans_manager, cm, p.label_manager, props, return_probabilities=True)[1].astype(np.float32)
        seg = np.asarray(predictors[0].label_manager.convert_probabilities_to_segmentation(mean / np.float32(2)))
        clean = apply_postprocessing(seg, [largest] * 2, [dict(labels_or_regions=[1, 2, 3]), dict(labels_or_regions=2)])
        packed = packed + seg.astype(np.uint16) * 4 ** v + clean.astype(np.uint16) * 4 ** (v + 2)
    torch.half = HALF; (HERE / kind).mkdir(exist_ok=True)
    write_labels(packed, channels[0], HERE / kind / "case.nii.gz"); print(kind, "done", flush=True)


def random_model(kind, shared, folds, stages={"model": None}, features=4):
    with tempfile.TemporaryDirectory() as t:
        subprocess.run([sys.executable, f"{shared}/peers/make_model.py", kind, t, "--features", str(features), "--folds", *map(str, folds)], check=True)
        shutil.rmtree(HERE / kind, ignore_errors=True); (HERE / kind / "scans").mkdir(parents=True)
        for made, stage in stages.items():
            shutil.copytree(f"{t}/{made}", HERE / kind / "model" / (f"nnUNetTrainer__nnUNetPlans__{stage}" if stage else ""))
        for scan in sorted(Path(t, "scans").iterdir()):
            x = np.rint(sitk.GetArrayFromImage(sitk.ReadImage(str(scan))) / 8) * 8
            write_labels(x.astype(np.int16), str(scan), HERE / kind / "scans" / scan.name)
    return HERE / kind / "model", {"case": [str(x) for x in sorted((HERE / kind / "scans").iterdir())]}


if __name__ == "__main__":
    shared = Path(sys.argv[1]).resolve(); torch.set_num_threads(1)
    for kind in sys.argv[2:] or ["odd", "plain3d", "transposed", "aniso-ct", "2d", "regions", "resenc-m", "cascade", "ensemble", "hippocampus"]:
        if kind == "hippocampus":
            images = sorted((shared / "data/hippocampus/imagesTr").iterdir())[::20]
            (HERE / kind).mkdir(exist_ok=True)
            run(kind, shared / "models/hippocampus", {x.name.replace("_0000.nii.gz", ""): [str(x)] for x in images}, [0, 1])
        elif kind == "cascade": run_cascade(kind, shared)
        elif kind == "ensemble": run_ensemble(kind)
        else:
            folds = [0, 1] if kind == "plain3d" else [0]
            run(kind, *random_model(kind, shared, folds, features=2 if kind == "resenc-m" else 4), folds)
