"""A user's settings: `milwire.toml` beside the database, overridden by the environment, checked at start."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from storage.models import RemovalPolicy
from storage.models.quoting import quote_value

POLICY = RemovalPolicy()
FILE_NAME = "milwire.toml"
DATABASE_NAME = "milwire.db"
WEB_KEYS = frozenset({"address", "dvids_api"})
TEXT_KEYS = WEB_KEYS | {"contact"}
PUBLIC_COOL_DOWN_S = 300.0  # the shortest `cool_down` allowed for public hosts
PUBLIC_DELAY_S = 1.0  # the shortest `delay` allowed for public hosts
DVIDS_API = "https://api.dvidshub.net"
DVIDS_KEY_VARIABLE = "MILWIRE_DVIDS_KEY"  # never in a file: see crawler.politeness.api_keys
ENVIRONMENT = {"MILWIRE_CONTACT": "contact", "MILWIRE_ADDRESS": "address", "MILWIRE_DELAY": "delay"}


class ConfigError(Exception):
    """An invalid setting; one line that names the file or variable, the key, and what was wanted."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a crawl: the keys of `milwire.toml`, where durations have no `_s`."""

    contact: str | None = (
        None  # who to write to: an e-mail address or a web address; goes into the user agent
    )
    address: str | None = None  # a web page about this crawl, if there is one
    delay_s: float = 2.0  # from the end of a host's response to the start of the next request
    timeout_s: float = 60.0  # for one whole response
    max_bytes: int = 16 * 1024 * 1024  # of one body after decoding
    max_pages: int = 500  # of one listing in one run
    lease_wait_s: float = 30.0  # how long a crawl waits for other crawls of the same host or platform
    cool_down_s: float = 900.0  # how long a host that refuses us is left alone; doubles each time
    max_polls: int = 48  # of one newsroom a day, while watching
    max_requests: int = 600  # of one host a day, while watching
    max_crawls: int = 8  # at once, by one process
    max_platform_crawls: int = 6  # at once per platform, by all processes: its hosts often share servers
    stop_timeout_s: float = 60.0  # how long open requests may take when a watch is stopped
    keep_runs_s: float = 90 * 86_400.0  # older runs are summed up in one row a day
    file_mode: int = 0o600  # of new files; folders get the right to enter where files may be read
    dvids_api: str | None = None  # where the API of DVIDS is, if not at its public address
    removal: RemovalPolicy = POLICY  # `[removal] looks` and `span`: how long an absence makes a removal


def find_config_file(database: Path) -> Path:
    """Return the path of a database's configuration file."""
    return database.parent / FILE_NAME


def find_database(env: Mapping[str, str]) -> Path:
    """Return the database to use if no option names one."""
    return Path(env.get("MILWIRE_DB") or DATABASE_NAME)


def load_config(path: Path | None, env: Mapping[str, str]) -> Config:
    """Return the configuration from a file, which may be missing, overridden by the environment.

    Raises ConfigError for an unreadable file, an unknown key, or a value out of its range.
    """
    config = Config()
    for key, value in _read_file(path).items() if path else ():
        config = _set_key(config, key, value, str(path))
    for variable, key in ENVIRONMENT.items():
        if variable in env:
            config = _set_key(
                config, key, _parse_number(env[variable]) if key == "delay" else env[variable], variable
            )
    return config


def make_umask(file_mode: int) -> int:
    """Return the umask under which new files have these rights, and folders those to enter them too."""
    return 0o777 & ~(file_mode | (file_mode & 0o444) >> 2)


def build_user_agent(config: Config) -> str:
    """Return the user agent: product, version, and who to write to."""
    who = "; ".join(part for part in (config.address, config.contact) if part)
    return f"milwire/{version('milwire')}" + (f" (+{who})" if who else "")


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows add a mark
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {str(error).replace(chr(39), chr(34))}") from error


def _set_key(config: Config, key: str, value: object, where: str) -> Config:
    names = {field.name.removesuffix("_s"): field.name for field in fields(Config)}
    if key not in names:
        raise ConfigError(f"{where}: unknown key {quote_value(key)}, wanted one of {', '.join(names)}")
    if key == "file_mode":
        return replace(config, file_mode=_check_file_mode(value, where))
    if key == "removal":
        return replace(config, removal=_check_removal(config.removal, value, where))
    checked = _check_text(key, value, where) if key in TEXT_KEYS else _check_amount(key, value, where)
    return replace(config, **{names[key]: checked})  # type: ignore[arg-type]  # each kind was checked above


