#!/usr/bin/env python3
"""Vigil's resampling against nnU-Net's own, side by side: seconds, peak memory, and how far the values lie apart.

usage: resample_vs_nnunet.py [--vigil ".build/release/vigil bench resample"] [--problems image export]
                             [--shape 200 512 512] [--spacing 1.5 .75 .75] [--target 1.5 1.5 1.5] [--heads 6] [--repeat 5]
Needs nnU-Net v2 (written with nnunetv2 2.8.1, scikit-image 0.26, scipy 1.17). Prints one JSON line a problem.
nnU-Net runs once in a process of its own, as it takes a minute; Vigil's figure is the median of --repeat runs. Processor seconds
are given too, as they hold on a busy machine. nnU-Net keeps logits in float16, which is how it is timed here; a second run in
float32 gives the values that ours are compared with.
"""
import argparse, json, os, resource, subprocess, sys, tempfile, time
import numpy as np

p = argparse.ArgumentParser()
p.add_argument("--vigil", default=".build/release/vigil bench resample"); p.add_argument("--problems", nargs="+", default=["image", "export"])
p.add_argument("--shape", type=int, nargs=3, default=[200, 512, 512]); p.add_argument("--spacing", type=float, nargs=3, default=[1.5, .75, .75])
p.add_argument("--target", type=float, nargs=3, default=[1.5, 1.5, 1.5]); p.add_argument("--heads", type=int, default=6)
p.add_argument("--repeat", type=int, default=5); p.add_argument("--oracle", nargs=2, metavar=("IN", "OUT"), help=argparse.SUPPRESS)
p.add_argument("--half", action="store_true", help=argparse.SUPPRESS)
a = p.parse_args()
network = [int(round(s / t * n)) for s, t, n in zip(a.spacing, a.target, a.shape)]


def make(problem, path):
    """Smooth structures with noise on top, float32."""
    from scipy.ndimage import gaussian_filter, zoom
    rng = np.random.default_rng(1809)
    shape = a.shape if problem == "image" else network
    with open(path, "wb") as f:
        for _ in range(1 if problem == "image" else a.heads):
            coarse = gaussian_filter(rng.standard_normal([max(4, n // 8) for n in shape]), 1.5)
            x = zoom(coarse / coarse.std(), [n / m for n, m in zip(shape, coarse.shape)], order=1)[:shape[0], :shape[1], :shape[2]]
            (2 * x + .2 * rng.standard_normal(shape)).astype("<f4").tofile(f)


def oracle(problem, source, target):
    """Runs in its own process, so that the peak of its memory is its own."""
    from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg_to_shape as resample
    shape = a.shape if problem == "image" else network
    data = np.fromfile(source, "<f4").reshape(-1, *shape).astype(np.float16 if a.half else np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start, cpu = time.perf_counter(), time.process_time()
    if problem == "image":
        out = resample(data, np.array(network), a.spacing, a.target, is_seg=False, order=3, order_z=0, force_separate_z=None)
    else:
        logits = resample(data, np.array(a.shape), a.target, a.spacing, is_seg=False, order=1, order_z=0, force_separate_z=None)
        out = logits.argmax(0)  # what convert_logits_to_segmentation does without regions
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    facts = dict(seconds=seconds, cpu=cpu, peak_bytes=peak, before_bytes=before)
    if problem == "image":
        out.astype("<f4").tofile(target)
    else:
        out.astype("<u2").tofile(target)
        top = np.sort(logits, axis=0)[-2:] if logits.nbytes < 2e9 else None
        if top is not None: (top[1] - top[0]).astype("<f4").tofile(target + ".gap")
    print(json.dumps(facts))


if a.oracle:
    oracle(a.problems[0], *a.oracle)
    sys.exit()

def vigil(problem, *more):
    return json.loads(subprocess.run([*a.vigil.split(), "--problem", problem, *more], check=True, capture_output=True, text=True).stdout.splitlines()[-1])


# What Vigil's process holds whatever it does: nnU-Net's, with Python and its libraries, is not counted either.
bare = vigil("export", "--shape", "8,8,8", "--repeat", "1")["peakBytes"]
for problem in a.problems:
    with tempfile.TemporaryDirectory() as folder:
        source, ours, theirs = (os.path.join(folder, n) for n in ("input.f32", "ours.raw", "theirs.raw"))
        make(problem, source)
        common = ["--shape", *map(str, a.shape), "--spacing", *map(str, a.spacing), "--target", *map(str, a.target), "--heads", str(a.heads)]
        run_oracle = lambda *more: json.loads(subprocess.run([sys.executable, __file__, "--problems", problem, *common, "--oracle", source, theirs, *more],
                                                             check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        peer = run_oracle("--half") if problem == "export" else None
        exact = run_oracle()
        peer = peer or exact
        joined = lambda values: ",".join(map(str, values))
        mine = vigil(problem, "--shape", joined(a.shape), "--spacing", joined(a.spacing), "--target", joined(a.target),
                     "--heads", str(a.heads), "--repeat", str(a.repeat), "--input", source, "--output", ours)
        held = 4 * (np.prod(a.shape) if problem == "image" else a.heads * np.prod(network))
        row = dict(problem=problem, nnunet_seconds=round(peer["seconds"], 2), vigil_seconds=round(mine["medianSeconds"], 4),
                   times=round(peer["seconds"] / mine["medianSeconds"], 1),
                   nnunet_cpu_seconds=round(peer["cpu"], 2), vigil_cpu_seconds=round(mine["processorSeconds"], 4), nnunet_peak_mb=peer["peak_bytes"] >> 20, vigil_peak_mb=mine["peakBytes"] >> 20,
                   nnunet_mb_beyond_input=(peer["peak_bytes"] - peer["before_bytes"]) >> 20, vigil_mb_beyond_input=int(mine["peakBytes"] - held - bare) >> 20,
                   threads=mine["threads"])
        if problem == "export":
            row |= dict(nnunet_float32_seconds=round(exact["seconds"], 2), nnunet_float32_peak_mb=exact["peak_bytes"] >> 20)
        if problem == "image":
            row["largest_difference"] = float(np.abs(np.fromfile(ours, "<f4") - np.fromfile(theirs, "<f4")).max())
        else:
            differ = np.fromfile(ours, "<u2") != np.fromfile(theirs, "<u2")
            row["labels_that_differ"] = int(differ.sum())
            if os.path.exists(theirs + ".gap"):
                gap = np.fromfile(theirs + ".gap", "<f4")
                row["largest_gap_where_they_differ"] = float(gap[differ].max()) if differ.any() else 0.0
        print(json.dumps(row), flush=True)
