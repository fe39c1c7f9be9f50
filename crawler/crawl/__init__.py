"""One crawl of one newsroom: its run, its pages, its responses."""
