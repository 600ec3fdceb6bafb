#!/usr/bin/env python3
"""`vigil predict` against nnU-Net v2 itself, for every kind of network, several seeds and fold sets: a table in Markdown.

usage: parity_sweep.py SHARED VIGIL [--kinds ...] [--seeds 1 2] [--features 8] [--out table.md]
SHARED is the folder with models/, data/ and peers/; VIGIL the built program. Kinds: those of SHARED/peers/make_model.py (models with
random weights, which is the hardest case: near-ties everywhere), and `ensemble`: two configurations chosen by an
inference_information.json, with postprocessing. Needs nnunetv2 2.8.1 and SimpleITK in the Python that runs it.

Columns: the smallest Dice over labels of ours against nnU-Net with float32 accumulation; of nnU-Net as it is (float16 accumulation)
against the same; the voxels where ours differs from float32; and the largest margin among those, in probability: how far from a
tie the most surprising of them is.
"""
import argparse, json, shutil, subprocess, sys, tempfile, time, warnings
warnings.filterwarnings("ignore")
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Models/Golden"))
import numpy as np, torch, SimpleITK as sitk
from make_parity import HALF, export, predictor
from nnunetv2.postprocessing.remove_connected_components import apply_postprocessing, remove_all_but_largest_component_from_segmentation as largest
from nnunetv2.utilities.label_handling.label_handling import convert_labelmap_to_one_hot

TRAINER, PLANS = "nnUNetTrainer", "nnUNetPlans"
KINDS = ["plain3d", "aniso-ct", "2d", "cascade", "resenc-m", "resenc-l", "regions", "channels4", "transposed", "odd", "ensemble"]


def run(p, channels, previous=None):
    """nnU-Net's segmentation and probabilities, on the scan's grid."""
    cm = p.configuration_manager
    data, seg, props = cm.preprocessor_class(verbose=False).run_case(channels, previous, p.plans_manager, cm, p.dataset_json)
    if previous is not None: data = np.vstack((data, convert_labelmap_to_one_hot(seg[0], p.label_manager.foreground_labels, data.dtype)))
    logits = p.predict_logits_from_preprocessed_data(torch.as_tensor(np.asarray(data), dtype=torch.float32))
    way = (p.plans_manager, cm, p.label_manager, props)
    # Labels from logits, as nnU-Net decides them where nobody wants probabilities: rounding makes ties of these.
    return export(logits.clone(), *way), export(logits, *way, return_probabilities=True)[1]


def write_like(seg, image, path):
    out = sitk.GetImageFromArray(seg.astype(np.uint8)); out.CopyInformation(sitk.ReadImage(image)); sitk.WriteImage(out, path)


class Case:
    """One folder that vigil runs, and the same through nnU-Net's own functions."""
    def __init__(self, kind, seed, shared, root, features):
        self.root, self.removal, self.first = root, None, None
        make = lambda kind, out: subprocess.run(
            [sys.executable, f"{shared}/peers/make_model.py", kind, out, "--seed", str(seed), "--folds", "0", "1", "--features", str(features)],
            check=True, stdout=subprocess.DEVNULL)
        results = root / "Dataset999_Parity"; results.mkdir()
        if kind == "cascade":
            make(kind, str(root / "made"))
            names = [(f"{TRAINER}__{PLANS}__3d_lowres", "model-lowres"), (f"{TRAINER}__{PLANS}__3d_cascade_fullres", "model-cascade")]
        elif kind == "ensemble":
            make("plain3d", str(root / "made")); make("resenc-m", str(root / "other"))
            names = [(f"{TRAINER}__{PLANS}__3d_fullres", "model"), (f"{TRAINER}__nnUNetResEncUNetMPlans__3d_fullres", "../other/model")]
        else:
            make(kind, str(root / "made"))
            names = [(f"{TRAINER}__{PLANS}__main", "model")]
        for name, source in names: shutil.copytree(root / "made" / source, results / name)
        self.kind, self.folders = kind, [results / n for n, _ in names]
        self.folder = results if kind == "ensemble" else self.folders[-1]
        if kind == "ensemble":
            self.removal = [dict(labels_or_regions=[1, 2, 3]), dict(labels_or_regions=2)]
            selected = [dict(zip(("trainer", "plans_identifier", "configuration"), f.name.split("__"))) for f in self.folders]
            (results / "inference_information.json").write_text(json.dumps(dict(folds=[0, 1], best_model_or_ensemble=dict(selected_model_or_models=selected))))
            pp = results / "ensembles" / ("ensemble___" + "___".join(f.name for f in self.folders) + "___0_1"); pp.mkdir(parents=True)
            (pp / "postprocessing.json").write_text(json.dumps(dict(postprocessing_fns=[largest.__name__] * 2, postprocessing_kwargs=self.removal)))
        self.channels = [str(x) for x in sorted((root / "made/scans").iterdir())]

    def nnunet(self, folds, mirroring, half, previous=None):
        """`previous`: a first stage's labels that a cascade's second stage takes instead of nnU-Net's own."""
        torch.half = half
        try:
            ps = [predictor(f, folds) for f in self.folders]
            for p in ps: p.use_mirroring = mirroring
            if self.kind == "cascade":
                first = run(ps[0], self.channels) if previous is None else (previous, None)
                self.first = [np.asarray(x) for x in first]
                file = str(self.root / "previous.nii.gz"); write_like(self.first[0], self.channels[0], file)
                seg, prob = run(ps[1], self.channels, file)
            elif self.kind == "ensemble":
                probs = [run(p, self.channels)[1].astype(np.float32) for p in ps]
                prob = probs[0] + probs[1]; prob /= 2
                seg = np.asarray(ps[0].label_manager.convert_probabilities_to_segmentation(prob))
                seg = apply_postprocessing(seg, [largest] * 2, [{**k} for k in self.removal])
            else: seg, prob = run(ps[0], self.channels)
            return np.asarray(seg), np.asarray(prob, dtype=np.float32), ps[0].label_manager.has_regions
        finally: torch.half = HALF

    def vigil(self, program, folds, mirroring, folder=None):
        out = str(self.root / "ours.nii.gz")
        subprocess.run([program, "predict", "--model", str(folder or self.folder), "--input", ",".join(self.channels), "--output", out,
                        "--folds", ",".join(map(str, folds))] + ([] if mirroring else ["--no-mirroring"]), check=True, stdout=subprocess.DEVNULL)
        return sitk.GetArrayFromImage(sitk.ReadImage(out))


