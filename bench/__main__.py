"""`make bench`: every figure beside its goal."""

import asyncio

from bench import (
    bulk,
    cut_line,
    first_screen,
    imports,
    intake,
    line,
    lists,
    overview,
    pack,
    paper,
    photos,
    ready,
    reminders,
    search,
    taps,
)


async def main() -> None:
    print("| figure | measured | goal |\n|---|---|---|")
    for bench in (first_screen, ready, taps, line, cut_line, pack, intake, reminders, photos, imports, lists, bulk, overview, search, paper):
        async for figure, measured, goal in bench.figures():
            print(f"| {figure} | {measured} | {goal} |", flush=True)


asyncio.run(main())
