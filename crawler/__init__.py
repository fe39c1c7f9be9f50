"""Crawls newsrooms, reads their pages, plans the watch, and holds the commands."""
