"""The light a scene stands in: time of day, weather and mood as one set of colours."""

from dataclasses import dataclass
from random import Random

from service.sandbox.pictures.color import Rgb, mix, rgb


@dataclass(frozen=True, slots=True)
class Light:
    """Colours of one hour: the sky from top to horizon, sun or moon, far and near land, water, and one accent."""

    name: str
    sky: tuple[Rgb, Rgb, Rgb]
    sun: Rgb
    haze: Rgb
    land: Rgb
    water: Rgb
    accent: Rgb
    night: bool = False

    def ground(self, nearness: float) -> Rgb:
        """The colour of land at a distance: 0 is the horizon, 1 at the viewer's feet."""
        return mix(self.haze, self.land, nearness)

    @property
    def inks(self) -> dict[str, Rgb]:
        """Name the colours that figures may ask for."""
        top, middle, low = self.sky
        given = {"sun": self.sun, "haze": self.haze, "land": self.land, "water": self.water, "accent": self.accent}
        return {"sky": top, "sky-middle": middle, "sky-low": low, "leaf": self.leaf, **given}

    @property
    def leaf(self) -> Rgb:
        """The colour of what grows here, nearest to the viewer."""
        return mix(self.land, rgb("#2f8f4e"), 0.12 if self.night else 0.3)


def _light(
    name: str, sky: str, sun: str, haze: str, land: str, water: str, accent: str, *, night: bool = False
) -> Light:
    top, middle, horizon = (rgb(code) for code in sky.split())
    return Light(name, (top, middle, horizon), rgb(sun), rgb(haze), rgb(land), rgb(water), rgb(accent), night)


LIGHTS = {
    light.name: light
    for light in (
        _light("day", "#1f7fd6 #6cbcf0 #d9f1fb", "#fff7d6", "#a9cfe0", "#14503f", "#1373b0", "#ff7a3d"),
        _light("golden", "#4d7fb8 #f2b880 #ffe3a3", "#fff6cf", "#f1c68b", "#3b2f2a", "#c77a4a", "#e8503a"),
        _light("sunset", "#2a1458 #c2407a #ffae5c", "#fff0b8", "#e0705f", "#1b1033", "#7a2f6d", "#ffcf4d"),
        _light("dawn", "#3d4a8a #b98bc4 #ffd3c2", "#fff4e4", "#d8a6bd", "#2a2a52", "#7b7fb5", "#ff8f8f"),
        _light("night", "#060b24 #13275a #3b5c98", "#f4f1de", "#2f4d85", "#050a1c", "#102a5c", "#ffd166", night=True),
        _light("aurora", "#04121f #0b3b4a #1f7a6c", "#e8fff4", "#1d5d63", "#03101a", "#0a3540", "#5effb0", night=True),
        _light("neon", "#0d0221 #3a0f6b #ff2e88", "#ffe94d", "#7b1fa2", "#0a0118", "#26124f", "#21e6ff", night=True),
        _light("winter", "#5d8fc2 #b4d3ea #f4f8fb", "#ffffff", "#c6d8e6", "#2b4a66", "#5f95bd", "#e6484f"),
        _light("autumn", "#6a8cae #eec38a #fbe6bf", "#fff3d0", "#dba667", "#4a2618", "#8a6a4a", "#d9481c"),
        _light("mist", "#7d93a6 #b6c4cc #e6e8e4", "#fffdf2", "#b9c6c9", "#233a3f", "#7390a0", "#f2a541"),
        _light("storm", "#141c2b #3a4a60 #8093a3", "#e8eef5", "#5a6c80", "#0d141f", "#26384c", "#ffd23f", night=True),
    )
}

DEFAULTS = ("sunset", "day", "golden", "night", "dawn", "autumn")


def light_for(words: frozenset[str], rng: Random, named: dict[str, list[str]], turn: int = 0) -> Light:
    """The light the words name, else one by chance; `turn` moves to another for each variation."""
    for name, calls in named.items():
        if words.intersection(calls):
            return LIGHTS[name]
    return LIGHTS[DEFAULTS[(rng.randrange(len(DEFAULTS)) + turn) % len(DEFAULTS)]]
