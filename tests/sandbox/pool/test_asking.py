"""Tasks that are asked for together: answered in their order, and none of them harmed by another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import ServiceError
from service.sandbox.job import Job
from service.sandbox.pool import Asking, EnginePool, PoolClosed, asking, pool
from service.sandbox.pool.limits import limits_of
from tests.support import engines

JOKE = Job("text", "any", "Tell me a joke about cats", 1, 1, {"generator": "joke"})


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[EnginePool]:
    """A pool whose one process does what each prompt says."""
    usual = replace(limits_of("text"), wall_s=1.0)
    monkeypatch.setattr(pool, "limits_of", lambda *_: usual)
    faking = EnginePool(tmp_path / "engines", 1, program="tests.fakes.engine")
    yield faking
    faking.close()


def jobs(*prompts: str) -> list[tuple[Job, pool.Wanted]]:
    return [(replace(JOKE, prompt=prompt), lambda: True) for prompt in prompts]


def answers(asked: Asking) -> list[str]:
    """Return each text, or the code that it failed with."""
    found = []
    while asked.left:
        try:
            (product,) = asked.answer()
            assert product.fields is not None
            found.append(product.fields["text"])
        except ServiceError as error:
            found.append(error.code)
        except PoolClosed:
            found.append("closed")
    return found


def test_texts_that_are_asked_for_together_are_those_that_are_asked_for_alone(tmp_path: Path) -> None:
    shared = engines.shared()
    alike = [replace(JOKE, seed=seed) for seed in range(40)]
    alone = [shared.make(job, tmp_path)[0].fields for job in alike]
    with shared.ask([(job, lambda: True) for job in alike]) as asked:
        together = [asked.answer()[0].fields for _ in alike]
    assert together == alone
    assert not asked.left


def test_a_task_that_ends_its_process_takes_no_other_with_it(fake: EnginePool) -> None:
    prompts = ["right 1", "its end", "right 2", "no JSON", "nothing for ever", "an index of another item", "right 3"]
    with fake.ask(jobs(*prompts)) as asked:
        found = answers(asked)
    failed = "provider_error"
    assert found == ["right 1", failed, "right 2", failed, "timed_out", failed, "right 3"]


def test_a_task_that_nobody_wants_is_left_and_the_others_are_worked(fake: EnginePool) -> None:
    unwanted = (replace(JOKE, prompt="nothing for ever"), lambda: False)
    with fake.ask([*jobs("right 1"), unwanted, *jobs("right 2")]) as asked:
        assert answers(asked) == ["right 1", "closed", "right 2"]


def test_answers_that_nobody_waits_for_are_nobody_elses(fake: EnginePool, tmp_path: Path) -> None:
    with fake.ask(jobs("right 1", "right 2", "right 3")) as asked:
        asked.answer()
    (product,) = fake.make(replace(JOKE, prompt="right 4"), tmp_path)
    assert product.fields == {"text": "right 4"}


def test_what_was_sent_is_answered_after_a_stop_and_what_was_not_is_left(fake: EnginePool) -> None:
    long = ["right " + "x" * (asking.AHEAD // 3) + str(number) for number in range(6)]
    with fake.ask(jobs(*long)) as asked:
        asked.answer()
        asked.stop()
        rest = answers(asked)
    assert rest == long[1 : 1 + len(rest)]
    assert 0 < len(rest) < 5


@pytest.mark.parametrize("size", [1000, 200_000])
def test_tasks_and_answers_larger_than_a_pipe_stop_nobody(fake: EnginePool, size: int) -> None:
    long: Sequence[str] = ["right " + "x" * size + str(number) for number in range(60_000 // size + 3)]
    with fake.ask(jobs(*long)) as asked:
        assert answers(asked) == long


def test_a_pool_that_is_closed_answers_nothing_more(fake: EnginePool) -> None:
    with fake.ask(jobs("right 1", "nothing for ever", "right 2")) as asked:
        asked.answer()
        fake.close()
        assert answers(asked) == ["closed", "closed"]
