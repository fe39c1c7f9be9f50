"""Whether it is us who reach nobody: then no host is to blame, and none to be visited later for it."""

ENOUGH = 5  # hosts in a row, or all there are


class Outage:
    """The hosts that did not answer since one did."""

    def __init__(self) -> None:
        self._silent: dict[str, None] = {}
        self.stands = False

    def silence(self, host: str, hosts: int) -> bool:
        """Note that a host out of so many did not answer; tell whether an outage begins with it."""
        self._silent[host] = None
        begins = not self.stands and len(self._silent) >= min(ENOUGH, max(hosts, 2))
        self.stands = self.stands or begins
        return begins

    def answer(self) -> tuple[str, ...]:
        """Note that a host answered; return those that did not during the outage that ends with it."""
        silent = tuple(self._silent) if self.stands else ()
        self._silent.clear()
        self.stands = False
        return silent
