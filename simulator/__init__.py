"""The practice newsroom: made-up .mil sites on loopback whose truth is known."""

from simulator.conditional import Validation
from simulator.faults import Fault, Trouble
from simulator.http_server import LoggedRequest
from simulator.practice import another_post, practice_newsroom
from simulator.server import Served, ServedSite, find_overlaps, serve
from simulator.truth import Absence, Newsroom, Post, Section, Site

__all__ = [
    "Absence",
    "Fault",
    "LoggedRequest",
    "Newsroom",
    "Post",
    "Section",
    "Served",
    "ServedSite",
    "Site",
    "Trouble",
    "Validation",
    "another_post",
    "find_overlaps",
    "practice_newsroom",
    "serve",
]
