#!/usr/bin/env python3
"""Measures Hebb and other frameworks in turn and writes docs/performance.md.

    make bench                                   everything that has not been measured yet
    make bench BENCHFLAGS="lenet_train vae_train"    these workloads anew, all sides
    make bench BENCHFLAGS="--only hebb"          Hebb anew, the others as they were
    make bench BENCHFLAGS="--only growth"        the curves of growth anew
    make bench BENCHFLAGS="--only page"          the page from the lines that are there

The scripts for other frameworks are not part of this project: any folder will do whose `peer_NAME.py`
take workloads, `--modes` and `--label`, and print one JSON line each, as `hebb bench --json` does.

    HEBB_PEERS           that folder; with results/*.jsonl, only the fastest modes of those are run again
    HEBB_PEER_PYTHONS    NAME=PYTHON pairs: the interpreter that has each framework, as
                         "torch=/opt/torch/bin/python tensorflow=/opt/tensorflow/bin/python"

Lines are appended to .build/bench/lines.jsonl (or --lines FILE), so that a run can be stopped and goes
on where it was. The machine should be idle.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEBB = ROOT / ".build" / "release" / "hebb-cli"

# In the order of the options in a line's "sizes".
GROWTH = (
    [("resnet20_train", ["--batch", n]) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)]
    + [("resnet20_train", ["--depth", n]) for n in (20, 32, 44, 56, 86, 110)]
    + [("gpt_small_train", ["--batch", 2, "--length", n]) for n in (64, 128, 256, 512, 1024, 2048)])
# Long enough for one step, short enough for twenty points.
GROWTH_STEPS = "3"


def note(text):
    print(text, file=sys.stderr, flush=True)


def lines_of(path):
    lines = []
    if path.exists():
        for text in path.read_text().splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                continue
            if isinstance(line, dict) and "workload" in line:
                lines.append(line)
    return lines


def run(command, limit, environment=None):
    """The JSON lines that a command prints, and its complaint if there are none."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environment)
    except subprocess.TimeoutExpired:
        return [], f"over {limit:.0f} s"
    except OSError as error:
        return [], str(error)
    lines = []
    for text in result.stdout.splitlines():
        if text.startswith("{"):
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                pass
    problem = None if lines else f"status {result.returncode}: " + " ".join(result.stderr.split())[-300:]
    return lines, problem


