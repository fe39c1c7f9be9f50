"""`python -m simulator`: serve the practice newsroom for a person until Ctrl-C."""

import argparse
import signal
import sys
import threading

import simulator


def main() -> int:
    """Serve in the foreground, and say where."""
    options = _options()
    newsroom = simulator.practice_newsroom(options.seed, options.posts)
    ports = {site.name: options.port + i for i, site in enumerate(newsroom.sites)} if options.port else {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with simulator.serve(newsroom, ports=ports) as served:
            served.validate(options.validation)
            _introduce(served)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("\nstopped")
    except OSError as error:
        print(f"cannot serve: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Serve made-up .mil newsrooms.")
    parser.add_argument("--port", type=int, default=0, help="port of the first site; the others follow")
    parser.add_argument("--posts", type=int, default=60, help="how many articles on all sites (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other stories (default 1)")
    parser.add_argument(
        "--validation",
        type=simulator.Validation,
        choices=list(simulator.Validation),
        default=simulator.Validation.NONE,
        help="what the sites do about conditional requests (default none, like the real ones)",
    )
    return parser.parse_args()


def _introduce(served: simulator.Served) -> None:
    for site in served.sites:
        print(f"{site.title}\n  home     {site.base_url}/")
        for source in site.sources:
            print(f"  listing  {source.listing_url}\n  feed     {source.feed_url}")
    print("Ctrl-C stops.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
