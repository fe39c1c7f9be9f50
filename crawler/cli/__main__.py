"""`python -m crawler.cli`: the same as `milwire`."""

from crawler.cli import main

main()
