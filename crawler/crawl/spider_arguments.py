"""What a spider is told when Scrapy starts it: arguments (`-a`) and configuration, as a run."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from crawler import config
from crawler.crawl.pagination import Plan
from crawler.crawl.run import CrawlRefusedError, Run
from crawler.sources import catalog
from storage.store import Store, StoreError


def settings_of(run: Run) -> dict[str, object]:
    """Return the Scrapy settings that follow from the configuration of a run."""
    return {
        "DOWNLOAD_DELAY": run.config.delay_s,
        "DOWNLOAD_TIMEOUT": run.config.timeout_s,
        "DOWNLOAD_MAXSIZE": run.config.max_bytes,
        "USER_AGENT": config.user_agent(run.config),
    }


def composed(database: Path, arguments: dict[str, Any]) -> Run:
    """Return the run that spider arguments describe; a wrong one ends the process with one line."""
    try:
        plan = planned(arguments)
        settings = config.load(config.beside(database), os.environ)
        store = Store.open(database)
        source = catalog.find(store, str(arguments.get("source", "")))
    except (CrawlRefusedError, config.ConfigError, StoreError, catalog.SourceError) as error:
        raise SystemExit(f"milwire: {error}") from error
    return Run(source, plan, store, settings, owns_store=True)


def planned(arguments: dict[str, Any]) -> Plan:
    """Return the plan that spider arguments describe; CrawlRefusedError for one that is none."""
    try:
        limit = int(arguments["limit"]) if arguments.get("limit") else None
        since = date.fromisoformat(arguments["since"]) if arguments.get("since") else None
    except ValueError as error:
        raise CrawlRefusedError(f"limit wants a number and since a date like 2026-11-22 ({error})") from None
    if limit is not None and limit < 1:
        raise CrawlRefusedError(f"limit = {limit}, wanted at least 1")
    return Plan(
        limit, since, backfill=wanted(arguments, "backfill"), look_again=wanted(arguments, "look_again")
    )


def wanted(arguments: dict[str, Any], name: str) -> bool:
    """Return whether a spider argument says yes."""
    return str(arguments.get(name, "")).lower() in {"1", "true", "yes"}
