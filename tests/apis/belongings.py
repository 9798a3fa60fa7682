"""Things that belong to an account: how each comes to be, and how its owner sees it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from service.accounts import accounts
from tests.apis.generor.test_creations import enter
from tests.support.house import Account

# Stands in everything that is made here, so that it is known where it shows.
MARK = "zanzibar"
JOKE = {"slug": "joke", "model_id": 37, "prompt": MARK}
# What changes by itself: counters of reads, and signatures, which are made anew at every read.
PASSING = {"view_count"}


@dataclass(frozen=True)
class Thing:
    """`make` answers its name in URLs and inputs; `path` is where its owner reads it, or the list that it is in.

    In the path, `{}` is the name, and `{creation}` the owner's newest creation.
    """

    make: Callable[[Account], Any]
    path: str
    api: str = "generor"

    def seen(self, owner: Account, name: Any) -> tuple[int, Any]:
        """As its owner sees it now."""
        answer = owner.get(self.path.format(name, creation=_newest_creation(owner)), api=self.api)
        return answer.status_code, _lasting(answer.get_json(silent=True))


def _newest_creation(owner: Account) -> int | None:
    created = data(owner.get("/api/v1/creations"))
    return created[0]["creation_id"] if created else None


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(part) for name, part in value.items() if name not in PASSING}
    if isinstance(value, list):
        return [_lasting(part) for part in value]
    return value.partition("?")[0] if isinstance(value, str) else value


def data(answer: Any) -> Any:
    """Return what a Generor answer holds."""
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return answer.get_json()["data"]


def private_creation(account: Account) -> int:
    return enter(account, MARK, privacy_mode=1)


def public_creation(account: Account) -> int:
    return enter(account, "for everybody")


def key(account: Account) -> int:
    return int(data(account.post("/api/v1/api-keys", {"name": MARK}))["key_id"])


def team(account: Account) -> int:
    return int(data(account.post("/api/v1/teams", {"name": MARK}))["team_id"])


def comment(account: Account) -> int:
    """Return what the account said where everybody sees it."""
    return _said(account, public_creation(account))


def private_comment(account: Account) -> int:
    """Return what it said where nobody else does."""
    return _said(account, private_creation(account))


def _said(account: Account, creation: int) -> int:
    return int(data(account.post(f"/api/v1/creations/{creation}/comments", {"text": MARK}))["comment_id"])


def run(account: Account, **members: Any) -> str:
    return str(account.submit("generor.generators.generate", JOKE, **members).get_json()["id"])


def delivery(account: Account) -> str:
    """A callback on its way, of a run that ended."""
    named = run(account, callback_url="http://127.0.0.1:9/hook")
    account.post(f"/v1/runs/{named}/cancel")
    return str(account.get(f"/v1/runs/{named}/deliveries").get_json()["data"][0]["id"])


def subscription(account: Account) -> str:
    asked = {"target_url": "http://127.0.0.1:9/hook", "events": ["run.completed"], "actions": []}
    return str(account.post("/v1/subscriptions", asked).get_json()["id"])


def task(account: Account) -> str:
    asked = {"model": "gpt-5-4", "prompt": MARK}
    return str(account.submit("flixly.media.generate", asked).get_json()["id"])


def generation(account: Account) -> str:
    asked = {"video_title": MARK, "prompt": MARK, "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1}
    digits = account.submit("flokan.thumbnails.generate", asked).get_json()["id"].removeprefix("run_")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def card(account: Account) -> str:
    return str(account.house.context.database.write(lambda db: accounts.create_card(db, account.id, MARK)))


def file(account: Account) -> str:
    """An upload's path, without the signature that opens it to whoever was given the URL."""
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), (180, 60, 40)).save(kept, "PNG")
    return _uploaded(account, kept.getvalue(), f"{MARK}.png")


def clip(account: Account) -> str:
    """A film, as far as its first bytes tell."""
    return _uploaded(account, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64), f"{MARK}.mp4")


def sound(account: Account) -> str:
    """A sound, as far as its first bytes tell."""
    return _uploaded(account, b"RIFF\x40\0\0\0WAVEfmt " + bytes(64), f"{MARK}.wav")


def _uploaded(account: Account, content: bytes, name: str) -> str:
    upload = {"file": (io.BytesIO(content), name)}
    url = str(account.call("POST", "/v1/files", data=upload).get_json()["url"])
    return url.partition("?")[0].removeprefix(account.house.settings.public_url)


THINGS = {
    "private creation": Thing(private_creation, "/api/v1/creations/{}"),
    "public creation": Thing(public_creation, "/api/v1/creations/{}"),
    "comment": Thing(comment, "/api/v1/creations/{creation}/comments"),
    "private comment": Thing(private_comment, "/api/v1/creations/{creation}/comments"),
    "key": Thing(key, "/api/v1/api-keys"),
    "team": Thing(team, "/api/v1/teams/{}"),
    "run": Thing(run, "/v1/runs/{}"),
    "delivery": Thing(delivery, "/v1/runs"),
    "subscription": Thing(subscription, "/v1/subscriptions"),
    "task": Thing(task, "/api/v1/generate/{}", "flixly"),
    "generation": Thing(generation, "/api/v1/thumbnail-generator/generations/{}", "flokan"),
    "card": Thing(card, "/api/v1/thumbnail-generator/generations?card_id={}", "flokan"),
    "file": Thing(file, "{}"),
    "clip": Thing(clip, "{}"),
    "sound": Thing(sound, "{}"),
}
