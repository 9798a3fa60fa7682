"""The installation's secret key is rotated with every process real: afterwards the old key can go."""

from pathlib import Path

import requests

from tests.support.installation import Installation

OLD, NEW = "o" * 40, "n" * 40


def test_a_rotation_of_the_secret_key_ends(tmp_path: Path) -> None:
    installation = Installation(tmp_path, workers=1, GENHOOK_SECRET_KEY=OLD)
    try:
        installation.start()
        installation.cli("accounts", "create", "ada", "--plan", "pro", "--credits", "10")
        used = installation.cli("keys", "create", "ada", "--api", "generor")
        idle = installation.cli("keys", "create", "ada", "--api", "flixly")
        installation.cli("providers", "set", "ada", "fal", "--key", "fal-key")
        secret = installation.cli("accounts", "secret", "ada")
        installation.stop()

        installation.environment["GENHOOK_SECRET_KEY"] = f"{NEW},{OLD}"
        installation.start()
        assert status(installation, used["api_key"]) == 200
        rewrapped = installation.cli("secrets", "rewrap")
        # The owner that the first start made has a key too, which nobody used.
        assert [key["prefix"] for key in rewrapped["keys_on_old"] if key["account"] == "ada"] == [idle["prefix"]]
        installation.stop()

        installation.environment["GENHOOK_SECRET_KEY"] = NEW
        installation.start()
        assert (status(installation, used["api_key"]), status(installation, idle["api_key"])) == (200, 401)
        assert installation.cli("accounts", "secret", "ada") == secret
        assert installation.cli("secrets", "rewrap") == {"rewrapped": 0, "finished": True, "keys_on_old": []}
        assert requests.get(f"{installation.url}/.well-known/webhook-keys.json", timeout=10).ok
        assert installation.stop() == 0
    finally:
        installation.close()


def status(installation: Installation, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.get(f"{installation.url}/v1/account", headers=headers, timeout=10).status_code
