"""How right the time left is that vigil shows on a terminal.

    python time_left.py OUT.tsv COMMAND ARGUMENT...

Runs COMMAND with standard error on a terminal of its own, notes each line of progress and when it came, and compares each "about N left" that
comes after a tenth of the time and before the last second with the time until the command ended. OUT.tsv: seconds since the start, seconds
truly left, seconds said, the line. Needs Python's standard library only.
"""
import os
import pty
import re
import subprocess
import sys
import time

out, command = sys.argv[1], sys.argv[2:]
main, side = pty.openpty()
start = time.monotonic()
process = subprocess.Popen(command, stderr=side, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
os.close(side)
seen, rest = [], b""
while True:
    try:
        chunk = os.read(main, 65536)
    except OSError:
        break
    if not chunk:
        break
    now = time.monotonic() - start
    rest += chunk
    *lines, rest = re.split(rb"[\r\n]+", rest)
    seen += [(now, line.decode(errors="replace").replace("\x1b[K", "")) for line in lines if line.strip(b"\x1b[K \r")]
status = process.wait()
end = time.monotonic() - start
units = {"s": 1, "min": 60, "h": 3600}
rows = []
for now, line in seen:
    found = re.search(r"about ([\d.]+) (s|min|h) left", line)
    rows.append((now, end - now, float(found[1]) * units[found[2]] if found else None, line))
with open(out, "w") as file:
    for now, left, said, line in rows:
        file.write(f"{now:.2f}\t{left:.2f}\t{'' if said is None else said}\t{line}\n")
judged = [(n, l, s) for n, l, s, _ in rows if s is not None and n >= end / 10 and l >= 1]
within = sum(abs(s - l) <= 0.2 * l for _, l, s in judged)
errors = sorted(abs(s - l) / l for _, l, s in judged)
if errors:
    print(f"status {status}, {end:.1f} s, {len(judged)} estimates after a tenth and before the last second: {100 * within / len(judged):.0f} % within 20 %, "
          f"median {100 * errors[len(errors) // 2]:.0f} %, 95 % {100 * errors[int(len(errors) * 0.95)]:.0f} %, worst {100 * errors[-1]:.0f} %")
else:
    print(f"status {status}, {end:.1f} s, no estimates, {len(rows)} lines")
