"""`python -m tests.simulation PHONES OPERATIONS [SEED]`: ends with one line, and with 1 when anything was lost, twice or stuck."""

import asyncio
import logging
import resource
import secrets
import sys

import structlog

from tests.simulation.running import Outcome, simulate


def main() -> None:
    phones, operations = int(sys.argv[1]), int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] else secrets.token_hex(4)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def told(hours: int, done: int) -> None:
        print(f"hour {hours}: {done} of {phones * operations}", file=sys.stderr, flush=True)

    outcome = asyncio.run(simulate(phones, operations, seed, on_hour=told))
    tell(outcome)
    sys.exit(not outcome.verdict.is_good)


def tell(outcome: Outcome) -> None:
    told = outcome.verdict
    faults = ", ".join(f"{count} {name}" for name, count in sorted(outcome.met.items(), key=lambda one: -one[1]))
    held = ", ".join(f"{count} {code}" for code, count in told.held.most_common())
    print(f"{told.sealed} visits and {told.rechecks} re-checks sealed, {len(told.overtaken)} overtaken; held: {held}")
    print(f"faults: {faults}; the server was killed {outcome.kills} times")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{outcome.took:.0f} s, {memory} MB; {len(told.wiped)} went with a phone's storage before they were sent")
    for word, found in (("lost", told.lost), ("twice", told.twice), ("stuck", told.stuck), ("wrong", told.faults)):
        for one in found[:10]:
            print(f"{word}: {one}")
    for line in outcome.trace:
        print(f"  {line}")
    print(outcome.line)


if __name__ == "__main__":
    main()
