"""The least pace of a connection: never ten seconds without a byte, 8 KB/s on average after half a minute."""

from dataclasses import dataclass

SILENT_S = 10.0
AVERAGED_AFTER_S = 30.0
BYTES_PER_S = 8 * 1024


@dataclass(slots=True)
class TransferPace:
    """Bytes in one direction since `began`, the last of them at `moved` (both monotonic)."""

    began: float
    moved: float
    amount: int = 0

    @classmethod
    def starting(cls, moment: float) -> "TransferPace":
        """Nothing has moved yet."""
        return cls(moment, moment)

    def note(self, amount: int, moment: float) -> None:
        """So many bytes moved now."""
        self.amount += amount
        self.moved = moment

    def too_slow(self, moment: float) -> bool:
        """Return whether the other side has stalled, or drips."""
        elapsed = moment - self.began
        if moment - self.moved > SILENT_S:
            return True
        return elapsed > AVERAGED_AFTER_S and self.amount < BYTES_PER_S * elapsed
