"""Fetches pages, decides when, and sends alerts."""
