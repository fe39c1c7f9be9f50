"""The value types of both packages: frozen records, each concept once. They import nothing of ours.

Units are in the names: `_at` is an aware UTC instant, `_on` a calendar day as printed, `_url` an absolute
address.
"""

from storage.models.errors import StoreError
from storage.models.event import HIDDEN_EVENTS, Change, Event, EventKind
from storage.models.look import Look, PostingFinding, Role, SiteFinding, Validators, Verdict
from storage.models.posting import Absence, PostingState, PostingStatus, RemovalPolicy, start_posting_status
from storage.models.release import Address, Confidence, Entry, Fields, Image, Link, Listing, Page
from storage.models.source import Check, Source, Verification

__all__ = [
    "HIDDEN_EVENTS",
    "Absence",
    "Address",
    "Change",
    "Check",
    "Confidence",
    "Entry",
    "Event",
    "EventKind",
    "Fields",
    "Image",
    "Link",
    "Listing",
    "Look",
    "Page",
    "PostingFinding",
    "PostingState",
    "PostingStatus",
    "RemovalPolicy",
    "Role",
    "SiteFinding",
    "Source",
    "StoreError",
    "Validators",
    "Verdict",
    "Verification",
    "start_posting_status",
]
