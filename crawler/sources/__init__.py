"""Which newsrooms there are, and what is known of each."""
