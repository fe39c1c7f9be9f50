"""Finds what differs between two texts, word by word, for a bounded amount of work."""
