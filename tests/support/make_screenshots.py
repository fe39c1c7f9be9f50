"""Make the pictures of `milwire browse` that README and docs show, from the demo's made-up newsroom."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.support.browse_server import serve_browse
from tests.support.chromium import open_browser

PICTURES: Final = (  # name, page, width, height, dark
    ("edits", "milwire/edited", 1280, 560, False),
    ("history", "milwire/releases/4#history", 1280, 800, True),
)


def make_pictures(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        demo = Path(place, "demo")
        milwire = Path(sys.executable).with_name("milwire")
        subprocess.run([milwire, "demo", "--dir", demo], check=True, stdout=subprocess.DEVNULL)
        with (
            serve_browse(demo / "milwire.db") as address,
            open_browser(Path(place, "profile")) as browser,
        ):
            for name, page, width, height, dark in PICTURES:
                browser.show_as(width, height, dark=dark)
                browser.open(address + page)
                browser.save_picture(folder / f"browse-{name}.png")


if __name__ == "__main__":
    make_pictures(Path(sys.argv[1]))
