"""What can be wrong with the file we keep everything in."""


class StoreError(Exception):
    """The database cannot be used: one clear line that names the file and what to do."""
