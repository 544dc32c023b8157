"""Killed anywhere, as often as you like: nothing lost, nothing done twice in effect, no torn file.

Every kill is SIGKILL, of the driver or of one of its workers, after a random time. In the end the run is resumed
undisturbed, and must be what a run is that nobody disturbed: the same edits, the same files, byte for byte. Documents
whose worker was killed twice are quarantined, as they must be, and done by ``again``.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from scripted import contents

from llada_edit.batch.stored import Stored

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")

DRAFT = re.compile(r"\.llada-edit-[0-9a-f]+\.tmp$")
DRIVER = Path(__file__).with_name("driver.py")
WORDS = ("utilize", "commence", "purchase", "ä😀", "`utilize`", "and so on.\n", "\n\n", "> ", "the end.\r\n")


def made(root, documents):
    chance = random.Random(7)
    for number in range(documents):
        path = root / f"{number % 5}" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"Document {number}: " + " ".join(chance.choices(WORDS, k=chance.randint(1, 300)))
        path.write_bytes(b"Nothing to do.\n" if number % 7 == 0 else text.encode())
    return root


def start(root, run, workers, shard, again="", write="write"):
    command = [sys.executable, str(DRIVER), str(root), str(run), str(workers), shard, again, write]
    # Ray's processes look for modules where they are told to.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(DRIVER.parent), *sys.path])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, env=environment)


def finish(*arguments):
    out, err = start(*arguments).communicate(timeout=480)
    assert out.endswith("finished\n"), err


def workers_of(driver):
    """Processes that the driver started, itself or through Ray, and that do documents."""
    parents, names = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
            names[int(path.parent.name)] = (path.parent / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
    own = {driver.pid, *(pid for pid, parent in parents.items() if parent == driver.pid)}
    works = (pid for pid, name in names.items() if b"spawn_main" in name or name.startswith(b"ray::MapWorker"))
    return [pid for pid in works if parents.get(pid) in own]


def kill_until_done(starter, wanted, chance, drivers=0.4, row=8):
    """Start drivers and kill them, a share `drivers` of the time, or their workers; how many kills there were.

    At most `row` workers of a driver are killed: on a slow machine none of them may come to its work, and after ten
    the driver gives up.
    """
    kills = 0
    while kills < wanted:
        driver, killed = starter(), 0
        while driver.poll() is None and kills < wanted:
            time.sleep(chance.uniform(0.05, 0.7))
            hands = workers_of(driver)
            died = chance.random() < drivers or killed >= row
            victim = driver.pid if died else chance.choice(hands) if hands else None
            if victim is None:
                continue
            if driver.poll() is None:
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                kills, killed = kills + 1, killed + 1
                if victim == driver.pid:
                    break
        if driver.poll() is None and driver.returncode is None and kills >= wanted:
            driver.kill()
        _, err = driver.communicate(timeout=240)
        if driver.returncode == 0:
            return kills
        assert driver.returncode in (-signal.SIGKILL, 0), err
    return kills


def said(run):
    return [document.to_json() for document in Stored.open(run).documents()]


def check(tmp_path, documents, kills, workers, shards, seed, **chances):
    old, calm = made(tmp_path / "old", documents), made(tmp_path / "calm", documents)
    finish(calm, tmp_path / "calm-run", 1, "1/1")
    assert {one["status"] for one in said(tmp_path / "calm-run")} == {"edited", "unchanged"}
    chance, done, round_ = random.Random(seed), 0, 0
    while done < kills:
        round_ += 1
        root, run = made(tmp_path / f"wild{round_}", documents), tmp_path / f"wild{round_}-run"
        for shard in shards:
            starter = partial(start, root, run, workers, shard)
            done += kill_until_done(starter, kills - done, chance, **chances)
        for path, data in contents(root).items():
            if DRAFT.search(path):  # of a write that was interrupted; the next run overwrites and removes it
                continue
            assert data in (contents(old)[path], contents(calm)[path]), f"{path} is torn"
        for shard in shards:
            finish(root, run, workers, shard, "again")
        assert said(run) == said(tmp_path / "calm-run")
        assert contents(root) == contents(calm)
    return done


@pytest.mark.slow
def test_a_few_kills_of_a_pool(tmp_path):
    assert check(tmp_path, 40, 5, 2, ["1/1"], seed=1) >= 5


def test_a_few_kills_of_a_single_process(tmp_path):
    assert check(tmp_path, 40, 3, 1, ["1/1"], seed=2) >= 3


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "shards"), [(2, ["1/1"]), (1, ["1/2", "2/2"])], ids=["local", "shards"])
def test_fifty_kills(tmp_path, workers, shards):
    assert check(tmp_path, 220, 50, workers, shards, seed=3) >= 50


@pytest.mark.slow
def test_fifty_kills_under_ray(tmp_path):
    """Mostly of actors: a cluster takes seconds to start, and dies with its driver."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    assert check(tmp_path, 220, 50, "ray", ["1/1"], seed=4, drivers=0.03, row=50) >= 50
