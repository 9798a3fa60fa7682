"""The embedded picture engine: YouTube thumbnails and illustrations, drawn with Pillow and numpy alone.

Bottom up: `color`, `canvas`, `light`, `fonts`; `scenes/`, `textures`, `grades`, `finishes`, `reference`; `subjects`,
`wording`, `typeset`; `boxes`, `plans`, `layout`; `styles`, `inks`, `grounding`, `lettering`, `backdrops`, `stickers`;
`design`, `forms`; `thumbnail` and `artwork`, which join them. Nothing here knows the time, the network or the machine:
the same job gives the same bytes.
"""
