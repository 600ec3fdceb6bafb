#!/usr/bin/env python3
"""Golden values and gradients of nnU-Net's own losses.

usage: make_loss.py            (writes loss.json beside itself; deterministic for the versions below)
Made with torch 2.15.0, nnunetv2 2.8.1, numpy 2.4.6, Python 3.11.7. In float64, so that the file holds the formula and not its rounding
(what nnU-Net sums in float32 stays so: values are good to 1e-6).
Each case: options as DiceAndCrossEntropy takes them, `logits` [sample][K * voxels], `targets` [sample][voxels], `shape` [D, H, W],
`value`, `crossEntropy`, `dlogits`. `nearest`: labels 0...n-1 of one axis down-sampled as deep supervision does.
"""
import json, os, sys, warnings
warnings.filterwarnings("ignore")
sys.path.pop(0)
import numpy as np, torch
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss, DC_and_BCE_loss
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from batchgeneratorsv2.transforms.utils.deep_supervision_downsampling import DownsampleSegForDSTransform
HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)

CASES = [
    dict(name="batch Dice", classes=3, batchDice=True),
    dict(name="sample Dice", classes=3, batchDice=False),
    dict(name="two classes, 2D", classes=2, batchDice=True, shape=[1, 5, 7]),
    dict(name="ignore label", classes=3, batchDice=True, ignoreLabel=3),
    dict(name="ignore label, sample Dice", classes=4, batchDice=False, ignoreLabel=4),
    dict(name="all ignored", classes=3, batchDice=True, ignoreLabel=3, all=True),
    dict(name="the paper's formula", classes=3, batchDice=True, smooth=0, includesBackground=True),
    dict(name="regions", classes=2, batchDice=True, regions=[[1, 2], [2]]),
    dict(name="regions, sample Dice", classes=3, batchDice=False, regions=[[1, 2, 3], [2, 3], [3]]),
    dict(name="regions, ignore label", classes=2, batchDice=True, regions=[[1, 2], [2]], ignoreLabel=3),
]

def make(seed, case):
    rng = np.random.default_rng(seed)
    shape = case.get("shape", [3, 4, 5]); batch = 2; k = case["classes"]; regions = case.get("regions"); ignore = case.get("ignoreLabel")
    labels = (max(max(r) for r in regions) + 1) if regions else k
    logits = torch.tensor(np.round(rng.normal(0, 2, [batch, k, *shape]), 4).astype(np.float32)).double().requires_grad_()
    high = labels + (1 if ignore is not None else 0)
    target = torch.tensor(rng.integers(0, high, [batch, 1, *shape]))
    if case.get("all"): target[:] = ignore
    dice = dict(batch_dice=case["batchDice"], smooth=case.get("smooth", 1e-5), ddp=False)
    if regions:
        onehot = torch.stack([torch.isin(target[:, 0], torch.tensor(r)) for r in regions] + ([target[:, 0] == ignore] if ignore is not None else []), 1)
        make = lambda ce, dc: DC_and_BCE_loss({}, dict(dice, do_bg=True), weight_ce=ce, weight_dice=dc, use_ignore_label=ignore is not None, dice_class=MemoryEfficientSoftDiceLoss)
        given = onehot
    else:
        make = lambda ce, dc: DC_and_CE_loss(dict(dice, do_bg=case.get("includesBackground", False)), {}, weight_ce=ce, weight_dice=dc, ignore_label=ignore, dice_class=MemoryEfficientSoftDiceLoss)
        given = target
    loss = make(1, 1)(logits, given)
    loss.backward()
    dicepart = make(0, 1)(logits.detach(), given)
    flat = lambda t: [[round(float(x), 10) for x in s.ravel()] for s in t]
    return dict({key: case[key] for key in case if key not in ("all",)}, shape=shape, logits=flat(logits.detach().numpy()),
                targets=[[int(x) for x in s.ravel()] for s in target.numpy()], value=float(loss), dice=float(dicepart), dlogits=flat(logits.grad.numpy()))

def nearest(n, m):
    seg = torch.arange(n).reshape(1, 1, 1, n)
    return DownsampleSegForDSTransform([[1, 1, m / n]])(segmentation=seg)["segmentation"][0].ravel().tolist()

cases = [make(seed, case) for seed, case in enumerate(CASES)]
sizes = [(12, 6), (12, 3), (10, 5), (9, 3), (7, 7)]
json.dump(dict(cases=cases, nearest=[dict(size=n, found=nearest(n, m)) for n, m in sizes]), open(f"{HERE}/loss.json", "w"), separators=(",", ":"))
for c in cases: print(c["name"], c["value"], c["dice"])
