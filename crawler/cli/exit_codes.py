"""Exit codes, and the errors that are shown to the user as one line instead of a traceback."""

from typer.exceptions import TyperException

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def get_expected_errors() -> tuple[type[BaseException], ...]:
    """Return the errors that are shown as one line. Imported when one happens: start-up time."""
    from crawler.config import ConfigError
    from crawler.parsing.html import ParseError
    from crawler.sources.catalog import SourceError
    from storage.archive.errors import ArchiveError
    from storage.models import StoreError

    return (ConfigError, ParseError, SourceError, ArchiveError, StoreError, OSError)


def get_exit_code(error: BaseException) -> int:
    """Return the exit code of an error; an unknown newsroom is wrong usage."""
    from crawler.sources.catalog import SourceError

    if isinstance(error, TyperException):
        return error.exit_code
    return USAGE if isinstance(error, SourceError) else FAILED


def format_error(error: BaseException) -> str:
    """Return the text of an error; after wrong usage it names the help to read."""
    if not isinstance(error, TyperException):
        return str(error) or type(error).__name__
    context = getattr(error, "ctx", None)
    hint = f" (try '{context.command_path} --help')" if context else ""
    return error.format_message().rstrip(".") + hint
