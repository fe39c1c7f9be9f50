"""Sets aside an answer that is older than one already judged for its address: it tells nothing.

The look is kept, with its response, and is not observed; nothing is detected from it. The rule is in
storage/models/answer_ages.py.
"""

from dataclasses import replace
from typing import Final

from sqlite_utils import Database

from storage.archive.captures import LookWrite
from storage.models import Look, PostingState, Verdict, answer_ages
from storage.tables import findings, looks, revisions, validators

REASON: Final = "the answer is older than one that this address gave before"
STATE: Final = "SELECT state FROM posting_states WHERE posting_id = ?"


def set_older_answer_aside(write: LookWrite, posting_id: int | None) -> LookWrite:
    """Return the look as one that shows nothing where its answer is too old, else as it is; remember its age.

    An older answer that says what is known anyway is as good as any. What an import brings is from the past
    and has a place of its own in the timeline.
    """
    db, look = write.db, write.look
    if not write.awaits_detection or look.page is None or not look.verdict.is_answer:
        return write
    if posting_id is None and look.verdict is not Verdict.LIVE:
        return write
    answer = answer_ages.read_answer_age(look.page, look.at, shows_story=look.verdict.is_present)
    judged = validators.find_judged_answers(db, look.address.url)
    is_older = judged is not None and answer_ages.is_older_answer(answer, judged.newest)
    if judged is not None and is_older and posting_id is not None:
        if not _says_something_else(db, look, posting_id):
            return write
        unobserved = replace(
            look,
            verdict=Verdict.UNREADABLE,
            reason=REASON,
            fields=None,
            revision_id=None,
            article_digest=None,
            page_digest=None,
            validators=None,
        )
        if looks.is_recorded_look(db, unobserved):
            return replace(write, look=unobserved, awaits_detection=False)
        judged = answer_ages.add_older_answer(judged, look.at)
        if not answer_ages.are_older_answers_believed(judged, look.at):
            validators.save_judged_answers(db, look.address.url, judged)
            return replace(write, look=unobserved, awaits_detection=False)
    newest = answer_ages.add_judged_answer(judged, answer, is_older=is_older)
    if newest != judged and newest != answer_ages.NOTHING_KNOWN:
        validators.save_judged_answers(db, look.address.url, newest)
    return write


def _says_something_else(db: Database, look: Look, posting_id: int) -> bool:
    """Return whether an answer would change what is known of a posting."""
    row = db.execute(STATE, [posting_id]).fetchone()
    if row is None or row[0] != PostingState.LIVE or not look.verdict.is_present:
        return True
    if look.fields is None:
        return False
    waiting = findings.find_waiting_text(db, posting_id)
    known = waiting[0] if waiting else revisions.find_known_text(db, look.address, look.at)
    return known is None or revisions.is_other_revision(known, look.fields)
