"""Files that are there, without the work of making them."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from service.store.clock import now
from service.store.tables import files
from tests.support.house import Account

PICTURE = b"\x89PNG\r\n\x1a\nprivate"


def kept_file(account: Account, name: str = "image-1.png", *, private: bool = True, content: bytes = PICTURE) -> str:
    """Store a file of the account, as a finished run leaves one; its public path."""
    context, path = account.house.context, f"users/{account.user_id}/img/{name}"
    with TemporaryDirectory() as folder:
        local = Path(folder) / "file"
        local.write_bytes(content)
        context.objects.put(f"objects/{path}", local)
    row = {
        "path": path,
        "account_id": account.id,
        "object": f"objects/{path}",
        "content_type": "image/png",
        "size": len(content),
        "private": private,
        "created_at": now(),
    }
    context.database.write(lambda db: db.execute(insert(files).values(**row)))
    return path
