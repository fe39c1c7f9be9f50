"""Weighs what the ledger holds, by rules that are printed with their results."""
