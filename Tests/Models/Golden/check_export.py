#!/usr/bin/env python3
"""Whether torch and nnU-Net load what `vigil model export` writes, and see in it what they should.

usage: check_export.py VIGIL [DATASET]      VIGIL: the executable; DATASET: a raw data set of nnU-Net's
Made with nnunetv2 2.8.1, torch 2.15.

For the committed models odd, 2d and resenc-m: imported, exported, loaded by torch.load with weights_only=True and =False; every name, tensor
and shared storage as in nnU-Net's own file. Writes the digests of the exported files to export.json.
With DATASET (the hippocampus data set): both configurations of the model that ships, exported; five cases segmented by nnU-Net's
predictor and by `vigil predict`, and how many voxels differ.
"""
import hashlib, json, shutil, subprocess, sys, tempfile
from pathlib import Path
import torch

HERE = Path(__file__).resolve().parent
VIGIL = Path(sys.argv[1]).resolve()


def vigil(*arguments):
    subprocess.run([str(VIGIL), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def same(ours, theirs):
    a, b = torch.load(ours, weights_only=True), torch.load(ours, weights_only=False)
    c = torch.load(theirs, weights_only=False, map_location="cpu")
    for found in (a, b):
        assert list(found["network_weights"]) == list(c["network_weights"])
        for name, tensor in c["network_weights"].items():
            assert torch.equal(found["network_weights"][name], tensor), name
        assert tuple(found["inference_allowed_mirroring_axes"] or ()) == tuple(c["inference_allowed_mirroring_axes"] or ())
        assert found["init_args"]["configuration"] == c["init_args"]["configuration"]
        assert found["trainer_name"] == c["trainer_name"]
    w = a["network_weights"]
    name = next(iter(w))
    assert w[name].data_ptr() == w["decoder." + name].data_ptr(), "second names share the storage"
    return {"weights": len(w)}


def models(work):
    digests = {}
    for kind in ("odd", "2d", "resenc-m"):
        source = HERE / kind / "model"
        vigil("model", "import", source, work / f"{kind}-imported")
        vigil("model", "export", work / f"{kind}-imported", work / kind)
        file = work / kind / "fold_0" / "checkpoint_final.pth"
        print(kind, same(file, source / "fold_0" / "checkpoint_final.pth"))
        digests[kind] = hashlib.sha256(file.read_bytes()).hexdigest()
    (HERE / "export.json").write_text(json.dumps({"torch": torch.__version__, "sha256": digests}, indent=1) + "\n")


def shipped(work, dataset):
    import numpy as np, SimpleITK as sitk
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    names = sorted(p.name[: -len("_0000.nii.gz")] for p in (dataset / "imagesTr").glob("*_0000.nii.gz"))[:5]
    images = work / "images"
    images.mkdir()
    for name in names:
        shutil.copy(dataset / "imagesTr" / f"{name}_0000.nii.gz", images)
    for configuration in ("3d_fullres", "2d"):
        model = HERE.parents[2] / "Rules/hippocampus/model" / f"VigilTrainer__nnUNetPlans__{configuration}"
        exported, theirs = work / f"exported-{configuration}", work / f"theirs-{configuration}"
        vigil("model", "export", model, exported)
        p = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
        p.initialize_from_trained_model_folder(str(exported), None)
        p.predict_from_files(str(images), str(theirs), num_processes_preprocessing=1, num_processes_segmentation_export=1)
        for name in names:
            ours = work / f"{name}.nii.gz"
            vigil("predict", "--model", model, "--input", images / f"{name}_0000.nii.gz", "--output", ours)
            a, b = (sitk.GetArrayFromImage(sitk.ReadImage(str(f))) for f in (ours, theirs / f"{name}.nii.gz"))
            print(configuration, name, "voxels", np.bincount(a.ravel().astype(int)), "different", int((a != b).sum()))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        models(Path(folder))
        if len(sys.argv) > 2: shipped(Path(folder), Path(sys.argv[2]).resolve())
