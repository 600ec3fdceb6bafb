"""Twelve hours of traffic, compressed: tiny series through one running agent, without pause, inputs taken away when they are done.

usage: soak.py [--minutes 15] [--vigil .build/release/vigil] [--root /dev/shm/vigil-soak]

Prints a line every half minute and, at the end, the growth from the end of the first third to the end, which is what counts: before, the
model is loaded and the caches fill.
"""

import argparse
import shutil
import time

from site_of_many import *  # noqa: F403


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vigil", default=str(REPOSITORY / ".build/release/vigil"))
    options.add_argument("--root", default="/dev/shm/vigil-soak")
    options.add_argument("--minutes", type=float, default=15)
    options = options.parse_args()
    site = Site(options.root, options.vigil)
    kinds = [
        Series(options.vigil, site.staging / "a", (20, 18, 16), "tiny a"),
        Series(options.vigil, site.staging / "b", (24, 16, 20), "tiny b"),
        Series(options.vigil, site.staging / "c", (16, 16, 16), "scout"),
    ]
    agent = site.watch(settle="300ms")
    site.wait_until_held(agent)
    samples = list(traffic(site, kinds, agent, 60 * options.minutes))
    third = samples[len(samples) // 3]
    last = samples[-1]
    print(f"after the first third, {third[0]} series: {words(third[1])}")
    print(f"at the end, {last[0]} series: {words(last[1])}")
    grown = (last[1]["anonymous"] - third[1]["anonymous"]) * 1024 / max(1, last[0] - third[0])
    print(f"growth of anonymous memory: {grown:.2f} KiB a series")
    agent.terminate()
    print("agent ended with", agent.wait())
    shutil.rmtree(options.root, ignore_errors=True)


def words(sample):
    return (
        f"{sample['rss']:.1f} MiB resident, {sample['anonymous']:.1f} of them anonymous, {sample['descriptors']} descriptors, "
        f"{sample['watches']} watches, {sample['threads']} threads")


def traffic(site, kinds, agent, seconds):
    """Keeps ten series in the inbox; yields how many are done, with the use of memory, each half minute."""
    start, number, told, folders = time.monotonic(), 0, 0.0, []
    while time.monotonic() - start < seconds:
        assert agent.poll() is None, "the agent has ended; see log"
        done = site.runs()
        while number - done < 10:
            number += 1
            folder = site.inbox / f"day {number // 500}" / f"series {number}"
            kinds[number % 3].write(site.staging / f"next {number}", number)
            folder.parent.mkdir(exist_ok=True)
            (site.staging / f"next {number}").rename(folder)
            folders.append(folder)
        # Taken away in the order in which they came, long after they are done.
        while len(folders) > 60:
            shutil.rmtree(folders.pop(0))
        if time.monotonic() - start >= told:
            told += 30
            sample = usage(agent.pid)
            print(f"{time.monotonic() - start:.0f} s, {done} series: {words(sample)}", flush=True)
            yield done, sample
        time.sleep(0.1)


if __name__ == "__main__":
    main()
