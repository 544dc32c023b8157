"""What is said where a run has other settings than the one that is wanted."""

from llada_edit.batch.settings import difference


def test_settings_that_differ_are_named():
    def run(root="/r", target="t", mark="1", **options):
        return {"root": root, "target": target, "fingerprint": mark, "options": options}

    one = run(model="bundled", op="plain", choices={"seed": 0, "keep": [], "trust": "auto"})
    assert difference(one, one) == ""
    other = run(model="bundled", op="formal", mark="2", choices={"seed": 1, "keep": ["x"], "trust": "auto"})
    assert difference(one, other) == (
        "keep is not given there and ['x'] here; op is plain there and formal here; seed is 0 there and 1 here"
    )
    assert difference(run(), run(mark="2")) == "the model's files or the version of llada-edit were others"
    assert difference(run(), run(target="u")) == "something else works at its documents"
    assert difference({}, run()) != ""
