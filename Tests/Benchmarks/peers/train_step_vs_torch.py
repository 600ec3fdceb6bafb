#!/usr/bin/env python3
"""One training iteration, Vigil against PyTorch, runs interleaved: medians, best, and the ratio of medians. One JSON line a problem.

usage: train_step_vs_torch.py TRAIN_STEP [--vigil ".build/release/vigil bench train"] [--rounds 5] [--runs 4]
                              [--patch 40 56 40] [--batch 4] [--features 16 32 64 128] [--classes 3]
TRAIN_STEP is the shared folder's peers/train_step.py; run this with a Python that has torch (written with torch 2.15). In every round
each side makes one iteration to prepare and --runs that count, in a process of its own; both do forward pass, Dice + CE, backward pass
and Adam on the same plan and batch, in float32 on all cores. `processor` is processor seconds an iteration, everything included: it
says something on a busy machine too.
"""
import argparse, json, resource, statistics, subprocess, sys

p = argparse.ArgumentParser(); p.add_argument("train_step"); p.add_argument("--vigil", default=".build/release/vigil bench train")
p.add_argument("--rounds", type=int, default=5); p.add_argument("--runs", type=int, default=4)
p.add_argument("--patch", type=int, nargs="+", default=[40, 56, 40]); p.add_argument("--batch", type=int, default=4)
p.add_argument("--features", type=int, nargs="+", default=[16, 32, 64, 128]); p.add_argument("--classes", type=int, default=3)
a = p.parse_args()


def comma(numbers): return ",".join(map(str, numbers))


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(out.strip().splitlines()[-1]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


sizes = ["--batch", str(a.batch), "--classes", str(a.classes)]
ours = [*a.vigil.split(), "--patch", comma(a.patch), "--features", comma(a.features), "--repeats", str(a.runs), *sizes]
theirs = [sys.executable, a.train_step, "--patch", *map(str, a.patch), "--features", *map(str, a.features), "--runs", str(a.runs), *sizes]
results = {"vigil": [], "torch": []}; processor = {"vigil": [], "torch": []}
for _ in range(a.rounds):
    for name, command in (("torch", theirs), ("vigil", ours)):
        result, seconds = run(command)
        results[name].append(result); processor[name].append(seconds / (a.runs + 1))
line = dict(patch=a.patch, batch=a.batch, features=a.features)
for name, found in results.items():
    line[name] = dict(median=round(statistics.median(r["median"] for r in found), 4), best=round(min(r["seconds"] for r in found), 4),
                      processor=round(min(processor[name]), 3))
line["ratio_of_medians"] = round(line["torch"]["median"] / line["vigil"]["median"], 2)
line["ratio_of_bests"] = round(line["torch"]["best"] / line["vigil"]["best"], 2)
print(json.dumps(line))
