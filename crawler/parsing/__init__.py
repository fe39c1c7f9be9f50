"""From bytes to fields: pure functions of a page, without network or database."""
