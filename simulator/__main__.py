"""`python -m simulator`: serve the practice newsroom for a person until Ctrl-C."""

import signal
import sys

import simulator


def main() -> int:
    """Serve in the foreground, and say where."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with simulator.serve(simulator.practice_newsroom()) as served:
        for site in served.sites:
            print(f"{site.title}\n  home     {site.base_url}/")
            for source in site.sources:
                print(f"  listing  {source.listing_url}\n  feed     {source.feed_url}")
        print("Ctrl-C stops.", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("\nstopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
