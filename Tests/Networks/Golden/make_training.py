#!/usr/bin/env python3
"""Golden files of training steps in PyTorch: gradients of one batch, and the updates of both optimisers.

usage: make_training.py            (writes beside itself; deterministic for the versions below)
Made with torch 2.15.0, nnunetv2 2.8.1, dynamic_network_architectures 0.4.4, numpy 2.4.6, Python 3.11.7.

In float64, so that the files hold what PyTorch computes and not its rounding; stored as float32.
training-NAME.json: architecture (as in plans.json), inputChannels, outputChannels, batch, and where each array lies in training-NAME.npy
(one float32 vector): [{"name", "shape", "offset"}]. Arrays: `src/B`, `target/LEVEL/B`, `logits/LEVEL/B` (both samples), `dlogits/LEVEL/B`,
the state dict `weights/...`, `gradients/...`, `sgd/...` (how parameters change in two steps of SGD on the same batch: lr 0.01, momentum
0.99, Nesterov, weight decay 3e-5), `dlogits2/...` (of the second of these steps), `adam/...` (in one step of Adam, lr 3e-4).
The loss is nnU-Net's own: CE + Dice (batch Dice, no background, smooth 1e-5), deep supervision weights 2/3, 1/3, 0.
"""
import copy, json, os, sys, warnings
warnings.filterwarnings("ignore")
sys.path.pop(0)
import numpy as np, torch
from torch import nn
from dynamic_network_architectures.architectures.unet import PlainConvUNet
from dynamic_network_architectures.building_blocks.plain_conv_encoder import PlainConvEncoder
from dynamic_network_architectures.building_blocks.unet_decoder import UNetDecoder
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
HERE = os.path.dirname(os.path.abspath(__file__)); sys.path.insert(0, HERE)

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

class MaxPooled(nn.Module):
    """nnU-Net's plain encoder and decoder with pool="max", which its PlainConvUNet does not offer."""
    def __init__(self, channels, features, conv, kernels, strides, blocks, classes, decoder, norm, deep):
        super().__init__()
        self.encoder = PlainConvEncoder(channels, len(features), features, conv, kernels, strides, blocks, True, norm, {"eps": 1e-5, "affine": True},
                                        None, None, nn.LeakyReLU, {"inplace": True}, return_skips=True, pool="max")
        self.decoder = UNetDecoder(self.encoder, classes, decoder, deep)
    def forward(self, x): return self.decoder(self.encoder(x))

CASES = {
    "strided": dict(d=3, features=[4, 6, 8, 8], kernels=[[1, 3, 3]] + [[3] * 3] * 3, strides=[[1] * 3, [1, 2, 2], [2] * 3, [2, 2, 1]], blocks=[2, 1, 1, 1],
                    decoder=[1, 1, 2], channels=2, classes=3, patch=[8, 16, 12], weights=[2 / 3, 1 / 3, 0]),
    "max-pooling": dict(d=2, features=[5, 10], kernels=[[3, 3]] * 2, strides=[[1, 1], [2, 2]], blocks=[2, 2], decoder=[2], channels=1, classes=2,
                        patch=[12, 16], weights=[1]),
}

