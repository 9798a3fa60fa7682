"""Records that an action's first example can be run on: what it names by number is made first."""

from collections.abc import Callable, Mapping
from typing import Any

from service.definitions import Action
from tests.support.installation import Client

JOKE = {"slug": "joke", "prompt": "A joke about tea", "model_id": 37}
THUMBNAIL = {"video_title": "Tea", "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1, "prompt": "Tea"}
PICTURE = {"model": "flux-dev", "prompt": "Tea"}


class Records:
    """Makes what `caller` needs; `johndoe` and `janedoe` are the other people in the examples."""

    def __init__(self, caller: Client, johndoe: Client, janedoe: Client) -> None:
        self.caller, self.johndoe, self.janedoe = caller, johndoe, janedoe

    def input(self, action: Action) -> dict[str, Any]:
        """The first example's input on records that are there."""
        made = self._made(action)
        return {**action.examples[0]["input"], **made}

    def _made(self, action: Action) -> Mapping[str, Any]:
        by_id: dict[str, Callable[[], Mapping[str, Any]]] = {
            "generor.comments.delete": lambda: {"id": self._comment()},
            "generor.comments.vote": lambda: {"id": self._comment(self.johndoe)},
            "generor.ratings.rate": lambda: {"id": self._creation(self.johndoe)},
            "generor.api_keys.revoke": lambda: {"id": self._call("generor.api_keys.create", {"name": "x"})["key_id"]},
            "generor.teams.join": lambda: {"invite_code": self._team(self.johndoe)["invite_code"]},
            "generor.teams.leave": lambda: {"id": self._joined()},
            "generor.teams.remove_member": self._member,
        }
        by_resource: dict[str, Callable[[], Mapping[str, Any]]] = {
            "flixly.media": lambda: {"id": self._task()},
            "flokan.generations": lambda: {"generation_id": self._generation()},
            "generor.creations": lambda: {"id": self._creation(self.caller)},
            "generor.ratings": lambda: {"id": self._creation(self.caller)},
            "generor.comments": lambda: {"id": self._creation(self.caller)},
            "generor.teams": lambda: {"id": self._team(self.caller)["team_id"]},
        }
        if not {"id", "generation_id", "invite_code"} & action.examples[0]["input"].keys():
            return {}
        return by_id.get(action.id, by_resource.get(f"{action.api.name}.{action.resource}", dict))()

    def _call(self, action: str, values: Mapping[str, Any], as_: Client | None = None) -> Any:
        return (as_ or self.caller).submit(action, dict(values))["output"]

    def _ended(self, action: str, values: Mapping[str, Any], as_: Client | None = None) -> dict[str, Any]:
        client = as_ or self.caller
        run = client.ended(client.submit(action, dict(values))["id"])
        assert run["status"] == "completed", run
        return run

    def _creation(self, owner: Client) -> int:
        run = self._ended("generor.generators.generate", JOKE, owner)
        creation: int = run["output"]["creations"][0]["creation_id"]
        return creation

    def _task(self) -> str:
        task: str = self._ended("flixly.media.generate", PICTURE)["output"]["id"]
        return task

    def _generation(self) -> str:
        generation: str = self._ended("flokan.thumbnails.generate", THUMBNAIL)["output"]["id"]
        return generation

    def _comment(self, author: Client | None = None) -> int:
        values = {"id": self._creation(self.caller), "text": "Nice"}
        comment: int = self._call("generor.comments.create", values, author)["comment_id"]
        return comment

    def _team(self, owner: Client) -> dict[str, Any]:
        team: dict[str, Any] = self._call("generor.teams.create", {"name": "Tea drinkers"}, owner)
        return team

    def _joined(self) -> int:
        team = self._team(self.johndoe)
        self._call("generor.teams.join", {"invite_code": team["invite_code"]})
        joined: int = team["team_id"]
        return joined

    def _member(self) -> dict[str, Any]:
        team = self._team(self.caller)["team_id"]
        member = self._call("generor.teams.add_member", {"id": team, "username": "janedoe"})
        return {"id": team, "user_id": member["user_id"]}
