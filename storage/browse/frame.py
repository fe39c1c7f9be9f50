"""The Datasette plugin for the frame of all pages: no script or style inline, and the light of the newsrooms.

Datasette's templates hold script and style that our Content-Security-Policy forbids. Here they are taken out
as the templates are loaded; what they did is in our style sheet and in static/menus.js.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasette import NotFound
from jinja2 import BaseLoader, Environment
from pluggy import HookimplMarker
from sqlite_utils import Database

from storage.browse.pages import BrowseConnection
from storage.models import StoreError
from storage.queries.status import read_status

hookimpl = HookimplMarker("datasette")  # as datasette.hookimpl, but typed

NAME: Final = "milwire"  # of the database
KEPT: Final = 10.0  # seconds that the light is not read again
INLINE: Final = re.compile(
    r"""<style\b[^>]*>.*?</style>|<script>.*?</script>|\sstyle="(?:\{\{.*?\}\}|\{%.*?%\}|[^"])*\"""",
    re.DOTALL,
)
UNNAMED: Final = re.compile(
    r'<(?:select|input type="text") (?=name="_(filter_column|filter_op|filter_value|sort))'
)
FIELDS: Final = {
    "filter_column": "Column",
    "filter_op": "Comparison",
    "filter_value": "Value",
    "sort": "Order",
}
UNUSED: Final = r"/-/(?:allow-debug|auth-token|create-token|logout|messages|patterns|permissions)(?:/.*)?$"


@dataclass(frozen=True, slots=True)
class Health:
    """How many newsrooms there are, and how many are in trouble."""

    all: int
    bad: int


class CleanLoader(BaseLoader):
    """Loads templates without their inline script and style."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's source, as Jinja has it."""
        source, name, is_current = self._loader.get_source(environment, template)
        return name_fields(remove_inline_code(source)), name, is_current

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return self._loader.list_templates()


@hookimpl(specname="prepare_jinja2_environment")
def clean_templates(env: Any, datasette: Any) -> None:
    """Clean the templates as they are loaded, and give them the light."""
    env.loader = CleanLoader(env.loader)
    env.globals["read_health"] = _make_health_reader(datasette)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Refuse the pages for developers and accounts of Datasette, which have no use here."""
    return [(UNUSED, refuse_page)]


def remove_inline_code(source: str) -> str:
    """Return a template without style elements, style attributes and inline script."""
    return INLINE.sub("", source)


def name_fields(source: str) -> str:
    """Return a template whose fields for filters have names for a screen reader."""
    return UNNAMED.sub(lambda found: f'{found[0]}aria-label="{FIELDS[found[1]]}" ', source)


def refuse_page() -> None:
    """Answer that there is no such page."""
    raise NotFound("There is no such page here.")


def read_health(connection: BrowseConnection) -> Health | None:
    """Return the health of the newsrooms, None if there are none or the database cannot be read now."""
    try:
        found = read_status(connection).sources
    except StoreError:
        return None
    return Health(len(found), sum(not one.ok for one in found)) if found else None


def _make_health_reader(datasette: Any) -> Callable[[], Awaitable[Health | None]]:
    """Return a coroutine function that reads the health at most once in a while."""
    kept: tuple[float, Health | None] | None = None

    async def read_health_in_thread() -> Health | None:
        nonlocal kept
        if kept is None or time.monotonic() - kept[0] > KEPT:
            database = datasette.get_database(NAME)
            path = Path(database.path)
            found = await database.execute_fn(
                lambda conn: read_health(BrowseConnection(Database(conn), path))
            )
            kept = time.monotonic(), found
        return kept[1]

    return read_health_in_thread