def make(name, case, seed):
    torch.manual_seed(seed); rng = np.random.default_rng(seed)
    d, deep = case["d"], len(case["weights"]) > 1
    conv, norm = (nn.Conv2d, nn.InstanceNorm2d) if d == 2 else (nn.Conv3d, nn.InstanceNorm3d)
    if name == "max-pooling":
        net = MaxPooled(case["channels"], case["features"], conv, case["kernels"], case["strides"], case["blocks"], case["classes"], case["decoder"], norm, deep)
    else:
        net = PlainConvUNet(case["channels"], len(case["features"]), case["features"], conv, case["kernels"], case["strides"], case["blocks"], case["classes"],
                            case["decoder"], True, norm, {"eps": 1e-5, "affine": True}, None, None, nn.LeakyReLU, {"inplace": True}, deep_supervision=deep)
    with torch.no_grad():
        for n, p in net.named_parameters():
            if n.endswith("norm.weight"): p.uniform_(.6, 1.4)
            elif n.endswith("bias"): p.uniform_(-.3, .3)
            p.copy_(p.float().double())  # the single precision that is stored
    arrays, entries = [], []
    def add(key, tensor):
        array = np.array(tensor.detach(), dtype=np.float32)
        entries.append(dict(name=key, shape=list(array.shape), offset=sum(a.size for a in arrays))); arrays.append(array.ravel())
    # Max pooling is the module before the convolutions: nnU-Net's strided networks have them first, and so do our names.
    plain = lambda n: n.replace(".1.convs.", ".0.convs.") if name == "max-pooling" and n.startswith("encoder.") else n
    def parameters(net):
        return [(plain(n), p) for n, p in net.named_parameters() if "all_modules" not in n and not n.startswith("decoder.encoder.")]
    batch = 2
    src = torch.tensor(rng.standard_normal([batch, case["channels"], *case["patch"]]).astype(np.float32)).double()
    full = torch.tensor(rng.integers(0, case["classes"], [batch, 1, *case["patch"]])).double()
    scale = [np.prod([s[a] for s in case["strides"][:1]]) for a in range(d)]
    targets = []
    for level in range(len(case["weights"])):
        size = [p // int(np.prod([s[a] for s in case["strides"][:level + 1]])) for a, p in enumerate(case["patch"])]
        targets.append(nn.functional.interpolate(full, size=size, mode="nearest-exact"))
    loss_of = DC_and_CE_loss({"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": False}, {}, weight_ce=1, weight_dice=1, dice_class=MemoryEfficientSoftDiceLoss)
    def run(net):
        logits = net(src); logits = list(logits) if deep else [logits]
        for x in logits: x.retain_grad()
        loss = sum(w * loss_of(x, t) for w, x, t in zip(case["weights"], logits, targets) if w)
        net.zero_grad(); loss.backward()  # the level of weight 0 has no gradient, and its head no update, as in nnU-Net
        return logits, loss
    for b in range(batch): add(f"src/{b}", src[b])
    sgd, adam = copy.deepcopy(net), copy.deepcopy(net)
    start = dict((n, p.detach().clone()) for n, p in parameters(net))
    logits, loss = run(net)
    for level, (x, t) in enumerate(zip(logits, targets)):
        for b in range(batch):
            add(f"target/{level}/{b}", t[b, 0]); add(f"logits/{level}/{b}", x[b])
            add(f"dlogits/{level}/{b}", torch.zeros_like(x[b]) if x.grad is None else x.grad[b])
    for n, p in parameters(net): add(f"weights/{n}", p); add(f"gradients/{n}", torch.zeros_like(p) if p.grad is None else p.grad)
    optimiser = torch.optim.SGD(sgd.parameters(), 0.01, momentum=0.99, nesterov=True, weight_decay=3e-5)
    for step in range(2):
        logits, _ = run(sgd)
        if step == 1:
            for level, x in enumerate(logits):
                for b in range(batch): add(f"dlogits2/{level}/{b}", torch.zeros_like(x[b]) if x.grad is None else x.grad[b])
        optimiser.step()
    for n, p in parameters(sgd): add(f"sgd/{n}", p - start[n])
    run(adam); torch.optim.Adam(adam.parameters(), 3e-4).step()
    for n, p in parameters(adam): add(f"adam/{n}", p - start[n])
    arch = dict(network_class_name="dynamic_network_architectures.architectures.unet.PlainConvUNet", arch_kwargs=dict(
        n_stages=len(case["features"]), features_per_stage=case["features"], conv_op=f"torch.nn.modules.conv.Conv{d}d", kernel_sizes=case["kernels"], strides=case["strides"],
        n_conv_per_stage=case["blocks"], n_conv_per_stage_decoder=case["decoder"], conv_bias=True, norm_op=f"torch.nn.modules.instancenorm.InstanceNorm{d}d",
        norm_op_kwargs={"eps": 1e-5, "affine": True}, dropout_op=None, dropout_op_kwargs=None, nonlin="torch.nn.LeakyReLU", nonlin_kwargs={"inplace": True},
        **({"pool": "max"} if name == "max-pooling" else {})), _kw_requires_import=["conv_op", "norm_op", "dropout_op", "nonlin"])
    np.save(f"{HERE}/training-{name}.npy", np.concatenate(arrays))
    json.dump(dict(architecture=arch, inputChannels=case["channels"], outputChannels=case["classes"], patch=case["patch"], mirrorAxes=[], folds=1, aliases=[], batch=batch, weights=case["weights"], loss=float(loss),
                   arrays=entries), open(f"{HERE}/training-{name}.json", "w"), separators=(",", ":"))
    print(name, float(loss), sum(a.size for a in arrays) * 4, "bytes")

for seed, (name, case) in enumerate(CASES.items(), 1): make(name, case, seed)
