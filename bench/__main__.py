"""`make bench`: every figure beside its goal."""

import asyncio

from bench import first_screen, intake


async def main() -> None:
    print("| figure | measured | goal |\n|---|---|---|")
    for bench in (first_screen, intake):
        async for figure, measured, goal in bench.figures():
            print(f"| {figure} | {measured} | {goal} |", flush=True)


asyncio.run(main())
