"""Scrapy's settings: what they name exists, and politeness is on."""

from importlib import import_module

from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

from crawler import settings


def test_every_component_exists() -> None:
    named = [
        settings.TWISTED_DNS_RESOLVER,
        settings.DUPEFILTER_CLASS,
        *settings.SPIDER_MIDDLEWARES,
        *settings.DOWNLOADER_MIDDLEWARES,
        *settings.ITEM_PIPELINES,
        *settings.EXTENSIONS,
    ]
    assert [name for name in named if load_object(name) is None] == []
    assert [import_module(name).__name__ for name in settings.SPIDER_MODULES] == settings.SPIDER_MODULES


def test_what_is_switched_off_exists_in_scrapy() -> None:
    """A misspelled path would switch nothing off."""
    assert set(settings.SPIDER_MIDDLEWARES) <= set(default_settings.SPIDER_MIDDLEWARES_BASE)
    off = {name for name, order in settings.DOWNLOADER_MIDDLEWARES.items() if order is None}
    assert off <= set(default_settings.DOWNLOADER_MIDDLEWARES_BASE)


def test_every_setting_is_one_of_scrapys_or_our_own() -> None:
    names = [name for name in vars(settings) if name.isupper() and not name.startswith("MILWIRE_")]
    assert [name for name in names if not hasattr(default_settings, name)] == []


def test_one_request_at_a_time_with_a_pause_and_nothing_retried() -> None:
    assert settings.CONCURRENT_REQUESTS == settings.CONCURRENT_REQUESTS_PER_DOMAIN == 1
    assert settings.DOWNLOAD_DELAY > 0
    assert not settings.RETRY_ENABLED
    assert not settings.REDIRECT_ENABLED
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES
