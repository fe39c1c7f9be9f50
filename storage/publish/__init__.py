"""What others read elsewhere: feeds of the ledger in Atom and JSON Feed, as files or from the browser."""
