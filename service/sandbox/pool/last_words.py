"""The last words of an engine process: the end of what it and its libraries wrote to standard error and output."""

import os

# What a log line tells, and what is read at once: a pipe's capacity.
LONGEST = 4096
PART = 65_536
MOST_PARTS = 64


class LastWords:
    """The reading end of the pipe that an engine process prints to.

    Whoever waits for the process listens in between, so a full pipe stops the process for a moment and no longer;
    one that prints without end waits for its parent, not its parent for it. Not for several threads at once.
    """

    def __init__(self, descriptor: int) -> None:
        """Listen to a pipe that somebody else closes."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._end = b""

    def listen(self) -> bool:
        """Take in one part of what was printed; return False where nothing was. Never waits."""
        try:
            part = os.read(self._descriptor, PART)
        except OSError:
            return False
        # A character more than is told, to see whether there was more.
        self._end = (self._end + part)[-LONGEST - 1 :]
        return bool(part)

    def told(self) -> str:
        """Return the end of it for a log: one line, what is not printable escaped, as it may be a caller's text."""
        for _ in range(MOST_PARTS):
            if not self.listen():
                break
        text = self._end[-LONGEST:].decode("utf-8", "backslashreplace").strip()
        line = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
        return "…" + line if len(self._end) > LONGEST else line
