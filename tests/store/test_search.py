"""Words are cut once for both databases, and the index knows the public creations, all of them and no others."""

from pathlib import Path
from time import process_time
from typing import Any

import pytest
from alembic import command
from sqlalchemy import delete, insert, update

from service.store import migrate as migrations
from service.store.database import Database
from service.store.migrate import migrate
from service.store.search import LONGEST, folded, found, words
from service.store.tables import accounts, creations


@pytest.fixture
def database(database: Database) -> Database:
    """With one account."""
    enter_account(database)
    return database


def enter_account(database: Database) -> None:
    row = {"id": "a", "user_id": 1, "name": "a", "plan": "pro", "secrets": "", "created_at": 1}
    database.write(lambda db: db.execute(insert(accounts).values(**row)))


def enter(database: Database, prompt: str, **columns: Any) -> int:
    row = {
        "account_id": "a",
        "user_id": 1,
        "run_id": "r",
        "item": 0,
        "generator": "dad-joke",
        "model_id": 37,
        "type": "text",
        "prompt": prompt,
        "words": folded(prompt),
        "privacy_mode": 0,
        "license": 1,
        "made": True,
        "created_at": 1,
        **columns,
    }
    query = insert(creations).values(**row).returning(creations.c.id)
    return int(database.write(lambda db: db.execute(query).scalar_one()))


def search(database: Database, q: str, generator: str | None = None) -> list[int]:
    with database.read() as db:
        return sorted(db.execute(found(db, words(q), generator)).scalars())


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Crème BRÛLÉE!", ["creme", "brulee"]),
        ("snake_case and-hyphens don't", ["snake", "case", "and", "hyphens", "don", "t"]),
        ("Straße STRASSE İzmir", ["strasse", "strasse", "izmir"]),
        ("ﬁne 𝐀rt Ⅳ ½", ["fine", "art", "iv", "1", "2"]),
        ("किताब", ["किताब"]),
        ("3.5 100% #1", ["3", "5", "100", "1"]),
        ("", []),
        ("!? -- * \" ' ()", []),
    ],
)
def test_a_text_is_cut_into_folded_words(text: str, cut: list[str]) -> None:
    assert words(text) == cut


def test_a_word_of_any_length_is_itself_and_no_other() -> None:
    (short,), (long,), (other,) = words("x" * LONGEST), words("x" * (LONGEST + 1)), words("x" * (LONGEST + 2))

    assert short == "x" * LONGEST
    assert len({short, long, other}) == 3
    assert max(len(long), len(other)) <= 64


def test_the_index_follows_every_way_a_creation_appears_and_goes(database: Database) -> None:
    def change(creation: int, **columns: Any) -> None:
        database.write(lambda db: db.execute(update(creations).where(creations.c.id == creation).values(**columns)))

    first, unmade = enter(database, "red kite"), enter(database, "red kite", made=False)
    hidden, gone = enter(database, "red kite", privacy_mode=1), enter(database, "red kite", deleted_at=1)
    assert search(database, "kite red") == [first]

    change(unmade, made=True)
    change(hidden, privacy_mode=0)
    assert search(database, "red") == [first, unmade, hidden]
    change(first, words=folded("blue kite"))
    assert (search(database, "red"), search(database, "blue")) == ([unmade, hidden], [first])
    change(first, license=2)
    change(first, deleted_at=5)
    change(unmade, privacy_mode=1)
    assert search(database, "kite") == [hidden]
    database.write(lambda db: db.execute(delete(creations).where(creations.c.id.in_((hidden, gone)))))
    assert search(database, "kite") == []


def test_a_generator_is_one_word_that_no_prompt_holds(database: Database) -> None:
    kite = enter(database, "kite")
    other = enter(database, "kite -dad-joke dad joke", generator="joke")

    assert search(database, "kite", "dad-joke") == [kite]
    assert search(database, "kite", "joke") == [other]
    assert search(database, "dad-joke") == [other]
    for strange in ("dad", "-dad-joke", 'dad-joke" OR "kite', "Dad-Joke", ""):
        assert search(database, "kite", strange) == []


def test_what_was_there_before_the_index_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    old = Database(url)
    old.write(lambda db: command.upgrade(migrations._config(db), "0006"))
    enter_account(old)
    public = enter(old, "an old kite")
    enter(old, "an old kite", privacy_mode=1)

    migrate(url)

    assert search(old, "kite") == search(old, "kite", "dad-joke") == [public]


@pytest.mark.parametrize(
    "accents",
    ["\u0301" * 40_000 + "\u0316" * 40_000, "\u0f73" * 40_000, "\uff9e\u0334" * 40_000, "\u0344\u0316" * 40_000],
)
def test_thousands_of_accents_on_one_letter_fold_at_once(accents: str) -> None:
    began = process_time()
    assert folded(f"kite a{accents} kite").split()[0] == "kite"
    assert process_time() - began < 1
