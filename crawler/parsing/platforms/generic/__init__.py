"""Newsrooms on platforms we do not know."""