def _check_text(key: str, value: object, where: str) -> str | None:
    if value == "":
        return None
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.isprintable()
        or set(value) & set("();")
    ):
        raise ConfigError(
            f"{where}: {key} = {quote_value(value)}, wanted plain text without brackets or semicolons"
        )
    web = value.startswith(("https://", "http://"))
    if not web and (key in WEB_KEYS or "@" not in value.strip("@")):
        kind = "a web address" if key in WEB_KEYS else "an e-mail or web address"
        raise ConfigError(f"{where}: {key} = {quote_value(value)}, wanted {kind}")
    return value


def _check_file_mode(value: object, where: str) -> int:
    """Return the rights of new files from `"0640"` or `0o640`; their owner can always read and write them."""
    text = value if isinstance(value, str) else f"{value:o}" if type(value) is int else ""
    mode = int(text, 8) if re.fullmatch(r"(0o?)?[0-7]{3}", text) else 0
    if mode & 0o600 != 0o600 or mode & 0o111:
        raise ConfigError(f'{where}: file_mode = {quote_value(value)}, wanted rights like "0600" or "0640"')
    return mode


LIMITS: Mapping[str, tuple[float, float]] = {
    "delay": (0.001, 86_400),
    "timeout": (0.1, 600),  # well below LONGEST_REQUEST_S of storage.tables.hosts
    "max_bytes": (1_024, 1024**3),
    "max_pages": (1, 100_000),
    "lease_wait": (0, 86_400),
    "cool_down": (0, 86_400),
    "max_polls": (2, 144),
    "max_requests": (10, 40_000),
    "max_crawls": (1, 64),
    "max_platform_crawls": (1, 64),
    "stop_timeout": (1, 3_600),
    "keep_runs": (35 * 86_400, 36_500 * 86_400),  # far longer than health and budgets look back
}


def _check_amount(key: str, value: object, where: str) -> float | int:
    low, high = LIMITS[key]
    is_whole = key.startswith("max_")
    if not is_whole and isinstance(value, str) and (length := _parse_length(value)) is not None:
        value = length.total_seconds()
    is_valid = isinstance(value, int if is_whole else (int, float)) and not isinstance(value, bool)
    if not is_valid or not low <= value <= high:  # type: ignore[operator]  # a number, as `is_valid` says
        kind = "a whole number" if is_whole else 'seconds or a length like "90m",'
        raise ConfigError(f"{where}: {key} = {quote_value(value)}, wanted {kind} from {low:g} to {high:g}")
    return value  # type: ignore[return-value]  # the same


def _check_removal(policy: RemovalPolicy, value: object, where: str) -> RemovalPolicy:
    """Return the removal policy from the table `[removal]`."""
    if not isinstance(value, dict):
        raise ConfigError(
            f"{where}: removal = {quote_value(value)}, wanted a table [removal] with looks and span"
        )
    for key, amount in value.items():
        if (
            key == "looks"
            and isinstance(amount, int)
            and not isinstance(amount, bool)
            and 1 <= amount <= MOST_LOOKS
        ):
            policy = replace(policy, looks=amount)
        elif key == "span" and isinstance(amount, str) and (length := _parse_length(amount)) is not None:
            policy = replace(policy, span=length)
        elif key in REMOVAL:
            raise ConfigError(f"{where}: removal.{key} = {quote_value(amount)}, wanted {REMOVAL[key]}")
        else:
            raise ConfigError(
                f"{where}: unknown key {quote_value(f'removal.{key}')}, wanted one of {', '.join(REMOVAL)}"
            )
    return policy


UNITS: Mapping[str, str] = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"(\d{1,6})\s*([smhd])")
MOST_LOOKS = 1_000
REMOVAL = {
    "looks": f"a whole number from 1 to {MOST_LOOKS:,}",
    "span": 'a length like "6h", "90m" or "0s"',
}


def _parse_length(text: str) -> timedelta | None:
    found = SPAN.fullmatch(text.strip())
    return timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None


def _parse_number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
