"""Proof that what is kept is what was written; and leaving something out of it without losing the proof."""
