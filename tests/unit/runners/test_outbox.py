"""What an agent says waits with its host until it has been fetched: in order, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from penstock.runners.ray import host
from penstock.runners.ray.host import Outbox


@given(answers=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=20))
def test_an_answer_that_was_lost_is_given_again_and_one_that_arrived_is_not(answers: list[tuple[int, bool]]) -> None:
    async def exchange() -> tuple[list[bytes], list[bytes]]:
        outbox, said, heard, got = Outbox(), [], [], 0
        for number, (more, arrives) in enumerate(answers):
            for each in range(more):
                said.append(f"{number}.{each}".encode())
                await outbox.put("frame", said[-1])
            items = await outbox.fetch(got, 0.0)
            if arrives:
                heard += [item.content for item in items if item.number > got]
                got = max([got, *(item.number for item in items)])
        heard += [item.content for item in await outbox.fetch(got, 0.0)]
        return said, heard

    said, heard = asyncio.run(exchange())
    assert heard == said


def test_who_says_more_than_there_is_room_for_waits_until_it_was_fetched() -> None:
    async def overfill() -> list[bool]:
        outbox = Outbox()
        await outbox.put("frame", bytes(host._MOST_WAITING_BYTES))
        second = asyncio.create_task(outbox.put("frame", b"more"))
        seen = []
        await asyncio.sleep(0)
        seen.append(second.done())
        (first,) = await outbox.fetch(0, 0.0)
        await asyncio.sleep(0)
        seen.append(second.done())  # it was told, but not yet said to have arrived
        await outbox.fetch(first.number, 1.0)
        await second
        return seen

    assert asyncio.run(overfill()) == [False, False]
