"""`demo`, `openapi` and `completion`."""

from pathlib import Path

import click
import orjson

from service.cli.root import answer, json_option, settings


@click.command()
@json_option
def demo(as_json: bool) -> None:
    """Run the main job from nothing, and stop everything again.

    With --json the steps go to standard error.
    """
    from service.demo import DemoFailed, main

    try:
        done = main(to_stderr=as_json)
    except DemoFailed as error:
        raise click.ClickException(str(error)) from error
    answer(done, as_json)


@click.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output.")
@json_option
def openapi(output: Path | None, as_json: bool) -> None:
    """Write the OpenAPI document, made from the definitions."""
    from service.definitions import load
    from service.describe.openapi import build

    known = settings()
    document = build(load(known.definitions_dir, known.schemas_dir), known.url)
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_bytes(text)
        answer({"output": str(output)}, as_json)


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@json_option
@click.pass_context
def completion(context: click.Context, shell: str, as_json: bool) -> None:
    """Print what completes the commands in a shell.

    \b
    bash:  genhook completion bash > ~/.local/share/bash-completion/completions/genhook
    zsh:   genhook completion zsh > "${fpath[1]}/_genhook"
    fish:  genhook completion fish > ~/.config/fish/completions/genhook.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    script = kind(context.find_root().command, {}, "genhook", "_GENHOOK_COMPLETE").source()
    answer({"shell": shell, "script": script}, as_json, script)
