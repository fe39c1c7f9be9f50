"""Decides what is an edit, a removal or a return. Start with pipeline.py; removals: posting_state.py."""
