"""Requests that arrive together: in one group, fairly, and never asked for again where a group fails."""

import asyncio
import threading
from typing import Any

from service.web.edge.groups import AT_ONCE, MOST, MOST_OF_ONE, Groups
from service.web.edge.wsgi import FAULT, WsgiAnswer


class Counting:
    """Answers once it may, and keeps who was in each group."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.may = threading.Event()

    def takes(self, environ: dict[str, Any]) -> bool:
        return True

    def answer(self, environs: list[dict[str, Any]]) -> list[WsgiAnswer | None]:
        self.groups.append([environ["from"] for environ in environs])
        assert self.may.wait(20)
        return [WsgiAnswer(202) for _ in environs]


class Failing(Counting):
    def answer(self, environs: list[dict[str, Any]]) -> list[WsgiAnswer | None]:
        raise RuntimeError("after some were accepted")


def test_who_comes_while_others_are_answered_is_in_the_next_group() -> None:
    entrance = Counting()

    async def all_of_them() -> list[WsgiAnswer | None]:
        groups = Groups(entrance)
        waiting = [asyncio.create_task(groups.answer({"from": "a"}, "a")) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        waiting += [asyncio.create_task(groups.answer({"from": "b"}, "b")) for _ in range(10)]
        await asyncio.sleep(0.2)
        entrance.may.set()
        return list(await asyncio.gather(*waiting))

    assert all(answer is not None for answer in asyncio.run(all_of_them()))
    assert len(entrance.groups) <= AT_ONCE + 2
    assert sum(map(len, entrance.groups)) == AT_ONCE + 10


def test_an_address_that_floods_leaves_places_in_the_next_group_to_others() -> None:
    entrance = Counting()

    async def flooded() -> int:
        groups = Groups(entrance)
        flood = [asyncio.create_task(groups.answer({"from": "flood"}, "flood")) for _ in range(4 * MOST)]
        await asyncio.sleep(0.1)
        other = asyncio.create_task(groups.answer({"from": "other"}, "other"))
        await asyncio.sleep(0.1)
        entrance.may.set()
        await other
        before = sum(task.done() for task in flood)
        await asyncio.gather(*flood)
        return before

    assert asyncio.run(flooded()) <= MOST_OF_ONE + MOST


def test_a_group_that_fails_is_told_so_and_asked_for_by_nobody_again() -> None:
    environ: dict[str, Any] = {"from": "a"}

    async def one() -> WsgiAnswer | None:
        return await Groups(Failing()).answer(environ, "a")

    assert asyncio.run(one()) is None
    assert str(environ[FAULT]) == "after some were accepted"
