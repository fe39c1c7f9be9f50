"""Checkpoints: the newest hash of the ledger, to be stored elsewhere.

It shows later whether history was rewritten.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.db import ledger
from storage.models import StoreError

KEYS: Final = {"events": int, "hash": str, "at": str}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many events the ledger had at a time, and the hash of the newest."""

    events: int
    hash: str  # 64 hex digits; all zeros before the first event
    at: str


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint as JSON, completely or not at all. Raises StoreError where that fails."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            out.write(json.dumps(asdict(checkpoint)) + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint from a file. Raises StoreError, one line, where the file holds none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    except ValueError:
        found = None
    if not isinstance(found, dict) or any(type(found.get(key)) is not kind for key, kind in KEYS.items()):
        raise StoreError(f"{path}: not a milwire checkpoint")
    return Checkpoint(**{key: found[key] for key in KEYS})


def find_checkpoint_problem(db: Database, checkpoint: Checkpoint) -> str | None:
    """Return in one line why the ledger does not continue from a checkpoint; None where it does."""
    if checkpoint.events == 0:
        return None if checkpoint.hash == ledger.GENESIS_HASH else "the checkpoint has a hash but no event"
    count = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    if count < checkpoint.events:
        return f"the ledger ends at event {count}, but had {checkpoint.events} at {checkpoint.at}: cut off"
    row = db.execute("SELECT hash FROM events WHERE id = ?", [checkpoint.events]).fetchone()
    if row is None or row[0] != checkpoint.hash:
        return f"event {checkpoint.events} is not the event of {checkpoint.at}: history was rewritten"
    return None
