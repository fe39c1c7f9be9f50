"""Spider arguments (`-a`) and configuration as a run, for crawls that Scrapy's command line starts."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from crawler import config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRefusedError, CrawlRun
from crawler.sources import catalog
from storage.store import Store, StoreError


def apply_scrapy_settings(crawler: Crawler, run: CrawlRun) -> None:
    """Set a crawler's settings as the configuration of its run has them."""
    for setting, value in build_scrapy_settings(run).items():
        crawler.settings.set(setting, value, priority="spider")


def build_scrapy_settings(run: CrawlRun) -> dict[str, object]:
    """Return the Scrapy settings that follow from the configuration of a run."""
    return {
        "DOWNLOAD_DELAY": run.config.delay_s,
        "DOWNLOAD_TIMEOUT": run.config.timeout_s,
        "DOWNLOAD_MAXSIZE": run.config.max_bytes,
        "USER_AGENT": config.build_user_agent(run.config),
        "MILWIRE_DVIDS_API": run.config.dvids_api,
    }


def build_run(database: Path, arguments: dict[str, Any]) -> CrawlRun:
    """Return the run that spider arguments describe. SystemExit with one line where one of them is wrong."""
    try:
        plan = parse_plan(arguments)
        settings = config.load_config(config.find_config_file(database), os.environ)
        store = Store.open(database)
        source = catalog.find_source(store, str(arguments.get("source", "")))
    except (CrawlRefusedError, config.ConfigError, StoreError, catalog.SourceError) as error:
        raise SystemExit(f"milwire: {error}") from error
    return CrawlRun(source, plan, store, settings, owns_store=True)


def parse_plan(arguments: dict[str, Any]) -> CrawlPlan:
    """Return the plan that spider arguments describe. CrawlRefusedError where one of them is wrong."""
    try:
        limit = int(arguments["limit"]) if arguments.get("limit") else None
        since = date.fromisoformat(arguments["since"]) if arguments.get("since") else None
    except ValueError:
        raise CrawlRefusedError("limit wants a number and since a date like 2026-11-22") from None
    if limit is not None and limit < 1:
        raise CrawlRefusedError(f"limit = {limit}, wanted at least 1")
    return CrawlPlan(
        limit,
        since,
        backfill=is_set(arguments, "backfill"),
        look_again=is_set(arguments, "look_again"),
        sitemap=is_set(arguments, "sitemap"),
    )


def is_set(arguments: dict[str, Any], name: str) -> bool:
    """Return whether a spider argument says yes."""
    return str(arguments.get(name, "")).lower() in {"1", "true", "yes"}
