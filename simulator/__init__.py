"""The practice newsroom: made-up .mil sites on loopback whose truth is known."""
