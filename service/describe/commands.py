"""Writes docs/commands.md from the command line itself."""

from collections.abc import Iterator

import click

HEAD = """# Commands

`genhook …` where it is installed, `python -m service …` in a checkout. Made from the command line by
`python -m service docs commands`. Every command that ends takes `--json` and then prints one JSON object. What is wrong
is told on standard error in one line: the exit code is 2 where the command was worded wrongly, and 1 for everything
else; 0 is success alone.

`genhook completion bash` (`zsh`, `fish`) prints what completes commands and options in a shell; `--help` says where it
belongs.
"""


def build(root: click.Group) -> str:
    """Describe every command below `root`, as Markdown."""
    return "\n".join([HEAD, *(_section(path, command) for path, command in _leaves(root, ()))])


def _leaves(group: click.Group, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """List every command that does something, with the words that lead to it, in the order of the alphabet."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command, path = group.get_command(context, name), (*above, name)
        if isinstance(command, click.Group):
            yield from _leaves(command, path)
        elif command is not None and not command.hidden:
            yield path, command


def _section(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command)
    usage = " ".join(["genhook", *path, *command.collect_usage_pieces(context)])
    lines = [f"## {' '.join(path)}", "", f"    {usage}", "", _text(command.help or "")]
    records = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    described = [f"| `{name}` | {_cell(text)} |" for name, text in records if "--help" not in name]
    if described:
        lines += ["", "| option | |", "|---|---|", *described]
    return "\n".join([*lines, ""])


def _text(text: str) -> str:
    return "\n".join(line.strip() for line in text.replace("\b", "").strip().splitlines())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
