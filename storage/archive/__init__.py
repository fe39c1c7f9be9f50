"""Stored responses: WARC files, and the rows that name them."""