class Peers:
    """The other frameworks that are here, and which of their modes are worth running."""

    def __init__(self, folder, pythons, count):
        self.folder = pathlib.Path(folder) if folder else None
        self.pythons = {}
        self.known = {}
        if self.folder is None:
            note("HEBB_PEERS is not set: only Hebb is measured. It names a folder with peer_NAME.py scripts.")
            return
        if not self.folder.is_dir():
            sys.exit(f"bench: HEBB_PEERS is {self.folder}, which is no folder")
        for pair in pythons.split():
            name, _, python = pair.partition("=")
            script = self.folder / f"peer_{name}.py"
            if not os.access(python, os.X_OK):
                note(f"{name}: {python or 'no interpreter'} cannot be run; left out")
            elif not script.exists():
                note(f"{name}: there is no {script}; left out")
            else:
                self.pythons[name] = python
        if not self.pythons:
            note("HEBB_PEER_PYTHONS names no interpreter that is here, as in "
                 "\"torch=/opt/torch/bin/python\": only Hebb is measured.")
        earlier = {}
        for path in sorted((self.folder / "results").glob("*.jsonl")):
            for line in lines_of(path):
                if "error" in line or line["mode"].startswith("bf16"):
                    continue
                earlier.setdefault(line["workload"], {}).setdefault((line["peer"], line["mode"]), []).append(
                    line["ms_per_step"])
        for workload, modes in earlier.items():
            fastest = sorted((min(times), key) for key, times in modes.items() if key[0] in self.pythons)
            self.known[workload] = [key for _, key in fastest[:count]]

    def modes(self, workload):
        if workload in self.known:
            return self.known[workload]
        return [(name, None) for name in self.pythons] if not self.known else []

    def environment(self, mode):
        """With the folder's heap.sh for modes that are labelled +heap."""
        if mode is None or not mode.endswith("+heap"):
            return None
        heap = self.folder / "heap.sh"
        if not heap.exists():
            return None
        text = subprocess.run(["bash", "-c", f"source '{heap}'; env -0"], capture_output=True, text=True).stdout
        return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)

    def measure(self, workload, name, mode, threads, limit):
        command = [self.pythons[name], str(self.folder / f"peer_{name}.py"), workload, "--threads", str(threads),
                   "--quiet", "5", "--timeout", str(limit)]
        label = "+heap" if mode and mode.endswith("+heap") else ""
        if mode:
            command += ["--modes", mode.removesuffix("+heap"), "--label", label]
        lines, problem = run(command, limit + 60, self.environment(mode))
        if problem:
            lines = [dict(workload=workload, peer=name, mode=mode or "", error=problem)]
        return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help="measured anew; without, what has no line yet")
    parser.add_argument("--only", choices=["hebb", "peers", "growth", "page"], help="one part")
    parser.add_argument("--peer-modes", type=int, default=1, help="how many of the fastest modes of others to run")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=float, default=120, help="seconds for one workload")
    parser.add_argument("--minutes", type=float, default=0, help="stop measuring after so many; 0: never")
    parser.add_argument("--lines", default=str(ROOT / ".build" / "bench" / "lines.jsonl"))
    parser.add_argument("--hebb-flags", default="", help="more options of hebb bench, as \"--tiles\"")
    parser.add_argument("--quiet", default="5", help="seconds to wait, at most, for other programs to finish")
    parser.add_argument("--docs", default=str(ROOT / "docs"))
    args = parser.parse_args()
    if not HEBB.exists():
        sys.exit(f"bench: {HEBB} is not built; run make build")
    path = pathlib.Path(args.lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    listed, problem = run([str(HEBB), "bench", "--list", "--json"], 60)
    if problem:
        sys.exit(f"bench: {problem}")
    known = [line["workload"] for line in listed]
    for name in args.workloads:
        if name not in known:
            sys.exit(f"bench: there is no workload {name}; there are {', '.join(known)}")
    done = {(l["workload"], l["peer"], l.get("mode"), l.get("sizes")) for l in lines_of(path)}
    out = path.open("a")

    def keep(lines):
        for line in lines:
            line["at"] = int(time.time())
            print(json.dumps(line), file=out, flush=True)
            told = line.get("error") or f"{line['ms_per_step']} ms"
            note(f"  {line['peer']} {line.get('mode', '')} {line.get('sizes', '')}: {told}")

    def is_late():
        late = args.minutes > 0 and time.monotonic() - begin > 60 * args.minutes
        if late:
            note("the time is over; run again to go on")
        return late

    hebb = [str(HEBB), "bench", "--json", "--threads", str(args.threads), "--quiet", args.quiet]
    hebb += args.hebb_flags.split()
    peaks = [l["peak_gflops"] for l in lines_of(path) if "peak_gflops" in l]
    if args.only in (None, "hebb", "growth"):
        lines, problem = run([str(HEBB), "bench", "--limits", "--json", "--quiet", args.quiet], 60)
        if problem:
            sys.exit(f"bench: {problem}")
        keep([])
        for line in lines:
            print(json.dumps(line), file=out, flush=True)
        peaks.append(lines[0]["peak_gflops"])
    if peaks:
        hebb += ["--peak", str(max(peaks))]

    peers = Peers(os.environ.get("HEBB_PEERS"), os.environ.get("HEBB_PEER_PYTHONS", ""), args.peer_modes) \
        if args.only in (None, "peers") else None
    anew = bool(args.workloads) or args.only in ("hebb", "peers")
    for workload in args.workloads or known:
        if args.only in ("growth", "page") or is_late():
            break
        note(workload)
        if args.only in (None, "hebb"):
            if anew or not any(k[0] == workload and k[1] == "hebb" and k[3] is None for k in done):
                lines, problem = run(hebb + [workload], args.limit)
                keep(lines if not problem else [dict(workload=workload, peer="hebb", mode="fp32", error=problem)])
        if peers:
            for name, mode in peers.modes(workload):
                if anew or not any(k[:2] == (workload, name) and mode in (None, k[2]) for k in done):
                    keep(peers.measure(workload, name, mode, args.threads, args.limit))
    if args.only in (None, "growth") and not args.workloads:
        measured = {(k[0], k[3]) for k in done if k[1] == "hebb"}
        for workload, options in GROWTH:
            options = [str(option) for option in options]
            sizes = " ".join(options)
            if workload not in known or is_late():
                continue
            if args.only == "growth" or (workload, sizes) not in measured:
                lines, problem = run(hebb + [workload, "--steps", GROWTH_STEPS] + options, args.limit)
                keep(lines if not problem else
                     [dict(workload=workload, peer="hebb", mode="fp32", sizes=sizes, error=problem)])
    out.close()
    result = subprocess.run([str(HEBB), "bench", "--page", args.docs, "--lines", str(path)])
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
