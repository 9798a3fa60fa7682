"""Full-text search that means the same on both databases.

All words must occur, whole; case and accents are folded; no stemming, no stop words; operators are plain text.
Source: contract, section 6.
"""

import re
import unicodedata

WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The folded words of a text, in order: `Crème BRÛLÉE!` is `["creme", "brulee"]`."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    return WORD.findall(plain.replace("_", " "))


def folded(text: str) -> str:
    """The folded words with a space on both sides of each, as they are stored and looked for."""
    return f" {' '.join(words(text))} "
