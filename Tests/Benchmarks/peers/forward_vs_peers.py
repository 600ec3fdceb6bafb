#!/usr/bin/env python3
"""One forward pass, Vigil beside PyTorch f32 and OpenVINO f32 and bf16, all on two threads, in turns within one run.

usage: forward_vs_peers.py [--vigil .build/release/vigil] [--networks large-3d large-2d hippocampus resenc-l] [--rounds 5]
Every round times each engine once, one after the other, so that a busy minute of the machine falls on all of them. Prints one JSON
line a network: the median seconds of each engine and, per peer, the median over the rounds of peer / Vigil.
Needs torch, openvino and dynamic_network_architectures (written with torch 2.15, openvino 2026.4, nnunetv2 2.8.1).
Random weights; the networks are those of `vigil bench forward` (Sources/Networks/ForwardBenchmark.swift).
"""
import argparse, json, statistics, subprocess, time, warnings
warnings.filterwarnings("ignore")
import torch
from torch import nn
import openvino as ov
from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet

p = argparse.ArgumentParser()
p.add_argument("--vigil", default=".build/release/vigil")
p.add_argument("--networks", nargs="+", default=["large-3d", "large-2d", "hippocampus", "resenc-l"])
p.add_argument("--rounds", type=int, default=5)
a = p.parse_args()
torch.set_num_threads(2)


def plain(dimensions, features, classes):
    stages = len(features)
    return PlainConvUNet(1, stages, features, [nn.Conv2d, nn.Conv3d][dimensions - 2], [[3] * dimensions] * stages,
                         [[1] * dimensions] + [[2] * dimensions] * (stages - 1), [2] * stages, classes, [2] * (stages - 1), True,
                         [nn.InstanceNorm2d, nn.InstanceNorm3d][dimensions - 2], {"eps": 1e-5, "affine": True}, None, None,
                         nn.LeakyReLU, {"inplace": True}, deep_supervision=False)


def residual(features, blocks, classes):
    stages = len(features)
    return ResidualEncoderUNet(1, stages, features, nn.Conv3d, [[3] * 3] * stages, [[1] * 3] + [[2] * 3] * (stages - 1), blocks,
                               classes, [1] * (stages - 1), True, nn.InstanceNorm3d, {"eps": 1e-5, "affine": True}, None, None,
                               nn.LeakyReLU, {"inplace": True}, deep_supervision=False)


NETWORKS = {
    "large-3d": (lambda: plain(3, [32, 64, 128, 256, 320, 320], 6), (128, 128, 128)),
    "large-2d": (lambda: plain(2, [32, 64, 128, 256, 512, 512, 512, 512], 6), (512, 512)),
    "hippocampus": (lambda: plain(3, [32, 64, 128, 256], 3), (40, 56, 40)),
    "hippocampus-2d": (lambda: plain(2, [32, 64, 128, 256], 3), (56, 40)),
    "resenc-l": (lambda: residual([32, 64, 128, 256, 320, 320], [1, 3, 4, 6, 6, 6], 6), (128, 128, 128)),
}


def vigil(network):
    line = subprocess.run([a.vigil, "bench", "forward", "--network", network, "--repeats", "1", "--jobs", "2"], check=True,
                          capture_output=True, text=True).stdout.splitlines()[-1]
    return json.loads(line)["seconds"]


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compiled(network, src, precision):
    core = ov.Core()
    core.set_property("CPU", {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 2})
    model = core.compile_model(ov.convert_model(network, example_input=src, input=[list(src.shape)]), "CPU")
    return lambda: model(src.numpy())


for name in a.networks:
    make, patch = NETWORKS[name]
    network, src = make().eval(), torch.randn(1, 1, *patch)
    with torch.inference_mode():
        engines = {"PyTorch f32": lambda: network(src)}
        for precision in ("f32", "bf16"):
            engines[f"OpenVINO {precision}"] = compiled(network, src, precision)
        for run in engines.values(): run()
        rounds = []
        for _ in range(a.rounds):
            rounds.append({"Vigil f32": vigil(name)} | {engine: timed(run) for engine, run in engines.items()})
    seconds = {engine: round(statistics.median(r[engine] for r in rounds), 4) for engine in rounds[0]}
    times = {engine: round(statistics.median(r[engine] / r["Vigil f32"] for r in rounds), 2) for engine in engines}
    print(json.dumps({"network": name, "rounds": a.rounds, "seconds": seconds, "peer / Vigil": times}), flush=True)
