"""Small NIfTI files of every kind the reader takes, and what SimpleITK and nibabel read from them.

Made with SimpleITK 2.5.7 (ITK 5.4), nibabel 5.4.2, numpy 2.4.6. Run in this folder: python make_nifti.py
"""
import json, os, struct
import nibabel as nib, numpy as np, SimpleITK as sitk

sitk.ProcessObject.SetGlobalWarningDisplay(False)
os.makedirs("nifti", exist_ok=True)


def header(dims=(2, 3, 4), code=2, bits=8, pixdim=(1, 2, 3, 4), q=0, s=0, quat=(0, 0, 0), qoff=(0, 0, 0), srow=None,
           slope=0, inter=0, units=2, order="<"):
    h = bytearray(352)
    struct.pack_into(order + "i", h, 0, 348)
    struct.pack_into(order + "8h", h, 40, len(dims), *dims, *[1] * (7 - len(dims)))
    struct.pack_into(order + "hh", h, 70, code, bits)
    struct.pack_into(order + "8f", h, 76, *pixdim, *[0] * (8 - len(pixdim)))
    struct.pack_into(order + "fff", h, 108, 352, slope, inter)
    h[123] = units
    struct.pack_into(order + "hh", h, 252, q, s)
    struct.pack_into(order + "6f", h, 256, *quat, *qoff)
    for row in range(3):
        struct.pack_into(order + "4f", h, 280 + 16 * row, *(srow or [[0] * 4] * 3)[row])
    h[344:348] = b"n+1\0"
    return bytes(h)


S = [[2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30]]
a, b = np.cos(0.3), np.sin(0.3)
OBLIQUE = [[-2 * a, 0, 4 * b, -91.5], [2 * b * 0.6, 3 * 0.8, 4 * a * 0.6, 12.25], [-2 * b * 0.8, 3 * 0.6, -4 * a * 0.8, 7]]
m = np.array(OBLIQUE)[:, :3] / [2, 3, 4]
q, r = np.linalg.qr(m)
ROT = q * np.sign(np.diag(r))
OBLIQUE = [[*(ROT[i] * [2, 3, 4]), o] for i, o in enumerate((-91.5, 12.25, 7.0))]

cases = {
    "neither": dict(),
    "neither_but_filled": dict(srow=S, qoff=(10, 20, 30)),
    "sform": dict(s=1, srow=S),
    "sform_aligned": dict(s=2, srow=S),
    "sform_oblique": dict(s=1, srow=OBLIQUE),
    "sform_oblique_big": dict(s=1, srow=OBLIQUE, order=">"),
    "sform_left_handed": dict(s=1, srow=[[-2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30]]),
    "sform_other_scale": dict(s=1, srow=[[2.5, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30]]),
    "qform": dict(q=1, qoff=(1, 2, 3)),
    "qform_turned": dict(q=1, quat=(0.1, 0.2, 0.3), qoff=(5, 6, 7)),
    "qform_turned_qfac": dict(q=2, quat=(0.1, 0.2, 0.3), qoff=(5, 6, 7), pixdim=(-1, 2, 3, 4)),
    "qform_half_turn": dict(q=1, quat=(0, 1, 0), qoff=(5, 6, 7), pixdim=(-1, 2, 3, 4)),
    "qform_too_long": dict(q=1, quat=(0.8, 0.8, 0.3), qoff=(5, 6, 7)),
    "qform_qfac_zero": dict(q=1, qoff=(1, 2, 3), pixdim=(0, 2, 3, 4)),
    "both_sform_scanner": dict(q=1, s=1, qoff=(1, 2, 3), srow=S),
    "both_sform_aligned": dict(q=1, s=2, qoff=(1, 2, 3), srow=S),
    "both_same": dict(q=1, s=4, qoff=(10, 20, 30), srow=S),
    "skewed_sform_and_qform": dict(q=1, s=1, qoff=(1, 2, 3), srow=[[2, 0, 1, 10], [0, 3, 0, 20], [0, 0, 4, 30]]),
    "metres": dict(s=1, srow=S, units=1),
    "microns": dict(s=1, srow=S, units=3),
    "four_axes": dict(dims=(2, 3, 4, 1), s=1, srow=S),
    "five_axes": dict(dims=(2, 3, 4, 1, 1), s=1, srow=S),
}
expected = {}
for name, options in cases.items():
    path = f"nifti/{name}.nii"
    with open(path, "wb") as f:
        f.write(header(**options) + bytes(range(24)))
    image = sitk.ReadImage(path)
    expected[name] = dict(size=image.GetSize(), spacing=image.GetSpacing(), origin=image.GetOrigin(),
                          direction=image.GetDirection())
json.dump(expected, open("nifti_geometry.json", "w"), indent=1)

values = {}
rng = np.random.default_rng(5)
types = {"uint8": 2, "int16": 4, "int32": 8, "float32": 16, "float64": 64, "int8": 256, "uint16": 512, "uint32": 768,
         "int64": 1024, "uint64": 1280}
for index, (name, code) in enumerate(types.items()):
    dtype = np.dtype(name)
    if dtype.kind == "f":
        array = rng.normal(0, 1000, 24).astype(dtype)
    else:
        info = np.iinfo(dtype)
        array = np.array([info.min, info.max, *rng.integers(info.min, info.max, 22, dtype=dtype)], dtype=dtype)
    for order, word in (("<", ""), (">", "_big")):
        for slope, inter in ((0, 0), (0.5, -1024)):
            file = f"type_{name}{word}{'_scaled' if slope else ''}"
            body = array.astype(dtype.newbyteorder(order)).tobytes()
            with open(f"nifti/{file}.nii", "wb") as f:
                f.write(header(code=code, bits=dtype.itemsize * 8, s=1, srow=S, slope=slope, inter=inter, order=order) + body)
            read = np.asanyarray(nib.load(f"nifti/{file}.nii").dataobj).astype(np.float32)
            values[file] = [float(v) for v in read.flatten(order="F")]
affine = np.array([*OBLIQUE, [0, 0, 0, 1]])
array = np.arange(24, dtype=np.int16).reshape((2, 3, 4), order="F")
second = nib.Nifti2Image(array, affine)
second.header.set_xyzt_units("mm")
nib.save(second, "nifti/second.nii")
values["second"] = [float(v) for v in range(24)]
json.dump(values, open("nifti_values.json", "w"))
