#!/usr/bin/env python3
"""Golden files of the room Networks, made by nnU-Net itself with random weights.

usage: make_networks.py            (writes beside itself; deterministic for the versions below)
Made with torch 2.15.0, nnunetv2 2.8.1, dynamic_network_architectures 0.4.4, numpy 2.4.6, Python 3.11.7.

NAME.json: architecture (as in plans.json), inputChannels, outputChannels, patch, mirrorAxes, volume, window, and where each
array lies in NAME.npy (one float32 vector): [{"name", "shape", "offset"}].
Arrays: the state dict of every fold (with aliases' names only in "aliases"), `src` and `dst` of one forward pass of fold 0,
`volume` and `logits` of nnU-Net's sliding window over folds and mirrors in float32.
importance.json / importance.npy: compute_gaussian; positions.json: compute_steps_for_sliding_window.
"""
import json, os, types, warnings
warnings.filterwarnings("ignore")
import numpy as np, torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)
torch.half = torch.float32  # accumulate windows in float32; the importance map stays half precision

def architecture(cls, d, features, kernels, strides, blocks, decoder):
    kw = dict(n_stages=len(features), features_per_stage=features, conv_op=f"torch.nn.modules.conv.Conv{d}d", kernel_sizes=kernels,
              strides=strides, n_conv_per_stage_decoder=decoder, conv_bias=True,
              norm_op=f"torch.nn.modules.instancenorm.InstanceNorm{d}d", norm_op_kwargs={"eps": 1e-5, "affine": True},
              dropout_op=None, dropout_op_kwargs=None, nonlin="torch.nn.LeakyReLU", nonlin_kwargs={"inplace": True})
    kw["n_blocks_per_stage" if cls == "ResidualEncoderUNet" else "n_conv_per_stage"] = blocks
    return dict(network_class_name=f"dynamic_network_architectures.architectures.unet.{cls}", arch_kwargs=kw,
                _kw_requires_import=["conv_op", "norm_op", "dropout_op", "nonlin"])

CASES = {
    "plain-anisotropic": dict(arch=architecture("PlainConvUNet", 3, [4, 8, 8], [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
                              [[1, 1, 1], [1, 2, 2], [2, 2, 2]], [2, 1, 2], [2, 1]), channels=2, classes=3, patch=[8, 16, 12],
                              volume=[7, 25, 21], mirror=[0, 1, 2], folds=2),
    "plain-2d": dict(arch=architecture("PlainConvUNet", 2, [5, 8, 16], [3, 3, 3], [1, 2, 2], 2, 2), channels=1, classes=2,
                     patch=[16, 12], volume=[3, 15, 21], mirror=[0, 1], folds=1),
    "residual": dict(arch=architecture("ResidualEncoderUNet", 3, [4, 8, 8], [[3] * 3] * 3, [[1] * 3, [2] * 3, [1, 2, 2]],
                     [1, 2, 2], [1, 1]), channels=1, classes=4, patch=[8, 12, 16], volume=[8, 12, 19], mirror=[], folds=1),
}

def make(name, case, seed):
    rng = np.random.default_rng(seed)
    arch, arrays, entries, aliases = case["arch"], [], [], []
    def add(key, array):
        array = np.array(array, dtype=np.float32)  # a copy: the predictor loads other folds into the same tensors
        entries.append(dict(name=key, shape=list(array.shape), offset=sum(a.size for a in arrays)))
        arrays.append(array.ravel())
    nets = []
    for fold in range(case["folds"]):
        torch.manual_seed(seed * 10 + fold)
        net = get_network_from_plans(arch["network_class_name"], arch["arch_kwargs"], arch["_kw_requires_import"], case["channels"],
                                     case["classes"], allow_init=True, deep_supervision=True).eval()
        with torch.no_grad():
            for n, p in net.named_parameters():
                if n.endswith("norm.weight"): p.uniform_(.6, 1.4)
                elif n.endswith("bias"): p.uniform_(-.3, .3)
        seen = {}
        for key, tensor in net.state_dict().items():
            if tensor.data_ptr() in seen and ("all_modules" in key or key.startswith("decoder.encoder.")): aliases.append(key)
            elif "all_modules" in key or key.startswith("decoder.encoder."): aliases.append(key)
            else: add(f"fold_{fold}/{key}", tensor.numpy())
            seen[tensor.data_ptr()] = key
        net.decoder.deep_supervision = False
        nets.append(net)
    src = rng.standard_normal([case["channels"], *case["patch"]]).astype(np.float32)
    with torch.inference_mode(): dst = nets[0](torch.tensor(src)[None])[0].numpy()
    add("src", src); add("dst", dst)
    volume = rng.standard_normal([case["channels"], *case["volume"]]).astype(np.float32)
    p = nnUNetPredictor(tile_step_size=0.5, use_gaussian=True, use_mirroring=bool(case["mirror"]), perform_everything_on_device=False,
                        device=torch.device("cpu"), allow_tqdm=False)
    p.network, p.list_of_parameters = nets[0], [{k: v.clone() for k, v in n.state_dict().items()} for n in nets]
    p.configuration_manager = types.SimpleNamespace(patch_size=case["patch"])
    p.label_manager = types.SimpleNamespace(num_segmentation_heads=case["classes"])
    p.allowed_mirroring_axes = case["mirror"] or None
    logits = p.predict_logits_from_preprocessed_data(torch.tensor(volume)).numpy()
    add("volume", volume); add("logits", logits)
    np.save(f"{HERE}/{name}.npy", np.concatenate(arrays))
    json.dump(dict(architecture=arch, inputChannels=case["channels"], outputChannels=case["classes"], patch=case["patch"],
                   mirrorAxes=case["mirror"], folds=case["folds"], aliases=sorted(set(aliases)), arrays=entries),
              open(f"{HERE}/{name}.json", "w"), separators=(",", ":"))

for seed, (name, case) in enumerate(CASES.items(), 1): make(name, case, seed)

maps, flat = [], []
for patch, step in [((12, 16, 20), 1), ((56, 40), 1), ((40, 56, 40), 7), ((5, 7, 3), 1), ((128, 128, 128), 211)]:
    g = compute_gaussian(patch, sigma_scale=1. / 8, value_scaling_factor=10, device=torch.device("cpu")).float().numpy().ravel()[::step]
    maps.append(dict(name="x".join(map(str, patch)), shape=list(patch), step=step, count=int(g.size), offset=sum(a.size for a in flat))); flat.append(g)
np.save(f"{HERE}/importance.npy", np.concatenate(flat)); json.dump(maps, open(f"{HERE}/importance.json", "w"))
rng = np.random.default_rng(7); table = []
for _ in range(400):
    patch = int(rng.integers(4, 260)); size = patch + int(rng.integers(0, 500)); step = float(rng.choice([0.5, 0.5, 0.5, 0.25, 0.75, 1.0, 0.3]))
    table.append(dict(size=size, patch=patch, step=step, positions=compute_steps_for_sliding_window((size,), (patch,), step)[0]))
for size, patch in [(145, 96), (110, 64), (64, 64)]:
    table.append(dict(size=size, patch=patch, step=0.5, positions=compute_steps_for_sliding_window((size,), (patch,), 0.5)[0]))
json.dump(table, open(f"{HERE}/positions.json", "w"), separators=(",", ":"))
