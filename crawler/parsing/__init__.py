"""From the bytes of a page to its fields and its verdict: pure functions, without network or database."""
