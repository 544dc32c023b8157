"""``llada-edit models list``: every model of this disk, usable or not."""

import json
from pathlib import Path

from llada_edit.errors import UnknownModel
from llada_edit.models import bundled

GOLDEN = Path(__file__).parents[2] / "golden"


def test_list(run, machine, tiny, cached):
    cached("lab/dream", GOLDEN / "dream-tiny")
    causal = machine / "causal"
    causal.mkdir()
    (causal / "config.json").write_text('{"model_type": "sdar"}')
    cached("lab/causal", causal)
    code, out, err = run("list", "--json", "--folder", GOLDEN, "--folder", causal)
    assert (code, err) == (0, "")
    found = {row["name"]: row for row in json.loads(out)["models"]}
    assert {name: (row["source"], row["family"]) for name, row in found.items()} == {
        "bundled": ("package", "bundled"),
        str(GOLDEN / "dream-tiny"): ("folder", "dream"),
        str(GOLDEN / "llada-tiny"): ("folder", "llada"),
        str(GOLDEN / "llada-moe-tiny"): ("folder", "llada-moe"),
        str(causal): ("folder", None),
        "lab/dream": ("cache", "dream"),
        "lab/causal": ("cache", None),
    }
    assert found["bundled"]["bytes"] == sum(path.stat().st_size for path in tiny.iterdir())
    for name in (str(causal), "lab/causal"):
        assert found[name]["reason"].startswith("(sdar) attends block by block")
    for arguments in ((), ("list",)):
        code, plain, err = run(*arguments)
        assert (code, err) == (0, "")
        assert "lab/dream" in plain and "not usable: (sdar) attends" in plain and "[here]" in plain


def test_list_without_weights_and_with_a_wrong_folder(run, monkeypatch, machine, refuses):
    def absent():
        raise UnknownModel("this installation has no bundled weights")

    monkeypatch.setattr(bundled, "bundled_folder", absent)
    code, out, _ = run("list")
    assert code == 0 and "no bundled weights" in out
    refuses(run("list", "--folder", machine / "nowhere"), "nowhere is no folder")
