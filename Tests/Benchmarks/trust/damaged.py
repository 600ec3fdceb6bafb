"""How many damaged or foreign scans `vigil predict --trust` flags, and how many sound ones by mistake.

    python damaged.py VIGIL MODEL DATASET [--cases 10] [--ch2 /usr/share/mricron/templates/ch2.nii.gz] [--table OUT.tsv]

Every case is segmented by the networks of the fold that held it back (MODEL/cross_validation.json), sound and damaged in each way below.
The table says how many of how many were called good, doubtful and poor. Made with numpy 2.4.6, nibabel 5.4.2.
"""
import argparse, json, pathlib, subprocess, sys, tempfile
from collections import Counter
import nibabel
import numpy as np


def shuffled(x, rng): return rng.permutation(x.ravel()).reshape(x.shape)
def noisy(x, rng): return x + rng.normal(0, x.std(), x.shape)
def inverted(x, rng): return x.max() + x.min() - x
def blank(x, rng): return np.full_like(x, x.mean())
def cut(x, rng): return x[:, : x.shape[1] // 2]
def turned(x, rng): return np.transpose(x, (2, 0, 1))


KINDS = {"sound": None, "shuffled voxels": shuffled, "noise of one standard deviation": noisy, "inverted": inverted, "blank": blank,
         "mirrored left-right": lambda x, r: x[::-1], "mirrored front-back": lambda x, r: x[:, ::-1],
         "mirrored up-down": lambda x, r: x[:, :, ::-1], "axes exchanged": turned, "front half only": cut,
         "spacing x 0.5": 0.5, "spacing x 2": 2.0}


def judge(args, image, fold, folder):
    file = folder / "scan.nii.gz"
    nibabel.save(image, file)
    run = subprocess.run([args.vigil, "predict", "--model", args.model, "--folds", str(fold), "--input", file, "--output",
                          folder / "out.nii.gz", "--trust", "--jobs", "1"], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"vigil predict failed: {run.stderr}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vigil"), parser.add_argument("model"), parser.add_argument("dataset")
    parser.add_argument("--cases", type=int, default=10), parser.add_argument("--table")
    parser.add_argument("--ch2", default="/usr/share/mricron/templates/ch2.nii.gz")
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    record = json.loads((pathlib.Path(args.model) / "cross_validation.json").read_text())
    cases = record["candidates"][0]["per_case"]
    chosen = [cases[i] for i in np.linspace(0, len(cases) - 1, args.cases).astype(int)]
    counts, lines = {}, ["kind\tcase\tverdict\tscore\twarnings"]
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)

        def count(kind, name, image, fold):
            report = judge(args, image, fold, folder)
            counts.setdefault(kind, Counter())[report["verdict"]] += 1
            lines.append(f"{kind}\t{name}\t{report['verdict']}\t{report['score']}\t{'; '.join(report['warnings'])}")

        for case in chosen:
            scan = nibabel.load(pathlib.Path(args.dataset) / "imagesTr" / f"{case['case']}_0000.nii.gz")
            voxels = scan.get_fdata(dtype=np.float32)
            for kind, change in KINDS.items():
                affine = scan.affine.copy()
                if isinstance(change, float):
                    affine[:3, :3] *= change
                changed = change(voxels, rng) if callable(change) else voxels
                count(kind, case["case"], nibabel.Nifti1Image(np.ascontiguousarray(changed, np.float32), affine), case["fold"])
        if pathlib.Path(args.ch2).exists():
            head = nibabel.load(args.ch2)
            voxels = head.get_fdata(dtype=np.float32)
            for index in range(args.cases):
                corner = [int(rng.integers(s // 4, s * 3 // 4 - b)) for s, b in zip(voxels.shape, (35, 50, 35))]
                block = voxels[tuple(slice(c, c + b) for c, b in zip(corner, (35, 50, 35)))]
                count("another part of the head", f"{corner}", nibabel.Nifti1Image(block, head.affine), index % 5)
    if args.table:
        pathlib.Path(args.table).write_text("\n".join(lines) + "\n")
    print("| scan | good | doubtful | poor | flagged |\n|---|---|---|---|---|")
    for kind, found in counts.items():
        good, all_ = found["good"], sum(found.values())
        print(f"| {kind} | {good} | {found['doubtful']} | {found['poor']} | {all_ - good} of {all_} |")


main()
