"""The scheduled watch: what is due when, and the process that does it."""
