"""`milwire browse` of a database in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SERVE: Final = """
import sys
from pathlib import Path
from storage.browse import serve_database
serve_database(Path(sys.argv[1]), "127.0.0.1", 0, lambda address: print(address, flush=True))
"""


@contextmanager
def serve_browse(database: Path) -> Iterator[str]:
    """Serve a database on a free port and give the address."""
    command = [sys.executable, "-c", SERVE, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
