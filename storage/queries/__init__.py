"""What people ask of a database, and the answers in plain records."""
