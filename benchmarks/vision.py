"""How fast do the networks of `evalkit.vision` train, and how well? Three measurements, one JSON file, one page.

    python benchmarks/vision.py loop     the experiment's loop against the loop of the tutorials, step by step
    python benchmarks/vision.py seeds    depth 56 on the digits, with skips and without, 40 seeds
    python benchmarks/vision.py pets     the drawn cats and dogs: a linear model, and ResNet-20
    python benchmarks/vision.py --write  docs/benchmarks/vision.md from docs/benchmarks/vision.json

Each measurement replaces its part of the JSON file; the exit status is 1 where a target is missed. Run them on an idle
machine: what counts is wall-clock time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import statistics
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch
from vision_loops import BATCH, EPOCHS, EXPERIMENT, LOOPS, serve, tasks

from evalkit.training.environment import available_cpus, cpu_threads
from evalkit.vision.experiment import run
from evalkit.vision.experiment.settings import cpu_has_bf16
from evalkit.vision.images import cats_and_dogs

PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/vision.md"
FACTS = PAGE.with_suffix(".json")
FASTER = 2.0  # the experiment's loop against that of the tutorials
SKIP_AT_LEAST, PLAIN_AT_MOST, SECONDS_AT_MOST, SEEDS_AT_LEAST = 0.95, 0.45, 20.0, 0.95
TRIED, SEEDS = 20, 40  # batch size and learning rates were chosen on the first ones
LINEAR_BELOW, RESNET_AT_LEAST = 0.75, 0.90


# ------------------------------------------------------------------------------------------------ images per second
def measure_loop(rounds: int) -> dict[str, Any]:
    """Training images per second, validation included: for each network and loop, the best of some rounds."""
    context = multiprocessing.get_context("spawn")
    measured = {}
    for number, task in enumerate(tasks()):
        loops = [loop for loop in LOOPS if cpu_has_bf16() or loop != "and bf16 autocast"]
        servers = {}
        for loop in loops:
            mine, theirs = context.Pipe()
            process = context.Process(target=serve, args=(number, loop, theirs))
            process.start()
            servers[loop] = mine, process
        times: dict[str, list[float]] = {loop: [] for loop in loops}
        for turn in range(-1, rounds):  # the first round loads and warms up, and does not count
            for loop in loops if turn % 2 else reversed(loops):
                orders, _ = servers[loop]
                orders.send(True)
                seconds = orders.recv()
                if turn >= 0:
                    times[loop].append(seconds)
        for orders, process in servers.values():
            orders.send(False)
            process.join()
        rates = {loop: len(task.data.train_y) / min(values) for loop, values in times.items()}
        measured[task.name] = {"rates": rates, "precision": task.precision}
        print(task.name, {loop: round(rate) for loop, rate in rates.items()}, flush=True)
    return {"rounds": rounds, "networks": measured}


# -------------------------------------------------------------------------------------------------------- the seeds
def measure_seeds(folder: Path | None) -> dict[str, Any]:
    """Depth 56 on the digits, with skips and without. With a folder it goes on where it was stopped."""
    results = run("digits", depths=[56], seeds=range(SEEDS), width=8, epochs=8, folder=folder)
    rows = []
    for seed in range(SEEDS):
        skip, plain = (results.get(56, skip, seed) for skip in (True, False))
        rows.append(
            {
                "seed": seed,
                "skip": skip.last.valid.accuracy,
                "plain": plain.last.valid.accuracy,
                "seconds": skip.seconds + plain.seconds,
            }
        )
    return {"rows": rows, "precision": results.environment["precision"], "batch": results.runs[0].settings.batch_size}


def reaches(row: dict[str, float]) -> bool:
    """Whether a seed meets the target: both accuracies and the time."""
    return row["skip"] >= SKIP_AT_LEAST and row["plain"] <= PLAIN_AT_MOST and row["seconds"] <= SECONDS_AT_MOST


# ---------------------------------------------------------------------------------------------------- cats and dogs
PETS = {"n_train": 8000, "n_valid": 500}
PETS_TRAINING = {
    "depths": [20],
    "skips": [True],
    "width": 16,
    "epochs": 14,
    "batch_size": 64,
    "learning_rate": 0.05,
    "augment": True,
}


def measure_pets(seeds: int) -> dict[str, Any]:
    """How well a linear model of the pixels tells cats from dogs, and how well ResNet-20 does."""
    from sklearn.linear_model import LogisticRegression

    data = cats_and_dogs(**PETS)
    x, valid_x = (part.flatten(1).numpy() for part in (data.train_x, data.valid_x))
    strengths = (1e-5, 1e-4, 1e-3, 1e-2)
    linear = max(
        LogisticRegression(C=strength, max_iter=300).fit(x, data.train_y).score(valid_x, data.valid_y)
        for strength in strengths
    )
    results = run(data, seeds=range(seeds), **PETS_TRAINING)
    rows = [
        {
            "seed": one.settings.seed,
            "accuracy": one.last.valid.accuracy,
            "recall": one.last.valid.recall,
            "seconds": one.seconds,
        }
        for one in results.runs
    ]
    return {"linear": linear, "rows": rows, "precision": results.environment["precision"], "training": PETS_TRAINING}


# -------------------------------------------------------------------------------------------------------- the page
def page(facts: dict[str, Any]) -> str:
    """Return the page in Markdown: only what was measured."""
    lines = [
        "# How fast the networks train, and how well",
        "",
        "Written by `python benchmarks/vision.py --write` from what its measurements left in `vision.json`.",
        "",
    ]
    for part, write in {"loop": loop_page, "seeds": seeds_page, "pets": pets_page}.items():
        if part in facts:
            lines += [*write(facts[part]), machine(facts[part]["machine"]), ""]
    return "\n".join(lines)


def machine(facts: dict[str, Any]) -> str:
    return (
        f"*Measured on {facts['cpu']}, {facts['cpus']} cores, {facts['threads']} threads, torch {facts['torch']}, "
        f"Python {facts['python']}.*"
    )


def loop_page(facts: dict[str, Any]) -> list[str]:
    lines = [
        "## Images per second",
        "",
        "Training images per second, with validation after each epoch counted in. Every loop trains the same network "
        f"on the same images in batches of {BATCH}, and measures loss and accuracy on both parts. The tutorial loop "
        "reads a `DataLoader` over PIL images with `ToTensor` and `Normalize`, and computes in float32 with contiguous "
        "tensors. Each further row adds one step to the row above it, but for the one with loader processes, which "
        "stands by itself, and on digits the row on memory, which is in float32 as those below it. The experiment's "
        "loop also keeps precision, recall and F1 of each class and the gradient norm of each layer, and computes in "
        "the precision in brackets. The last row is what `python -m evalkit.vision.experiment` does with two networks "
        "of this kind: each has a thread, and the images of both count. "
        f"The experiment trains {EPOCHS} epochs, and draws the initial weights within the time. Each loop has a "
        f"process of its own. Best of {facts['rounds']} rounds in turn.",
        "",
    ]
    for name, network in facts["networks"].items():
        rates = network["rates"]
        base = rates["tutorial loop"]
        lines += [f"### {name}", "", "| Loop | Images per second | Against the tutorial loop |", "|---|---:|---:|"]
        for loop, rate in rates.items():
            label = f"{loop} ({network['precision']})" if "experiment" in loop else loop
            lines.append(f"| {label} | {rate:,.0f} | {rate / base:.2f}× |")
        verdict = "reached" if rates[EXPERIMENT] >= FASTER * base else "not reached"
        lines += ["", f"The target of {FASTER:g}× is {verdict} here.", ""]
    return lines


def seeds_page(facts: dict[str, Any]) -> list[str]:
    rows = facts["rows"]
    tried, new = (sum(reaches(row) for row in part) for part in (rows[:TRIED], rows[TRIED:]))
    lines = [
        "## Depth 56 on the digits: with skips and without",
        "",
        "1,297 images for training, 500 for validation, width 8, 8 epochs, momentum 0.9, learning rate 0.1 (0.02 in "
        f"the first epoch, 0.05 and 0.01 in the last two), batches of {facts['batch']}, {facts['precision']}. The "
        "split is always the same; the seed draws the initial weights and the order of the images. The target is at "
        f"least {SKIP_AT_LEAST:.0%} validation accuracy with skips, at most {PLAIN_AT_MOST:.0%} without, and both "
        f"trained in {SECONDS_AT_MOST:g} s together. They were trained side by side, each with a thread, and the "
        "seconds of the two are added up. "
        f"**{tried + new} of {len(rows)} seeds** meet it: {tried} of the {TRIED} on which batch size and learning "
        f"rates were chosen, and {new} of the {len(rows) - TRIED} others.",
        "",
        "| | With skips | Plain | Seconds for both |",
        "|---|---:|---:|---:|",
    ]
    for name, of in {"lowest": min, "median": statistics.median, "highest": max}.items():
        skip, plain, seconds = (of(row[column] for row in rows) for column in ("skip", "plain", "seconds"))
        lines.append(f"| **{name}** | {skip:.1%} | {plain:.1%} | {seconds:.1f} |")
    lines += [f"| seed {r['seed']} | {r['skip']:.1%} | {r['plain']:.1%} | {r['seconds']:.1f} |" for r in rows]
    return [*lines, ""]


def pets_page(facts: dict[str, Any]) -> list[str]:
    training = facts["training"]
    lines = [
        "## Drawn cats and dogs",
        "",
        f"{PETS['n_train']:,} images for training, of which about 4 % bear the wrong label, and {PETS['n_valid']} for "
        f"validation. Logistic regression on the pixels, with the best of four strengths of regularisation, reaches "
        f"**{facts['linear']:.1%}** validation accuracy. ResNet-20 of width {training['width']}, {training['epochs']} "
        f"epochs in batches of {training['batch_size']}, learning rate {training['learning_rate']} with a warm-up "
        f"and a fall at the end, images shifted and mirrored at random, {facts['precision']}. The networks were "
        "trained side by side, as far as there are threads, so their seconds overlap:",
        "",
        "| Seed | Accuracy | Recall of cats | Recall of dogs | Seconds |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in facts["rows"]:
        cats, dogs = row["recall"]
        lines.append(f"| {row['seed']} | {row['accuracy']:.1%} | {cats:.1%} | {dogs:.1%} | {row['seconds']:.0f} |")
    verdict = "not reached" if missed("pets", facts) else "reached"
    goal = f"less than {LINEAR_BELOW:.0%} for the linear model and at least {RESNET_AT_LEAST:.0%} for ResNet-20"
    return [*lines, "", f"The target, {goal}, is {verdict} here.", ""]


def missed(part: str, facts: dict[str, Any]) -> list[str]:
    """Return a sentence for each target that a measurement missed."""
    if part == "loop":
        rates = {name: network["rates"] for name, network in facts["networks"].items()}
        gains = {name: rate[EXPERIMENT] / rate["tutorial loop"] for name, rate in rates.items()}
        return [
            f"{name}: {gain:.2f}×, at least {FASTER:g}× was wanted" for name, gain in gains.items() if gain < FASTER
        ]
    if part == "seeds":
        share = statistics.mean(reaches(row) for row in facts["rows"])
        return [f"{share:.1%} of the seeds, at least {SEEDS_AT_LEAST:.0%} were wanted"] * (share < SEEDS_AT_LEAST)
    worst = min(row["accuracy"] for row in facts["rows"])
    sentences = [f"ResNet-20 reaches {worst:.3f}, at least {RESNET_AT_LEAST} was wanted"] * (worst < RESNET_AT_LEAST)
    return sentences + [f"the linear model reaches {facts['linear']:.3f}"] * (facts["linear"] >= LINEAR_BELOW)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], "loop", "seeds", "pets"], help="what to measure")
    parser.add_argument("--rounds", type=int, default=4, help="of the loops")
    parser.add_argument("--pet-seeds", type=int, default=3, help="how often ResNet-20 learns cats and dogs")
    parser.add_argument("--folder", type=Path, help="keep checkpoints of the seeds here, and go on from them")
    parser.add_argument("--write", action="store_true", help="write the page")
    options = parser.parse_args()
    facts = json.loads(FACTS.read_text(encoding="utf-8")) if FACTS.is_file() else {}
    measurements = {
        "loop": partial(measure_loop, options.rounds),
        "seeds": partial(measure_seeds, options.folder),
        "pets": partial(measure_pets, options.pet_seeds),
    }
    complaints = []
    for part in options.parts:
        with cpu_threads(None) as threads:
            facts[part] = measurements[part]()
        facts[part]["machine"] = {
            "cpu": processor(),
            "cpus": available_cpus(),
            "threads": threads,
            "torch": str(torch.__version__),
            "python": platform.python_version(),
        }
        complaints += missed(part, facts[part])
        FACTS.parent.mkdir(parents=True, exist_ok=True)
        FACTS.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.write:
        PAGE.write_text(page(facts), encoding="utf-8")
    if options.parts:
        print("\n".join(complaints) if complaints else "All targets are met.")
    return 1 if complaints else 0


def processor() -> str:
    """Return the name of the CPU, and whether it computes in bf16."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name} ({'with' if cpu_has_bf16() else 'without'} bf16)"


if __name__ == "__main__":
    sys.exit(main())
