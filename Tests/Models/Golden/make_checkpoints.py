#!/usr/bin/env python3
"""Small files for the checkpoint readers: everything a `.pth` of nnU-Net may hold, and a few that must be refused.

usage: make_checkpoints.py            Made with torch 2.15, numpy 2.4, Python 3.13. Written beside this script in checkpoints/.
Tensor "x" is always arange(24)/8 - 1 in shape [2, 3, 4]; the names say how it is stored.
"""
import collections, os, sys
from pathlib import Path
import numpy as np, torch

OUT = Path(__file__).resolve().parent / "checkpoints"; OUT.mkdir(exist_ok=True)
x = (torch.arange(24) / 8 - 1).reshape(2, 3, 4)
storage = torch.cat([torch.full((5,), 99.0), x.reshape(-1), torch.full((3,), 99.0)])
tensors = collections.OrderedDict(
    plain=x, half=x.half(), bfloat16=x.bfloat16(), double=x.double(), long=(x * 8).long(), int=(x * 8).int(), short=(x * 8).short(),
    char=(x * 8).char(), byte=(x * 8 + 8).byte(), bool=x > 0, offset=storage[5:29].reshape(2, 3, 4),
    permuted=x.permute(2, 0, 1).contiguous().permute(1, 2, 0), every_second=torch.stack([x, x * 0], -1)[..., 0],
    parameter=torch.nn.Parameter(x), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3))
tensors["alias"] = tensors["plain"]
values = dict(none=None, true=True, false=False, small=7, negative=-3, large=2 ** 40, below=-(2 ** 40), float=0.1, text="Grüße", raw=b"\x00\xff",
              list=[1, [2, []]], tuple=(1,), pair=(1, 2), four=(1, 2, 3, 4), empty=(), nested={1: {"a": None}}, numpy_float=np.float32(0.72),
              numpy_double=np.float64(0.1), numpy_int=np.int64(-5), numpy_bool=np.bool_(True), device=torch.device("cuda", 1))
for protocol in (2, 3, 4, 5):
    torch.save(dict(network_weights=tensors, values=values), OUT / f"protocol{protocol}.pth", pickle_protocol=protocol)

class Evil:
    def __reduce__(self): return os.system, ("echo this must never run",)

torch.save(dict(network_weights=tensors, evil=Evil()), OUT / "os-system.pth")
torch.save(torch.nn.Linear(2, 2), OUT / "whole-module.pth")
torch.save(dict(big=2 ** 80), OUT / "big-number.pth")
torch.save(dict(x=x), OUT / "old-format.pth", _use_new_zipfile_serialization=False)
