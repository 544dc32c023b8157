"""A driver of its own process, for tests that kill it: a run over a folder, then applying it."""

import sys
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).parent)
    if here not in sys.path:
        sys.path.append(here)

from llada_edit.batch.apply import apply
from llada_edit.batch.cluster import Ray
from llada_edit.batch.engines import Inside
from llada_edit.batch.find import find
from llada_edit.batch.pool import Pool
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stored import Stored
from llada_edit.batch.worker import Recipe


def main(root, folder, workers, shard, again, write):
    settings = Settings(
        Path(root), Recipe("scripted:rewrites", {"seconds": 0.004}), "f", Shard(*map(int, shard.split("/")))
    )
    engine = Ray(1) if workers == "ray" else Inside() if workers == "1" else Pool(int(workers))
    run = Run.resume(Path(folder), settings)
    for _ in run.work(settings, engine, find([root]).paths, again == "again"):
        pass
    if write == "write":
        for _ in apply(Stored.open(Path(folder))):
            pass
    print("finished", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
