"""What differs between two texts, in words, for a bounded amount of work."""
