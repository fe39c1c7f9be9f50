"""Bulk imports of archived responses."""
