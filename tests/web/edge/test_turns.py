"""The request threads of a process, shared between addresses."""

import asyncio
from contextlib import AsyncExitStack

from service.web.edge.turns import Turns


def test_an_address_that_floods_leaves_threads_to_others() -> None:
    async def attack() -> list[str]:
        turns, order = Turns(8, 6), list[str]()
        leave = asyncio.Event()

        async def ask(address: str, stays: bool) -> None:
            async with turns.turn(address):
                order.append(address)
                if stays:
                    await leave.wait()

        flood = [asyncio.create_task(ask("10.0.0.1", stays=True)) for _ in range(40)]
        await asyncio.sleep(0)
        await asyncio.wait_for(ask("10.0.0.2", stays=False), 5)
        leave.set()
        await asyncio.wait_for(asyncio.gather(*flood), 5)
        return order

    order = asyncio.run(attack())
    assert order[:7] == ["10.0.0.1"] * 6 + ["10.0.0.2"]
    assert len(order) == 41


def test_addresses_that_wait_are_let_in_one_after_the_other() -> None:
    async def wait() -> list[str]:
        turns, order = Turns(1, 1), list[str]()

        async def ask(address: str) -> None:
            async with turns.turn(address):
                order.append(address)

        async with AsyncExitStack() as held:
            await held.enter_async_context(turns.turn("10.0.0.9"))
            asked = [asyncio.create_task(ask(address)) for address in ("a", "a", "a", "b", "c")]
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*asked), 5)
        return order

    assert asyncio.run(wait()) == ["a", "b", "c", "a", "a"]


def test_who_leaves_while_waiting_takes_nobodys_turn() -> None:
    async def wait() -> bool:
        turns = Turns(1, 1)
        async with turns.turn("a"):
            leaving = asyncio.create_task(turns.turn("b").__aenter__())
            await asyncio.sleep(0)
            leaving.cancel()
        async with asyncio.timeout(5), turns.turn("c"):
            return True

    assert asyncio.run(wait())
