"""Verify a database, take checkpoints and backups, and remove content for safety."""
