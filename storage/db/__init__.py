"""The database file: schema, connection, rows, ledger."""
