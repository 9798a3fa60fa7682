"""Full-text search that means the same on both databases.

All words must occur, whole; case and accents are folded; no stemming, no stop words; operators are plain text. The
words are cut here, once for both: what the databases index (SQLite by FTS5, PostgreSQL by GIN) is a list of finished
words, which their own notion of a word never touches.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from sqlalchemy import (
    ARRAY,
    Connection,
    Integer,
    Select,
    Text,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
    table,
)

from service.store.tables import PUBLIC, creations

# A longer word is known by its digest, since an index takes no key of any length.
LONGEST = 64
# Accents in a row on one letter, as many as Unicode's stream-safe texts have; Python sorts them by insertion.
MOST_ACCENTS = 30
LAST_LATIN = "\u00ff"
SLUG = re.compile(r"[a-z0-9-]+")
NO_WORD = re.compile(r"[^a-z0-9]+")
_INDEX = table("creation_words", column("rowid", Integer))


def words(text: str) -> list[str]:
    """The folded words of a text, in order: `Crème BRÛLÉE!` is `["creme", "brulee"]`."""
    # Without an accent there is nothing to take apart: one pass instead of a look at each letter.
    apart = NO_WORD.sub(" ", text.lower()) if text.isascii() else _apart(_plain(text))
    return [word if len(word) <= LONGEST else _digest(word) for word in apart.split()]


def folded(text: str) -> str:
    """The folded words with a space on both sides of each, as they are stored and looked for."""
    return f" {' '.join(words(text))} "


def found(db: Connection, wanted: Sequence[str], generator: str | None = None) -> Select[tuple[int]]:
    """The ids of the public creations whose prompt holds all `wanted` words (as `words` cuts them).

    None where there is no word. With `generator`, only those made with it.
    """
    if not wanted or (generator is not None and SLUG.fullmatch(generator) is None):
        return select(creations.c.id).where(false())
    if db.dialect.name == "sqlite":
        # Quoted, a word is no operator; none holds a quote. A generator is indexed as a word that no prompt can hold.
        sought = [*wanted, *([] if generator is None else [f"-{generator}"])]
        match = column("creation_words").op("MATCH")(" ".join(f'"{word}"' for word in sought))
        return select(_INDEX.c.rowid.label("id")).where(match)
    stored = func.string_to_array(func.btrim(creations.c.words), literal_column("' '"))
    query = select(creations.c.id).where(PUBLIC, stored.op("@>")(cast(list(wanted), ARRAY(Text))))
    return query if generator is None else query.where(creations.c.generator == generator)


def _plain(text: str) -> str:
    """Without case and accents. Twice: what is decomposed (𝐀, ﬁ) has a case of its own."""
    text = "".join(_few_accents(text))
    for _ in range(2):
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return text.casefold()


def _few_accents(text: str) -> Iterator[str]:
    accents = 0
    for letter in text:
        # Some letters that are no accents are taken apart into accents alone.
        is_accent = letter > LAST_LATIN and unicodedata.combining(unicodedata.normalize("NFKD", letter)[0])
        accents = accents + 1 if is_accent else 0
        if accents <= MOST_ACCENTS:
            yield letter


def _apart(text: str) -> str:
    """A space for all that is no part of a word: letters, numbers and the vowel signs of Indic scripts are."""
    return "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in text)


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
