"""Drawing a newsroom: a module a template, each with `article`, `listing` and what else its sites show."""
