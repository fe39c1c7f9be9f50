"""What a user may set: `milwire.toml` beside the database, environment over file, checked at the start."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from storage.models import RemovalPolicy

POLICY = RemovalPolicy()
FILE_NAME = "milwire.toml"
DATABASE_NAME = "milwire.db"
PUBLIC_COOL_DOWN_S = 300.0  # no public host that refused us is asked again sooner
PUBLIC_DELAY_S = 1.0  # nobody may press a public host harder than this
ENVIRONMENT = {"MILWIRE_CONTACT": "contact", "MILWIRE_ADDRESS": "address", "MILWIRE_DELAY": "delay"}


class ConfigError(Exception):
    """A setting that cannot be used; one line that names where, which key, and what was wanted."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a crawl: the keys of `milwire.toml`, which names lengths of time without `_s`."""

    contact: str | None = (
        None  # who to write to: an e-mail address or a web address; goes into the user agent
    )
    address: str | None = None  # a web page about this crawl, where there is one
    delay_s: float = 2.0  # from the end of one response of a host to the start of its next request
    timeout_s: float = 60.0  # for one whole response
    max_bytes: int = 16 * 1024 * 1024  # of one body after decoding
    max_pages: int = 500  # of one listing in one run
    lease_wait_s: float = 30.0  # how long a crawl waits for others at the same host or platform
    cool_down_s: float = 900.0  # a host that refuses us is left alone so long, twice as long each time
    max_polls: int = 48  # of one newsroom a day, while watching
    max_requests: int = 600  # of one host a day, while watching
    max_crawls: int = 8  # at once, by one process
    max_platform_crawls: int = 6  # at once of one platform, by all processes: its hosts often share servers
    stop_timeout_s: float = 60.0  # what is in flight gets so long when a watch is asked to stop
    keep_runs_s: float = 90 * 86_400.0  # older runs are folded into a row a day
    removal: RemovalPolicy = POLICY  # `[removal] looks` and `span`: how much absence makes a removal


def beside(database: Path) -> Path:
    """Return where the configuration of a database is looked for."""
    return database.parent / FILE_NAME


def database(env: Mapping[str, str]) -> Path:
    """Return the database to use where no option names one."""
    return Path(env.get("MILWIRE_DB") or DATABASE_NAME)


def load(path: Path | None, env: Mapping[str, str]) -> Config:
    """Return the configuration of a file (none is no error) with the environment over it.

    Raises ConfigError for an unreadable file, an unknown key, or a value out of its range.
    """
    config = Config()
    for key, value in _read(path).items() if path else ():
        config = _with(config, key, value, str(path))
    for variable, key in ENVIRONMENT.items():
        if variable in env:
            config = _with(config, key, _number(env[variable]) if key == "delay" else env[variable], variable)
    return config


def user_agent(config: Config) -> str:
    """Return the honest name we crawl under: product, version, and who to write to."""
    who = "; ".join(part for part in (config.address, config.contact) if part)
    return f"milwire/{version('milwire')}" + (f" (+{who})" if who else "")


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _with(config: Config, key: str, value: object, where: str) -> Config:
    names = {field.name.removesuffix("_s"): field.name for field in fields(Config)}
    if key not in names:
        raise ConfigError(f"{where}: unknown key {key!r}, wanted one of {', '.join(names)}")
    if key == "removal":
        return replace(config, removal=_removal(config.removal, value, where))
    checked = _text(key, value, where) if key in {"contact", "address"} else _amount(key, value, where)
    return replace(config, **{names[key]: checked})  # type: ignore[arg-type]  # each kind was checked above


def _text(key: str, value: object, where: str) -> str | None:
    if value == "":
        return None
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.isprintable()
        or set(value) & set("();")
    ):
        raise ConfigError(f"{where}: {key} = {value!r}, wanted plain text without brackets or semicolons")
    web = value.startswith(("https://", "http://"))
    if not web and (key == "address" or "@" not in value.strip("@")):
        kind = "a web address" if key == "address" else "an e-mail or web address"
        raise ConfigError(f"{where}: {key} = {value!r}, wanted {kind}")
    return value


LIMITS: Mapping[str, tuple[float, float]] = {
    "delay": (0.001, 86_400),
    "timeout": (0.1, 600),  # well below what storage.tables.hosts calls a forgotten gate
    "max_bytes": (1_024, 1024**3),
    "max_pages": (1, 100_000),
    "lease_wait": (0, 86_400),
    "cool_down": (0, 86_400),
    "max_polls": (2, 144),
    "max_requests": (10, 40_000),
    "max_crawls": (1, 64),
    "max_platform_crawls": (1, 64),
    "stop_timeout": (1, 3_600),
    "keep_runs": (35 * 86_400, 36_500 * 86_400),  # far more than health and budgets look back
}


def _amount(key: str, value: object, where: str) -> float | int:
    low, high = LIMITS[key]
    whole = key.startswith("max_")
    if not whole and isinstance(value, str) and (length := _length(value)) is not None:
        value = length.total_seconds()
    right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not right or not low <= value <= high:  # type: ignore[operator]  # a number, as `right` says
        kind = "a whole number" if whole else 'seconds or a length like "90m",'
        raise ConfigError(f"{where}: {key} = {value!r}, wanted {kind} from {low:g} to {high:g}")
    return value  # type: ignore[return-value]  # the same


def _removal(policy: RemovalPolicy, value: object, where: str) -> RemovalPolicy:
    """Return what makes a removal, from the table `[removal]`."""
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: removal = {value!r}, wanted a table [removal] with looks and span")
    for key, told in value.items():
        if (
            key == "looks"
            and isinstance(told, int)
            and not isinstance(told, bool)
            and 1 <= told <= MOST_LOOKS
        ):
            policy = replace(policy, looks=told)
        elif key == "span" and isinstance(told, str) and (length := _length(told)) is not None:
            policy = replace(policy, span=length)
        elif key in REMOVAL:
            raise ConfigError(f"{where}: removal.{key} = {told!r}, wanted {REMOVAL[key]}")
        else:
            raise ConfigError(f"{where}: unknown key 'removal.{key}', wanted one of {', '.join(REMOVAL)}")
    return policy


UNITS: Mapping[str, str] = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"(\d{1,6})\s*([smhd])")
MOST_LOOKS = 1_000
REMOVAL = {
    "looks": f"a whole number from 1 to {MOST_LOOKS:,}",
    "span": 'a length like "6h", "90m" or "0s"',
}


def _length(text: str) -> timedelta | None:
    found = SPAN.fullmatch(text.strip())
    return timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
