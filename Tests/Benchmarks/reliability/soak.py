"""Twelve hours of traffic, compressed: tiny series, archives, masks and junk through one running agent, taken away when they are done.

usage: soak.py [--minutes 30] [--period 60] [--unmatched] [--vigil .build/release/vigil] [--root /dev/shm/vigil-soak] [--table soak.csv]

Every period the traffic stops until all that was dropped is on record and the list of results is written; what the agent then holds is
what it keeps. Prints that as a table, and the slopes by least squares over the last two thirds, each with its standard error:
before, the model is loaded and the caches fill.
"""

import argparse
import math
import os
import shutil
import subprocess
import tarfile
import time

from site_of_many import *  # noqa: F403

COLUMNS = ("minutes", "series", "resident", "proportional", "anonymous", "peak", "descriptors", "watches", "threads")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vigil", default=str(REPOSITORY / ".build/release/vigil"))
    options.add_argument("--root", default="/dev/shm/vigil-soak")
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--period", type=float, default=60)
    options.add_argument("--unmatched", action="store_true", help="no rule takes any series: all but the network, at ten times the pace")
    options.add_argument("--table")
    options = options.parse_args()
    site = Site(options.root, options.vigil)
    kinds = [
        Series(options.vigil, site.staging / "a", (20, 18, 16), "scout a" if options.unmatched else "tiny a"),
        Series(options.vigil, site.staging / "b", (24, 16, 20), "scout b" if options.unmatched else "tiny b"),
        Series(options.vigil, site.staging / "c", (16, 16, 16), "scout"),
    ]
    agent = site.watch(settle="300ms")
    site.wait_until_held(agent)
    samples = []
    for sample in traffic(site, kinds, agent, options):
        samples.append(sample)
        if len(samples) == 1:
            print(*COLUMNS, sep="\t")
        print(*[round(sample[column], 1) for column in COLUMNS], sep="\t", flush=True)
        if options.table:
            with open(options.table, "w") as file:
                for line in [COLUMNS] + [[round(one[column], 2) for column in COLUMNS] for one in samples]:
                    print(*line, sep=",", file=file)
    kept = samples[len(samples) // 3:]
    series = kept[-1]["series"] - kept[0]["series"]
    print(f"over the last {len(kept)} samples, {series} series:")
    for column, unit in (("resident", "MiB"), ("proportional", "MiB"), ("anonymous", "MiB"), ("descriptors", ""), ("watches", ""), ("threads", "")):
        slope, error = least_squares([one["series"] for one in kept], [one[column] for one in kept])
        if unit:
            slope, error, unit = slope * 1024, error * 1024, "KiB"
        print(f"  {column}: {slope:+.4f} ± {error:.4f} {unit} a series")
    agent.terminate()
    print("agent ended with", agent.wait())
    subprocess.run([options.vigil, "audit", "verify", "--output", str(site.output)], check=True)
    shutil.rmtree(options.root, ignore_errors=True)


def least_squares(x, y):
    """Slope and its standard error."""
    n, mx, my = len(x), sum(x) / len(x), sum(y) / len(y)
    sxx = sum((a - mx) ** 2 for a in x)
    if n < 3 or sxx == 0:
        return 0.0, math.inf
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y)) / sxx
    residual = sum((b - my - slope * (a - mx)) ** 2 for a, b in zip(x, y)) / (n - 2)
    return slope, math.sqrt(residual / sxx)


def drop(site, kinds, number):
    """One series: every tenth as an archive, every seventh with a mask beside it, every fifth with notes and a hidden file."""
    made = site.staging / f"next {number}"
    kinds[number % 3].write(made, number)
    place = site.inbox / f"day {number // 500}" / f"series {number}"
    place.parent.mkdir(exist_ok=True)
    if number % 10 == 0:
        with tarfile.open(site.staging / f"{number}.tar", "w") as archive:
            archive.add(made, ".")
        shutil.rmtree(made)
        made, place = site.staging / f"{number}.tar", place.with_suffix(".tar")
    elif number % 7 == 0:
        image(made / "mask.nii.gz", (20, 18, 16), number, values=4)
    if number % 5 == 0:
        (place.parent / f"notes {number}.txt").write_text("left alone")
        (place.parent / f".hidden {number}").write_text("left alone")
    made.rename(place)
    return place


def remove(place):
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()


def traffic(site, kinds, agent, options):
    """Keeps ten series in the inbox; yields what the agent holds whenever it is quiet."""
    start, number, places, due = time.monotonic(), 0, [], 0.0
    while time.monotonic() - start < 60 * options.minutes or due == 0:
        assert agent.poll() is None, "the agent has ended; see log"
        done = site.runs()
        if time.monotonic() - start >= due and done == number:
            while places:
                remove(places.pop(0))
            for day in site.inbox.iterdir():  # with its notes: what lies in an inbox is known, and watched
                shutil.rmtree(day)
            time.sleep(12)  # longer than the list of results is waited for
            held = usage(agent.pid)
            held.update(minutes=(time.monotonic() - start) / 60, series=done)
            yield held
            due = time.monotonic() - start + options.period
        if time.monotonic() - start < due:
            while number - done < 10:
                number += 1
                places.append(drop(site, kinds, number))
            # Taken away in the order in which they came, long after they are done.
            while len(places) > 60:
                remove(places.pop(0))
        time.sleep(0.05)


if __name__ == "__main__":
    main()
