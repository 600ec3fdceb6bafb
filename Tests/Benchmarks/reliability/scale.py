"""100,000 files in 1,000 series dropped at once; a restart over them; 10,000 series that wait.

usage: scale.py [--vigil .build/release/vigil] [--root /dev/shm/vigil-scale] [--series 1000] [--files 100]
"""

import argparse
import os
import re
import shutil
import time

from site_of_many import *  # noqa: F403


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vigil", default=str(REPOSITORY / ".build/release/vigil"))
    options.add_argument("--root", default="/dev/shm/vigil-scale")
    options.add_argument("--series", type=int, default=1000)
    options.add_argument("--files", type=int, default=100)
    options = options.parse_args()
    noticed(options)
    waiting(options)
    shutil.rmtree(options.root, ignore_errors=True)


def noticed(options):
    """Everything at once under a running agent: every file has to be on record. No rule takes them: what is measured is the
    way from the inbox to the row."""
    site = Site(options.root, options.vigil)
    series = Series(options.vigil, site.staging / "one", (8, 8, options.files), "scout")
    for number in range(options.series):
        series.write(site.staging / "drop" / f"study {number // 10}" / f"series {number}", number)
    agent = site.watch(settle="2s")
    site.wait_until_held(agent)
    time.sleep(1)
    before = usage(agent.pid)
    start = time.monotonic()
    os.rename(site.staging / "drop", site.inbox / "drop")
    while site.runs() < options.series:
        assert agent.poll() is None, "the agent has ended; see log"
        time.sleep(0.5)
    seconds, after = time.monotonic() - start, usage(agent.pid)
    files = site.ask("SELECT count(*) FROM files WHERE role = 'input'")[0][0]
    assert files == options.series * options.files, f"{files} files are on record"
    total = options.series * options.files
    print(
        f"{total} files in {options.series} series dropped at once: all on record after {seconds:.0f} s, "
        f"{(after['seconds'] - before['seconds']) / total * 1e3:.2f} ms of processor a file; {after['watches']} watches; "
        f"memory {before['resident']:.0f} MiB before, {after['resident']:.0f} after, {after['peak']:.0f} at the most")
    agent.terminate()
    agent.wait()
    start = time.monotonic()
    again = site.watch("--until-idle", settle="300ms")
    while again.poll() is None:
        spent = usage_or_none(again.pid) or (spent if "spent" in dir() else None)
        time.sleep(0.1)
    seconds = time.monotonic() - start
    assert site.runs() == options.series
    print(
        f"restart over them until idle: {seconds:.1f} s, {spent['seconds']:.1f} s of processor, {spent['peak']:.0f} MiB at the most; "
        "nothing was converted again")
    rescans(options, site)


def rescans(options, site):
    """How long an agent that knows all the files takes to list them again and compare, by its own clock."""
    (site.root / "log").unlink()
    agent = site.watch("--rescan", "2s", "--verbose", settle="300ms")
    times, spent = [], 0
    while len(times) < 12:
        assert agent.poll() is None, "the agent has ended; see log"
        time.sleep(1)
        text = (site.root / "log").read_text()
        found = re.findall(r"cause=periodic.*?files=(\d+).*?seconds=([\d.]+)", text)
        times = [float(seconds) for files, seconds in found if int(files) == options.series * options.files]
    agent.terminate()
    agent.wait()
    times = sorted(times[2:])
    print(
        f"rescan of {options.series * options.files} files, warm: {times[0]:.2f} to {times[-1]:.2f} s by the clock, "
        f"median {times[len(times) // 2]:.2f} s of {len(times)}")


def usage_or_none(process):
    try:
        return usage(process)
    except (OSError, KeyError):
        return None


def waiting(options):
    """Ten times as many series of a tenth of the files, while the intake is paused: all of them wait."""
    site = Site(options.root, options.vigil)
    files = max(1, options.files // 10)
    series = Series(options.vigil, site.staging / "one", (8, 8, files), "scout")
    count = 10 * options.series
    for number in range(count):
        series.write(site.staging / "drop" / f"study {number // 10}" / f"series {number}", number)
    agent = site.watch("--keep-free", "999999T", settle="2s")
    site.wait_until_held(agent)
    time.sleep(1)
    before = usage(agent.pid)
    os.rename(site.staging / "drop", site.inbox / "drop")
    quiet, last = 0, before["seconds"]
    while quiet < 5:
        time.sleep(2)
        now = usage(agent.pid)["seconds"]
        quiet, last = (quiet + 1 if now - last < 0.5 else 0), now
    after = usage(agent.pid)
    print(
        f"{count} series of {files} files waiting: memory {before['resident']:.0f} MiB before, {after['resident']:.0f} with all of them in the line, "
        f"{after['peak']:.0f} at the most; {(after['resident'] - before['resident']) * 1048576 / count:.0f} bytes a series")
    agent.terminate()
    assert agent.wait() == 0


if __name__ == "__main__":
    main()
