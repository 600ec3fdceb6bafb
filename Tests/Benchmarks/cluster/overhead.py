"""What a scan costs more through Slurm than here: the same scans, one after the other, by an agent that computes them itself and by one
that hands them to a Slurm of one node, started for this on the loopback interface. As root, with Debian's munge and slurm-wlm.

usage: overhead.py IMAGE.nii.gz ... [--vigil .build/release/vigil] [--rules Rules] [--description hippocampus] [--work /tmp/vigil-overhead]

Prints the median over the scans of each part of the way, in seconds: the first scan of either agent is left out, because it loads
the model.
"""

import argparse
import datetime
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import time

CONF = """ClusterName=vigil
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={place}/munge.sock
SlurmctldPort=28001
SlurmdPort=28002
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """munged, slurmctld and slurmd in a folder, with Slurm's own settings but for the loopback interface."""

    def __init__(self, place):
        self.place = place
        for name in ["state", "spool"]:
            (place / name).mkdir(parents=True)
        place.chmod(0o755)
        key = place / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        host = socket.gethostname().split(".")[0]
        (place / "slurm.conf").write_text(CONF.format(host=host, place=place, cpus=max(2, os.cpu_count())))
        os.environ["SLURM_CONF"] = str(place / "slurm.conf")
        self.daemons = [
            self.start(
                "/usr/sbin/munged", "--foreground", "--force", f"--key-file={key}", f"--socket={place}/munge.sock",
                f"--pid-file={place}/munge.pid", f"--log-file={place}/munge.log", f"--seed-file={place}/munge.seed")]
        time.sleep(1)
        self.daemons += [self.start("/usr/sbin/slurmctld", "-D"), self.start("/usr/sbin/slurmd", "-D")]
        for _ in range(300):
            state = subprocess.run(["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True).stdout
            if state.startswith("idle"):
                return
            time.sleep(0.2)
        raise SystemExit("Slurm does not come up")

    @staticmethod
    def start(*words):
        quiet = subprocess.DEVNULL
        return subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.kill()
            daemon.wait()


def wrapper(place, program, log):
    """A program that runs another and notes when that began and ended."""
    place.write_text(
        f'#!/bin/sh\ns=$(date +%s.%N)\n{program} "$@"\nr=$?\necho "$s $(date +%s.%N)" >> {log}\nexit $r\n')
    place.chmod(0o755)


def times(log):
    return [[float(word) for word in line.split()] for line in log.read_text().splitlines()] if log.exists() else []


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def agent(options, work, name, executor=None):
    """Drops the scans one by one into the inbox of a running agent; of each run its stages and its end."""
    inbox, output = work / f"inbox-{name}", work / f"output-{name}"
    inbox.mkdir()
    rules = work / f"rules-{name}"
    shutil.copytree(options.rules, rules)
    if executor:
        (rules / "executor.yaml").write_text(executor)
    with open(work / f"{name}.log", "w") as log:
        process = subprocess.Popen(
            [options.vigil, "watch", "--inbox", inbox, "--rules", rules, "--output", output, "--settle", "500ms",
             "--jobs", str(options.cpus)], stdout=log, stderr=log)
    runs = []
    try:
        for number, image in enumerate(options.images):
            folder = work / f"scan-{name}-{number}"
            subprocess.run(
                [options.vigil, "sample", image, folder, "--description", f"{options.description} {number}"], check=True,
                stdout=subprocess.DEVNULL)
            folder.rename(inbox / f"scan {number}")
            while len(sealed(output)) <= number:
                if process.poll() is not None:
                    raise SystemExit((work / f"{name}.log").read_text())
                time.sleep(0.05)
            runs = sealed(output)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    return runs


def sealed(output):
    file = output / "audit.sqlite"
    if not file.exists():
        return []
    try:
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        runs = database.execute("SELECT id, outcome, finished_at FROM runs ORDER BY finished_at").fetchall()
        stages = database.execute("SELECT run_id, stage, started_at, seconds FROM stages").fetchall()
        hashes = dict(database.execute(
            "SELECT run_id, sha256 FROM files WHERE role = 'output' AND path LIKE '%/segmentation.nii.gz'").fetchall())
        database.close()
    except sqlite3.OperationalError:
        return []
    found = []
    for run, outcome, end in runs:
        if outcome != "segmented":
            raise SystemExit(f"{run} is {outcome}")
        own = {stage: (seconds(start), length) for id, stage, start, length in stages if id == run}
        found.append({"end": seconds(end), "sha256": hashes[run], **own})
    return found


def work_of(run):
    return sum(run[stage][1] for stage in ["preprocessed", "inferred", "postprocessed"])


def settled(run):
    return run["settled"][0] + run["settled"][1]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("images", nargs="+")
    options.add_argument("--vigil", default=".build/release/vigil")
    options.add_argument("--rules", default="Rules")
    options.add_argument("--description", default="hippocampus")
    options.add_argument("--work", default="/tmp/vigil-overhead")
    options.add_argument("--cpus", type=int, default=1)
    options = options.parse_args()
    options.vigil = pathlib.Path(options.vigil).resolve()
    work = pathlib.Path(options.work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.umask(0o022)
    here = agent(options, work, "here")
    slurm = Slurm(work / "slurm")
    try:
        (work / "bin").mkdir()
        for command in ["squeue", "scontrol", "scancel"]:
            (work / "bin" / command).symlink_to(f"/usr/bin/{command}")
        wrapper(work / "bin" / "sbatch", "/usr/bin/sbatch", work / "sbatch.times")
        wrapper(work / "vigil", options.vigil, work / "job.times")
        there = agent(
            options, work, "there",
            f"kind: slurm\nshared: {work}/shared\nprogram: {work}/vigil\nbin: {work}/bin\ncpus: {options.cpus}\n")
    finally:
        slurm.stop()
    submitted, jobs = times(work / "sbatch.times"), times(work / "job.times")
    assert len(submitted) == len(jobs) == len(there), (len(submitted), len(jobs), len(there))
    assert [run["sha256"] for run in here] == [run["sha256"] for run in there], "other labels"
    print(f"{len(here)} scans, one after the other; {options.cpus} threads; labels equal; medians of all but the first, s")
    rows = [
        ("here: settled to sealed", [run["end"] - settled(run) for run in here]),
        ("  of that preprocessing, network, labels", [work_of(run) for run in here]),
        ("Slurm: settled to sealed", [run["end"] - settled(run) for run in there]),
        ("  settled to sbatch (conversion, rule, ticket)", [s[0] - settled(run) for run, s in zip(there, submitted)]),
        ("  sbatch", [s[1] - s[0] for s in submitted]),
        ("  queue, until the job's program starts", [j[0] - s[1] for j, s in zip(jobs, submitted)]),
        ("  program, conversion again, model loaded", [run["preprocessed"][0] - j[0] for run, j in zip(there, jobs)]),
        ("  preprocessing, network, labels", [work_of(run) for run in there]),
        ("  outputs, bundle with its digests, end of the program",
         [j[1] - sum(run["postprocessed"]) for run, j in zip(there, jobs)]),
        ("  until the agent hears of it and has converted and matched again",
         [run["recorded"][0] - j[1] for run, j in zip(there, jobs)]),
        ("  bundle checked, copied and sealed", [run["end"] - run["recorded"][0] for run in there]),
    ]
    for words, values in rows:
        kept = values[1:] or values
        print(f"{words:68} {statistics.median(kept):7.2f}   ({min(kept):.2f} to {max(kept):.2f})")


if __name__ == "__main__":
    main()
