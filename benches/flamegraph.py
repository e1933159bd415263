#!/usr/bin/env python3
"""A flame graph of a running kemist: where its processor time goes, as an SVG.

  benches/flamegraph.py PID SECONDS OUT.svg [TITLE]

Needs perf (Debian: linux-perf) and, to see who called whom, a program built with frame pointers:
RUSTFLAGS="-C force-frame-pointers=yes". Callbacks run on stacks of their own: what they call has `callback` as its root.
Frames are as wide as their share of samples; point at one for its name and share.
"""
import collections
import html
import os
import re
import subprocess
import sys
import tempfile

WIDTH, ROW, LEAST = 1200, 15, 1.5  # pixels, pixels, narrowest frame drawn


def samples(pid, seconds):
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        record = ["perf", "record", "-q", "-g", "-F", "5000", "-e", "cpu-clock", "-p", pid, "-o", data, "--", "sleep", seconds]
        subprocess.run(record, check=True)
        script = ["perf", "script", "-i", data, "-F", "comm,ip,sym"]
        text = subprocess.run(script, check=True, capture_output=True, text=True, errors="replace").stdout
    for block in text.split("\n\n"):
        lines = block.strip().split("\n")
        if lines and lines[0]:
            yield lines[0].strip(), [short(line) for line in lines[1:] if line.strip()]


def short(line):
    """A frame's function, without what the compiler and generics add to its name."""
    name = line.strip().split(None, 1)[-1]
    if name == "[unknown]" or re.fullmatch(r"[0-9a-f]+", name):
        return "wasm"
    name = re.sub(r"::h[0-9a-f]{16}$", "", name)
    while True:
        plain = re.sub(r"<[^<>]*>", "", name)
        if plain == name:
            break
        name = plain
    return name.strip(": ") or "wasm"


def folded(pid, seconds):
    stacks = collections.Counter()
    for comm, frames in samples(pid, seconds):
        stack = []
        for frame in reversed(frames):
            if frame.endswith("fiber_start"):
                stack = ["callback"]
            elif not stack or stack[-1] != frame:
                stack.append(frame)
        root = re.sub(r"-\d+$", "", comm)
        # where the chain is broken in the middle there is nothing to be said of who called
        stacks[tuple([root] + [f for f in stack if not f.startswith(("std::", "core::", "tokio::", "__rust", "start_thread", "thread_start"))])] += 1
    return stacks


def tree(stacks):
    root = {"count": 0, "kids": {}}
    for stack, count in stacks.items():
        node = root
        node["count"] += count
        for frame in stack:
            node = node["kids"].setdefault(frame, {"count": 0, "kids": {}})
            node["count"] += count
    return root


def depth(node):
    return 1 + max((depth(kid) for kid in node["kids"].values()), default=0)


def colour(name):
    kinds = {"wasm": "#8fb3d9", "callback": "#8fb3d9"}
    if name in kinds:
        return kinds[name]
    if name.startswith(("kemist_sip", "<kemist_sip")):
        return "#e6b85c"
    if "kemist" in name:
        return "#e08a5b"
    if "wasmtime" in name:
        return "#a9c99a"
    return "#d0d0d0"


def draw(node, total, x, y, out):
    for name, kid in sorted(node["kids"].items()):
        width = kid["count"] * WIDTH / total
        if width >= LEAST:
            label = html.escape(name)
            out.append(f'<g><title>{label}: {100 * kid["count"] / total:.1f} %</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{colour(name)}"/>')
            fits = int(width / 6.2)
            if fits > 3:
                text = name if len(name) <= fits else name[: fits - 2] + ".."
                out.append(f'<text x="{x + 2:.1f}" y="{y + 11}">{html.escape(text)}</text>')
            out.append("</g>")
            draw(kid, total, x, y - ROW, out)
        x += width


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    pid, seconds, path = sys.argv[1:4]
    title = sys.argv[4] if len(sys.argv) > 4 else "kemist"
    root = tree(folded(pid, seconds))
    if not root["count"]:
        sys.exit("no samples: is it under load?")
    height = (depth(root) + 2) * ROW
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="10">',
        f'<text x="4" y="12" font-size="12">{html.escape(title)} ({root["count"]} samples)</text>',
    ]
    draw(root, root["count"], 0, height - ROW, out)
    out.append("</svg>\n")
    with open(path, "w") as f:
        f.write("\n".join(out))


main()
