"""Reads and writes of single tables: functions of a Database."""
