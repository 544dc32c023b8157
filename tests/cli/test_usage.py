"""What is wrong with a call is said before any model is looked for: here there is none."""

import pytest
from click import Option
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from llada_edit.cli import cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["infill", "The cat sat."], "no hole"),
        (["infill", "a [?"], "is not closed"),
        (["infill", "a [?: some words]"], "hole 1: 'some words' is no constraint"),
        (["infill", "a [?x: 2-3 words] [?]", "--choice", "b"], "a constraint over several holes stands alone"),
        (["infill", "a [?]", "--regex", "("], "is no regular expression"),
        (["infill", "a [?]", "--words", "many"], "is no constraint"),
        (["infill", "a [?]", "-n", "0"], "n is 0"),
        (["infill", "a [?]", "-n", "100"], "n is 100"),
        (["infill", "a [?]", "--in-place"], "--in-place needs a file"),
        (["infill", "a [?]", "--json", "--diff"], "contradict"),
        (["infill", "a [?]", "--left", "b"], "excludes"),
        (["infill", "a [?]", "--marker", "x"], "cannot open a hole"),
        (["infill", "--polish", "1", "--block", "2", "a [?]"], "contradict"),
        (["infill"], "nothing to fill"),
        (["infill", ""], "is empty"),
        (["alternatives", "The cat"], "has 0 holes"),
        (["alternatives", "The cat", "--at", "99"], "offset 99 is outside the text of 7"),
        (["alternatives", "The cat", "--at", "-1"], "offset -1"),
        (["alternatives", "a [?]", "-k", "0"], "k is 0"),
        (["alternatives", "a [?]", "-k", "65"], "k is 65"),
        (["score", ""], "is empty"),
        (["score", "missing.md"], "there is no file"),
    ],
)
def test_a_wrong_call_is_told_without_a_model(llada_edit, refuses, arguments, message):
    refuses(llada_edit(*arguments, model="no-such-model"), message)


COMMANDS = {"", "alternatives", "apply", "bench", "eval", "infill", "lsp", "review", "rewrite", "score", "train"}
COMMANDS |= {"models", "models check", "models get", "models info", "models list"}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_says_all_there_is_to_say(command):
    """Every command and option is explained, and no explanation is cut off."""
    outcome = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert outcome.exit_code == 0
    assert "..." not in outcome.output.replace("]...", "").replace("ARGS]...", "").replace("FILES...", "")
    found = cli
    for name in command.split():
        found = found.get_command(None, name)
    for option in found.params:
        if isinstance(option, Option) and option.name not in ("help", "version"):
            assert option.help, option.name


def test_every_command_is_looked_at():
    groups = {f"models {name}" for name in cli.get_command(None, "models").commands}
    assert {*cli.list_commands(None), *groups, ""} == COMMANDS


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["in"], ["infill"]),
        (["infill", "--pol"], ["--policy", "--polish"]),
        (["infill", "--policy", "en"], ["entropy", "entropy-bound"]),
        (["models", "i"], ["info"]),
    ],
)
def test_the_tab_key_offers_names(words, offered):
    found = ShellComplete(cli, {}, "llada-edit", "_LLADA_EDIT_COMPLETE").get_completions(words[:-1], words[-1])
    assert [item.value for item in found] == offered


@pytest.mark.parametrize("command", ["infill", "score", "alternatives"])
def test_the_tab_key_offers_files(command):
    found = ShellComplete(cli, {}, "llada-edit", "_LLADA_EDIT_COMPLETE").get_completions([command], "no")
    assert [(item.type, item.value) for item in found] == [("file", "no")]
