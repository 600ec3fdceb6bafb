"""How many damaged or foreign scans `vigil predict --trust` flags, and how many sound ones by mistake.

    python damaged.py VIGIL MODEL DATASET [--cases 10] [--jobs 1] [--foreign NAME=FILE.nii.gz]... [--table OUT.tsv]

Every case is segmented by the networks of the fold that held it back (MODEL/cross_validation.json), sound and damaged in each way below.
Foreign scans are as many blocks of 35 x 50 x 35 mm, brought to 1 mm, out of each head of Debian's mricron-data, of a made-up CT (a body of
40 HU with fat, bones and lungs) and of each FILE; and each whole head squeezed into a grid of that size with voxels that say 1 mm. The answer is a table: how many of how many were called good, doubtful and poor, and which were not flagged. Run it again
after the model or its calibration has changed. Made with numpy 2.4.6, nibabel 5.4.2, scipy 1.17.1.
"""
import argparse, json, pathlib, subprocess, sys, tempfile
from collections import Counter
import nibabel
import numpy as np
from scipy import ndimage

BLOCK = (35, 50, 35)  # mm: what a training scan shows
HEADS = {"ch2": "ch2.nii.gz", "ch2, skull taken off": "ch2bet.nii.gz", "a macaque's brain": "inia19-t1-brain.nii.gz"}