def dice(a, b):
    labels = [l for l in np.union1d(a, b) if l]
    return min((2 * ((a == l) & (b == l)).sum() / ((a == l).sum() + (b == l).sum()) for l in labels), default=1.0)


def margin(prob, where, regions):
    """Largest distance from a tie among the voxels, in probability."""
    p = prob[:, where]
    if not p.size: return 0.0
    if regions: return float(np.abs(p - 0.5).min(0).max())
    top = np.sort(p, 0); return float((top[-1] - top[-2]).max())


if __name__ == "__main__":
    a = argparse.ArgumentParser(); a.add_argument("shared"); a.add_argument("vigil"); a.add_argument("--kinds", nargs="+", default=KINDS)
    a.add_argument("--seeds", type=int, nargs="+", default=[1, 2]); a.add_argument("--features", type=int, default=8); a.add_argument("--out")
    a = a.parse_args(); torch.set_num_threads(2); bad = 0
    head = "| kind | seed | folds | mirroring | ours against float32 | nnU-Net as it is against float32 | ours against as it is | differing voxels | largest margin |\n|---|---|---|---|---|---|---|---|---|"
    lines = [head]; print(head, flush=True)
    for kind in a.kinds:
        for seed in a.seeds:
            with tempfile.TemporaryDirectory() as t:
                case = Case(kind, seed, Path(a.shared).resolve(), Path(t), a.features)
                for folds, mirroring in (([0, 1], True), ([1], False)):
                    exact, prob, regions = case.nnunet(folds, mirroring, torch.float32)
                    exact_first = case.first
                    usual = case.nnunet(folds, mirroring, HALF)[0]
                    ours = case.vigil(a.vigil, folds, mirroring)
                    note = ""
                    if kind == "cascade":
                        # One voxel of the first stage on the other side of a tie changes what the second stage reads, so that the
                        # stages are compared one by one: the first, and the second from what our first said.
                        said, (first, likely) = case.vigil(a.vigil, folds, mirroring, case.folders[0]), exact_first
                        note = f" ({(ours != exact).sum()} where {(said != first).sum()} of the first stage differ, by at most {margin(likely, said != first, regions):.1e})"
                        bad += dice(said, first) < 0.9999
                        exact, prob, regions = case.nnunet(folds, mirroring, torch.float32, said)
                    d = dice(ours, exact); bad += d < 0.9999
                    line = (f"| {kind} | {seed} | {'+'.join(map(str, folds))} | {'yes' if mirroring else 'no'} | {d:.6f} | {dice(usual, exact):.5f} | {dice(ours, usual):.5f} | "
                            f"{(ours != exact).sum()} of {ours.size}{note} | {margin(prob, ours != exact, regions):.1e} |")
                    lines.append(line); print(line, flush=True)
    if a.out: Path(a.out).write_text("\n".join(lines) + "\n")
    sys.exit(1 if bad else 0)
