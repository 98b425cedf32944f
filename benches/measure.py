"""Measuring and printing, shared by the benchmarks."""

import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 7


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Time the work several times and return the shortest time, in seconds."""
    return best_of([work], rounds)[0]


def best_of(
    works: Sequence[Callable[[], object]],
    rounds: int = ROUNDS,
    enough: float = float("inf"),
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Time every work in each round and return the shortest time of each.

    The rounds are interleaved, so that other load on the machine affects all of them. No round begins after
    `enough` seconds.
    """
    shortest = [float("inf")] * len(works)
    begin = clock()
    for turn in range(rounds):
        if turn and clock() - begin > enough:
            break
        for number, work in enumerate(works):
            start = clock()
            work()
            shortest[number] = min(shortest[number], clock() - start)
    return shortest


def each(scrub: Callable[[str], str], texts: list[str]) -> Callable[[], None]:
    """Return the work of scrubbing every text once."""

    def work() -> None:
        for text in texts:
            scrub(text)

    return work


def machine() -> str:
    """Return the name of the processor, as the system reports it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def row(title: str, cells: Sequence[str], width: int = 15) -> None:
    """Print one line of a table at once: a run may take minutes."""
    print(f"{title:40}" + "".join(f"{cell:>{width}}" for cell in cells), flush=True)
