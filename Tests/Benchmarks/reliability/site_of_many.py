"""A made-up site for the reliability benchmarks: series by the thousand, an agent, and what the system says of it.

Python's standard library only. Series are copies of one that `vigil sample` wrote, with UIDs of their own of the same length.
"""

import contextlib
import gzip
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


def image(path, shape, seed, values=900):
    """A NIfTI-1 image of noise, int16, 0 to `values` - 1, 1 mm."""
    i, j, k = shape
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, i, j, k, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 4, 16)
    struct.pack_into("<8f", head, 76, 1, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<3f", head, 108, 352, 1, 0)
    struct.pack_into("<2h", head, 252, 0, 1)
    for row in range(3):
        struct.pack_into("<4f", head, 280 + 16 * row, *[float(row == column) for column in range(4)])
    head[344:348] = b"n+1\0"
    noise = random.Random(seed)
    voxels = struct.pack(f"<{i * j * k}h", *[noise.randrange(values) for _ in range(i * j * k)])
    with gzip.open(path, "wb") as file:
        file.write(bytes(head) + voxels)


class Series:
    """One series, to be written again and again under other UIDs."""

    def __init__(self, vigil, folder, shape, description):
        folder.mkdir(parents=True)
        image(folder / "image.nii.gz", shape, 1)
        subprocess.run(
            [vigil, "sample", folder / "image.nii.gz", folder / "series", "--description", description],
            check=True, stdout=subprocess.DEVNULL)
        self.files = {file.name: file.read_bytes() for file in sorted((folder / "series").iterdir())}
        self.bodies = {name: self.split(bytes_) for name, bytes_ in self.files.items()}

    @staticmethod
    def split(data):
        """The places of the digits that make the series' and the instance's UIDs its own."""
        places = []
        for tag in (b"\x20\x00\x0e\x00UI", b"\x08\x00\x18\x00UI", b"\x02\x00\x03\x00UI"):
            start = data.index(tag) + len(tag) + 2
            # "2.25." and the first digits stay, so that no leading zero comes up.
            places.append(start + 8)
        return data, places

    def write(self, folder, number):
        folder.mkdir(parents=True)
        digits = b"%012d" % number
        for name, (data, places) in self.bodies.items():
            changed = bytearray(data)
            for place in places:
                changed[place:place + 12] = digits
            (folder / name).write_bytes(changed)


class Site:
    """Inbox, rules and output below one folder, with a rule that takes what says `tiny`."""

    def __init__(self, root, vigil):
        os.umask(0o022)  # rules and models that a group may write are refused
        self.root, self.vigil = pathlib.Path(root), vigil
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("inbox", "rules/tiny", "staging"):
            (self.root / name).mkdir(parents=True)
        shutil.copytree(REPOSITORY / "Tests/Models/Golden/odd/model", self.root / "model")
        subprocess.run(["chmod", "-R", "go-w", self.root], check=True)
        (self.root / "rules/tiny/rule.yaml").write_text(
            "model: ../../model\nmatch: {SeriesDescription: /tiny/}\nmirroring: false\n")
        self.inbox, self.output, self.staging = self.root / "inbox", self.root / "output", self.root / "staging"

    def watch(self, *more, settle="1s"):
        log = open(self.root / "log", "ab")
        command = [
            self.vigil, "watch", "--inbox", self.inbox, "--rules", self.root / "rules", "--output", self.output,
            "--settle", settle, "--jobs", "1", *more]
        return subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)

    def wait_until_held(self, agent):
        while True:
            try:
                if (self.output / ".agent.lock").read_text().startswith(f"process {agent.pid} "):
                    return
            except FileNotFoundError:
                pass
            assert agent.poll() is None, "the agent has ended; see log"
            time.sleep(0.05)

    def ask(self, sql):
        with contextlib.closing(
                sqlite3.connect(f"file:{self.output / 'audit.sqlite'}?mode=ro", uri=True, timeout=60)) as database:
            return database.execute(sql).fetchall()

    def runs(self):
        try:
            return self.ask("SELECT count(*) FROM runs")[0][0]
        except sqlite3.OperationalError:  # the agent has only begun to make it
            return 0


def usage(process):
    """Resident, proportional, anonymous and peak memory (MiB), open descriptors, inotify watches and threads of a process."""
    rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    proportional = next(int(line.split()[1]) / 1024 for line in rollup if line.startswith("Pss:"))
    status = dict(
        line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line)
    mebibytes = {key: int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM", "RssAnon")}
    descriptors = os.listdir(f"/proc/{process}/fd")
    watches = 0
    for descriptor in descriptors:
        try:
            information = pathlib.Path(f"/proc/{process}/fdinfo/{descriptor}").read_text()
        except OSError:
            continue
        watches += information.count("inotify wd:")
    ticks = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    seconds = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    return {
        "resident": mebibytes["VmRSS"], "proportional": proportional, "anonymous": mebibytes["RssAnon"], "peak": mebibytes["VmHWM"],
        "descriptors": len(descriptors), "watches": watches, "seconds": seconds, "threads": int(status["Threads"])}