def shuffled(x, rng): return rng.permutation(x.ravel()).reshape(x.shape)
def slices_shuffled(x, rng): return x[:, :, rng.permutation(x.shape[2])]
def noisy(x, rng): return x + rng.normal(0, x.std(), x.shape)
def inverted(x, rng): return x.max() + x.min() - x
def blank(x, rng): return np.full_like(x, x.mean())
def cut(x, rng): return x[:, : x.shape[1] // 2]
def rear(x, rng): return x[:, x.shape[1] // 2:]
def turned(x, rng): return np.transpose(x, (2, 0, 1))
def patched(x, rng):
    x = x.copy()
    x[:, :, x.shape[2] // 3: x.shape[2] * 2 // 3] = 0
    return x


# What is done to the voxels, or by how much the spacing is multiplied along right, anterior, superior.
KINDS = {"sound": None, "shuffled voxels": shuffled, "slices in no order": slices_shuffled, "noise of one standard deviation": noisy,
         "inverted": inverted, "blank": blank, "mirrored left-right": lambda x, r: x[::-1], "mirrored front-back": lambda x, r: x[:, ::-1],
         "mirrored up-down": lambda x, r: x[:, :, ::-1], "axes exchanged": turned, "front half only": cut, "rear half only": rear,
         "a third of the slices empty": patched, "spacing x 0.5": (0.5, 0.5, 0.5), "spacing x 2": (2, 2, 2),
         "spacing x 3 between slices": (1, 1, 3)}


def made_up_ct(rng, side=160):
    """HU: an ellipse of soft tissue in fat, two lungs, a spine and ribs, noise of 15 HU; 1 mm."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, side),) * 3, indexing="ij")
    r = x ** 2 + (1.4 * y) ** 2
    ct = np.where(r < 0.8, 40.0, np.where(r < 1, -100.0, -1000.0))
    for sign in (-1, 1):
        ct[((x - sign * 0.42) / 0.3) ** 2 + (y / 0.4) ** 2 + (z / 0.8) ** 2 < 1] = -850
    ct[(x / 0.12) ** 2 + ((y + 0.45) / 0.12) ** 2 < 1] = 400
    ct[(np.abs(r - 0.75) < 0.03) & (np.sin(14 * z + 3 * np.abs(x)) > 0.6)] = 500
    ct += ndimage.gaussian_filter(rng.normal(0, 60, ct.shape), 2)  # texture
    return ct + rng.normal(0, 15, ct.shape)


def upright(path):
    """Voxels of 1 mm along right, anterior, superior."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    voxels = np.asarray(image.dataobj, np.float32)
    return ndimage.zoom(voxels[..., 0] if voxels.ndim == 4 else voxels, image.header.get_zooms()[:3], order=1)


def judge(args, image, fold, folder):
    file = folder / "scan.nii.gz"
    nibabel.save(image, file)
    run = subprocess.run([args.vigil, "predict", "--model", args.model, "--folds", str(fold), "--input", file, "--output",
                          folder / "out.nii.gz", "--trust", "--jobs", str(args.jobs)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"vigil predict failed: {run.stderr}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vigil"), parser.add_argument("model"), parser.add_argument("dataset")
    parser.add_argument("--cases", type=int, default=10), parser.add_argument("--table")
    parser.add_argument("--jobs", type=int, default=1), parser.add_argument("--foreign", action="append", default=[])
    parser.add_argument("--templates", default="/usr/share/mricron/templates")
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    record = json.loads((pathlib.Path(args.model) / "cross_validation.json").read_text())
    cases = record["candidates"][0]["per_case"]
    chosen = [cases[i] for i in np.linspace(0, len(cases) - 1, args.cases).astype(int)]
    counts, lines = {}, ["kind\tcase\tverdict\tscore\twarnings"]
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)

        def count(kind, name, voxels, affine, fold):
            image = nibabel.Nifti1Image(np.ascontiguousarray(voxels, np.float32), affine)
            report = judge(args, image, fold, folder)
            counts.setdefault(kind, Counter())[report["verdict"]] += 1
            lines.append(f"{kind}\t{name}\t{report['verdict']}\t{report['score']}\t{'; '.join(report['warnings'])}")
            if args.table:
                pathlib.Path(args.table).write_text("\n".join(lines) + "\n")

        for case in chosen:
            scan = nibabel.load(pathlib.Path(args.dataset) / "imagesTr" / f"{case['case']}_0000.nii.gz")
            voxels = scan.get_fdata(dtype=np.float32)
            for kind, change in KINDS.items():
                affine = scan.affine.copy()
                if isinstance(change, tuple):
                    affine[:3, :3] *= change
                count(kind, case["case"], change(voxels, rng) if callable(change) else voxels, affine, case["fold"])
        foreign = {"block of a made-up CT": made_up_ct(rng)}
        heads = {name: pathlib.Path(args.templates) / file for name, file in HEADS.items()}
        heads = {name: upright(path) for name, path in heads.items() if path.exists()}
        foreign.update({f"block of {name}": voxels for name, voxels in heads.items()})
        for item in args.foreign:
            name, path = item.split("=", 1)
            foreign[f"block of {name}"] = upright(path)
        for kind, voxels in foreign.items():
            size = [min(b, s) for b, s in zip(BLOCK, voxels.shape)]
            done, tries = 0, 0
            while done < args.cases and tries < 1000:
                tries += 1
                corner = [int(rng.integers(0, s - b + 1)) for s, b in zip(voxels.shape, size)]
                block = voxels[tuple(slice(c, c + b) for c, b in zip(corner, size))]
                if (block > voxels.mean()).mean() < 0.5:  # mostly air
                    continue
                count(kind, f"{corner}", block, np.eye(4), done % 5)
                done += 1
        for name, voxels in heads.items():
            squeezed = ndimage.zoom(voxels, [b / s for b, s in zip(BLOCK, voxels.shape)], order=1)
            for fold in range(2):
                count("a whole head, said to be of that size", name, squeezed, np.eye(4), fold)
    print("| scan | good | doubtful | poor | flagged |\n|---|---|---|---|---|")
    for kind, found in counts.items():
        good, all_ = found["good"], sum(found.values())
        print(f"| {kind} | {good} | {found['doubtful']} | {found['poor']} | {all_ - good} of {all_} |")
    damaged = [found for kind, found in counts.items() if kind != "sound"]
    flagged, all_ = sum(f["doubtful"] + f["poor"] for f in damaged), sum(sum(f.values()) for f in damaged)
    sound = counts["sound"]
    print(f"\nflagged: {flagged} of {all_} damaged or foreign, {sum(sound.values()) - sound['good']} of {sum(sound.values())} sound")
    for line in lines[1:]:
        kind, name, verdict = line.split("\t")[:3]
        if (verdict == "good") != (kind == "sound"):
            print("  " + line.replace("\t", " | "))


main()
