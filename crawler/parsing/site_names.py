"""Bare and www names: which of the two the shipped catalogue knows, and whether two names are such a pair."""

import csv
from functools import cache
from importlib import resources

PREFIX = "www."


def find_catalogued_name(name: str) -> str:
    """Return a host's other name where only that one is in the shipped catalogue, else the name itself."""
    other = find_twin(name)
    return other if other in _list_catalogued_hosts() and name not in _list_catalogued_hosts() else name


def find_twin(name: str) -> str:
    """Return the www name of a bare name, and the bare name of a www name."""
    bare = name.removeprefix(PREFIX)
    if bare.startswith(PREFIX):
        return name  # `www.www.` is neither
    return PREFIX + name if bare == name else bare


def is_twin(one: str, other: str) -> bool:
    """Return whether two hosts differ in the `www.` alone."""
    return one != other and find_twin(one) == other


@cache
def _list_catalogued_hosts() -> frozenset[str]:
    text = resources.files("crawler").joinpath("catalog.csv").read_text(encoding="utf-8")
    return frozenset(row["host"] for row in csv.DictReader(text.splitlines()))
