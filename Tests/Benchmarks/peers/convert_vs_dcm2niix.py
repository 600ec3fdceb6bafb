#!/usr/bin/env python3
"""`vigil convert` against dcm2niix, side by side: seconds warm and cold, peak memory, size of what is written.

usage: convert_vs_dcm2niix.py [--vigil ".build/release/vigil"] [--peers dcm2niix ...] [--folder PLACE] [--slices 300] [--rounds 7]
                              [--sources native lossless] [--outputs nii gz] [--states warm cold] [--gz y6 i6 i1]
Needs numpy and pydicom (written with 2.4 and 3.0), DCMTK's dcmcjpeg, nibabel for the comparison of the voxels. `--peers` takes several builds of
dcm2niix; each takes its turn, and the one to be compared with is the faster. Prints one JSON line a case.

The series is made up: a body with lungs, bones and the correlated noise of a CT, 512 x 512, 12 bits stored, intercept -1024; `lossless` is
the same as JPEG lossless, first-order prediction (1.2.840.10008.1.2.4.70). Within a round every program runs once, in turning order. Cold means
that the series' files were dropped from the page cache before each run (posix_fadvise, after a sync). `gz` is compared with each of dcm2niix's
ways in `--gz` (a letter for `-z`: y is pigz, i internal; then the level, 6 being its default) against the one level that Vigil has; the bytes
written are given, as levels of different libraries are not the same thing. Writing ends with the program: none of them syncs. Memory is the
largest resident set of the process or any child it waited for (at least the 10 MB of the small process that starts it).
"""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile
import numpy as np

p = argparse.ArgumentParser()
p.add_argument("--vigil", default=".build/release/vigil"); p.add_argument("--peers", nargs="+", default=["dcm2niix"])
p.add_argument("--folder", help="where the series are made, or found from the last time; a new temporary one without it")
p.add_argument("--slices", type=int, default=300); p.add_argument("--rounds", type=int, default=7)
p.add_argument("--sources", nargs="+", default=["native", "lossless"]); p.add_argument("--outputs", nargs="+", default=["nii", "gz"])
p.add_argument("--states", nargs="+", default=["warm", "cold"]); p.add_argument("--gz", nargs="+", default=["y6", "i6", "i1"])
a = p.parse_args()
size = 512


def slices():
    """Hounsfield units, slice by slice."""
    rng = np.random.default_rng(1895)
    y, x = np.mgrid[-1:1:size * 1j, -1:1:size * 1j]
    oval = lambda cx, cy, rx, ry: ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
    for k in range(a.slices):
        t = k / a.slices
        hu = np.full((size, size), -1000.)
        hu[oval(0, 0, .8 - .1 * t, .55)] = -90
        hu[oval(0, 0, .76 - .1 * t, .51)] = 45
        for side in (-1, 1): hu[oval(side * .36, -.05, .28 * (1 - .4 * t), .36)] = -850
        hu[oval(0, .38, .1, .09)] = 350 + 200 * t
        for rib in range(10): hu[oval(.7 * np.cos(rib + 3 * t), .45 * np.sin(rib + 3 * t), .04, .025)] = 600
        noise = rng.standard_normal((size + 2, size + 2))
        noise = (noise[:-2, 1:-1] + noise[2:, 1:-1] + noise[1:-1, :-2] + noise[1:-1, 2:] + 2 * noise[1:-1, 1:-1]) / np.sqrt(8)
        yield hu + 15 * noise


def make(folder):
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    native, lossless = (os.path.join(folder, n) for n in ("native", "lossless"))
    if os.path.isdir(lossless) and len(os.listdir(lossless)) == a.slices: return
    for place in (native, lossless): shutil.rmtree(place, ignore_errors=True); os.makedirs(place)
    uid = lambda *n: ".".join(map(str, ("1.2.826.0.1.3680043.10.1809", 3, *n)))
    for k, hu in enumerate(slices()):
        meta = FileMetaDataset(); meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        meta.MediaStorageSOPInstanceUID = uid(4, k); meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        d = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, uid(4, k)
        d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = uid(1), uid(2), uid(3)
        d.Modality, d.ImageType, d.SeriesNumber, d.InstanceNumber = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], 3, k + 1
        d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20260101"
        d.StudyTime = d.SeriesTime = d.AcquisitionTime = d.ContentTime = "120000"
        d.PatientName, d.PatientID, d.PatientPosition, d.Manufacturer = "Made^Up", "0", "HFS", "none"
        d.SeriesDescription, d.KVP, d.SliceThickness, d.AcquisitionNumber = "chest 1 mm", 120, 1, 1
        d.ImagePositionPatient, d.ImageOrientationPatient = [-180, -180, k - 150], [1, 0, 0, 0, 1, 0]
        d.PixelSpacing, d.RescaleSlope, d.RescaleIntercept, d.RescaleType = [.703125, .703125], 1, -1024, "HU"
        d.Rows = d.Columns = size; d.SamplesPerPixel = 1; d.PhotometricInterpretation = "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.PixelData = np.clip(np.rint(hu) + 1024, 0, 4095).astype("<u2").tobytes()
        name = "%04d.dcm" % k
        pydicom.dcmwrite(os.path.join(native, name), d, enforce_file_format=True)
        subprocess.run(["dcmcjpeg", "+e1", os.path.join(native, name), os.path.join(lossless, name)], check=True)


def forget(folder):
    """Drops the files from the page cache; they are clean after the sync."""
    for name in os.listdir(folder):
        fd = os.open(os.path.join(folder, name), os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED); os.close(fd)


# Starts a command and tells of it. A process of its own, as a child inherits the peak of the memory of the one that started it.
measure = """import os, sys, time, json
start = time.perf_counter()
pid = os.fork()
if pid == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(json.dumps(dict(seconds=time.perf_counter() - start, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / 1024, status=status)))"""


def command(program, source, target, output, way):
    if program == "vigil": return [*a.vigil.split(), "convert", source, os.path.join(target, "volume.nii" + (".gz" if output == "gz" else ""))]
    return [program, "-b", "n", "-f", "volume", "-o", target, *(["-z", way[0], "-" + way[1:]] if output == "gz" else ["-z", "n"]), source]


def run(program, source, output, way, cold, keep=None):
    with tempfile.TemporaryDirectory(dir=folder) as target:
        if cold: os.sync(); forget(source)
        done = subprocess.run([sys.executable, "-I", "-S", "-c", measure, *command(program, source, target, output, way)], capture_output=True, text=True)
        facts = json.loads(done.stdout)
        made = sorted(n for n in os.listdir(target) if ".nii" in n)
        if facts["status"] or len(made) != 1: sys.exit("%s failed: %s %s" % (program, made, done.stderr))
        path = os.path.join(target, made[0])
        if keep: shutil.copy(path, keep)
        return dict(facts, bytes=os.path.getsize(path))


def agree(source):
    """The two files hold the same voxels at the same places (dcm2niix flips the rows)."""
    import nibabel
    images = []
    for n, program in enumerate(("vigil", a.peers[0])):
        kept = os.path.join(folder, "kept-%d.nii" % n); run(program, source, "nii", "", False, kept)
        image = nibabel.as_closest_canonical(nibabel.load(kept))
        images.append((np.asanyarray(image.dataobj), image.affine)); os.remove(kept)
    return bool(np.array_equal(images[0][0], images[1][0]) and np.allclose(images[0][1], images[1][1], atol=1e-3))


own = None if a.folder else tempfile.TemporaryDirectory()
folder = os.path.abspath(a.folder or own.name); os.makedirs(folder, exist_ok=True)
make(folder)
volume = 2 * size * size * a.slices
versions = {q: subprocess.run([q, "--version"], capture_output=True, text=True).stdout.split("\n")[0] for q in a.peers}
print(json.dumps(dict(versions=versions, pigz=bool(shutil.which("pigz")), cores=os.cpu_count(), volume_mb=volume / 1e6)), flush=True)
for source in a.sources:
    place = os.path.join(folder, source)
    same = agree(place)
    for output in a.outputs:
        for way in (a.gz if output == "gz" else [""]):
            for state in a.states:
                programs = ["vigil", *a.peers]
                runs = {q: [] for q in programs}
                for q in programs: run(q, place, output, way, False)
                for turn in range(a.rounds):
                    for n in range(len(programs)):
                        q = programs[(turn + n) % len(programs)]
                        runs[q].append(run(q, place, output, way, state == "cold"))
                median = {q: statistics.median(r["seconds"] for r in runs[q]) for q in programs}
                best = min(a.peers, key=median.get)
                fact = lambda q, key, of=statistics.median: round(of(r[key] for r in runs[q]), 3)
                print(json.dumps(dict(
                    source=source, output=output, state=state, way=way, same_voxels=same, rounds=a.rounds,
                    seconds={q: round(median[q], 3) for q in programs}, fastest={q: fact(q, "seconds", min) for q in programs},
                    cpu={q: fact(q, "cpu") for q in programs}, peak_mb={q: fact(q, "peak", max) for q in programs},
                    bytes={q: runs[q][0]["bytes"] for q in programs},
                    times=round(median[best] / median["vigil"], 2), against=best)), flush=True)
