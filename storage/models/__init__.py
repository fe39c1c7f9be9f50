"""The value types of both packages: frozen records, each concept once. They import nothing of ours.

Units are in the names: `_at` is an aware UTC instant, `_on` a calendar day as printed, `_url` an absolute
address.
"""

from storage.models.errors import StoreError
from storage.models.event import HIDDEN_EVENTS, Change, DetectedEvent, Event, EventKind
from storage.models.look import (
    Hop,
    Look,
    PostingFinding,
    PreviousRead,
    Role,
    SiteFinding,
    Validators,
    Verdict,
)
from storage.models.mass_absence import MassAbsence
from storage.models.posting import Absence, PostingState, PostingStatus, RemovalPolicy, start_posting_status
from storage.models.release import Address, Confidence, Entry, Fields, Image, Link, Listing, Page
from storage.models.run import RunKind, RunState
from storage.models.source import Check, Refusal, Source, Verification

__all__ = [
    "HIDDEN_EVENTS",
    "Absence",
    "Address",
    "Change",
    "Check",
    "Confidence",
    "DetectedEvent",
    "Entry",
    "Event",
    "EventKind",
    "Fields",
    "Hop",
    "Image",
    "Link",
    "Listing",
    "Look",
    "MassAbsence",
    "Page",
    "PostingFinding",
    "PostingState",
    "PostingStatus",
    "PreviousRead",
    "Refusal",
    "RemovalPolicy",
    "Role",
    "RunKind",
    "RunState",
    "SiteFinding",
    "Source",
    "StoreError",
    "Validators",
    "Verdict",
    "Verification",
    "start_posting_status",
]
