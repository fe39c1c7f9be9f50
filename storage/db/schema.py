"""How a file gets its tables, and which files are of another version.

The tables are written in `initial_schema.sql` beside this module. After a release that file stays as it is,
and each change of the tables is a new function in `STEPS`.
"""

from pathlib import Path
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

APPLICATION_ID: Final = 0x6D696C77  # "milw" in the file's header: this database is ours
INITIAL_SCHEMA: Final = Path(__file__).with_name("initial_schema.sql")
# Steps of databases that were made before the first release. Their tables cannot be brought up to date.
OLD_STEPS: Final = frozenset(
    {
        *("spine", "verified", "refused", "shared", "counted"),
        *("folded", "retried", "validated", "resumed", "recognised"),
    }
)


def create_initial_schema(db: Database) -> None:
    """Create all tables, indexes, full-text indexes and views."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.executescript(INITIAL_SCHEMA.read_text(encoding="utf-8"))


STEPS: Final = (create_initial_schema,)  # in order; never edited after a release
MIGRATIONS: Final = Migrations("milwire")
for step in STEPS:
    MIGRATIONS()(step)


def is_current(db: Database) -> bool:
    """Return whether every step has been applied."""
    return not MIGRATIONS.pending(db)


def list_old_steps(db: Database) -> list[str]:
    """Return the steps of a milwire before its first release; empty unless the file is that old."""
    return [step.name for step in MIGRATIONS.applied(db) if step.name in OLD_STEPS]


def list_newer_steps(db: Database) -> list[str]:
    """Return the steps of a newer milwire that the file has been through; empty for files we can use."""
    known = {step.__name__ for step in STEPS} | OLD_STEPS
    return [step.name for step in MIGRATIONS.applied(db) if step.name not in known]


def apply_migrations(db: Database) -> None:
    """Bring the file to the current version, in the transaction that the caller has begun."""
    MIGRATIONS.apply(db)
