"""Markup to trees, with errors that name the page: lxml finds a node, Beautiful Soup reads only that part."""


class ParseError(Exception):
    """A page we fetched is not what the platform promised; one line, `<address>: <field>: <what was found>`."""

    def __init__(self, url: str, found: str) -> None:
        super().__init__(f"{url}: {found}")
        self.url = url
        self.found = found


class ChallengeError(ParseError):
    """The page is a bot check or an error page served as 200."""
