"""Makes docs/pictures/web.png and web-dark.png: the page with the bundled model, in Chromium.

Needs what `.ci/editors/web` brings, and Pillow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    driver = ROOT / "tests" / "editors" / "web_driver.mjs"
    for scheme, name in (("light", "web.png"), ("dark", "web-dark.png")):
        command = [sys.executable, "-m", "llada_edit", "lsp", "--web"]
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) as server,
        ):
            assert server.stderr is not None
            url = server.stderr.readline().decode().split()[-1]
            picture = ROOT / "docs" / "pictures" / name
            picture.parent.mkdir(exist_ok=True)
            more = {"LLADA_URL": url, "LLADA_CHROMIUM": CHROMIUM, "LLADA_SCHEME": scheme, "LLADA_PICTURE": str(picture)}
            subprocess.run(["node", str(driver), "picture"], env={**os.environ, **more}, check=True)
            server.kill()
        with Image.open(picture) as made:
            made.convert("RGB").quantize(192).save(picture, optimize=True)


if __name__ == "__main__":
    main()
