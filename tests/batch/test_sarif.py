"""The SARIF report against the rules of the standard (OASIS SARIF 2.1.0; the sections are its own)."""

import io
import json
import re
from urllib.parse import unquote, urlsplit

from llada_edit.batch.reports import write_sarif

LOCATION = {"uri", "uriBaseId"}
RESULT = {"ruleId", "level", "message", "locations", "fixes"}


def test_what_the_standard_says(corpus, run_of):
    (corpus / "odd näme %20 #1.md").write_text("We utilize it.\n")
    (corpus / "broken.md").write_bytes(b"caf\xe9 utilize\n")
    (corpus / "raises.md").write_text("RAISES\n")
    file = io.StringIO()
    write_sarif(run_of(corpus), file)
    log = json.loads(file.getvalue())
    assert set(log) == {"$schema", "version", "runs"} and log["version"] == "2.1.0"  # 3.13
    (run,) = log["runs"]
    assert set(run) == {"tool", "originalUriBaseIds", "columnKind", "results"}  # 3.14
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")  # 3.14.17
    base = run["originalUriBaseIds"]["ROOT"]["uri"]
    assert urlsplit(base).scheme and base.endswith("/")  # 3.14.14
    driver = run["tool"]["driver"]  # 3.19
    assert driver["name"] and re.fullmatch(r"\d+\.\d+\.\d+\S*", driver["semanticVersion"])
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules)) and all(rule["shortDescription"]["text"] for rule in driver["rules"])  # 3.49
    paths = {check(result, rules) for result in run["results"]}
    assert {"odd näme %20 #1.md", "broken.md", "raises.md", "0.md", "deep/1.md"} <= paths


def check(result, rules):
    """One result; the path that it is about."""
    assert set(result) <= RESULT and result["ruleId"] in rules  # 3.27
    assert result["level"] in ("none", "note", "warning", "error")  # 3.27.10
    assert result["message"]["text"]  # 3.11
    (location,) = result["locations"]
    place = location["physicalLocation"]  # 3.29
    assert set(place) <= {"artifactLocation", "region"}
    for fix in result.get("fixes", ()):  # 3.55
        (change,) = fix["artifactChanges"]  # 3.56
        assert change["artifactLocation"] == place["artifactLocation"] and change["replacements"]
        for replacement in change["replacements"]:  # 3.57
            assert set(replacement) == {"deletedRegion", "insertedContent"}
            bytes_of(replacement["deletedRegion"])
            assert isinstance(replacement["insertedContent"]["text"], str)  # 3.3
    if "region" in place:
        bytes_of(place["region"])
    artifact = place["artifactLocation"]  # 3.4
    assert set(artifact) == LOCATION and artifact["uriBaseId"] == "ROOT"
    uri = artifact["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", uri)  # RFC 3986
    assert not uri.startswith("/") and ":" not in uri.split("/")[0]
    return unquote(uri)


def bytes_of(region):
    """A region of bytes (3.30.11, 3.30.12)."""
    assert set(region) == {"byteOffset", "byteLength"}
    assert region["byteOffset"] >= 0 and region["byteLength"] >= 0
