"""Sources with a mass absence, and when it ends."""

from dataclasses import replace
from pathlib import Path

from storage.models import MassAbsence, Verdict
from storage.store import Store
from storage.tables.quarantines import end_mass_absence, find_mass_absence, save_mass_absence
from tests.support.make_looks import address, after, bad, crawl, fields, seen, store_at

NUMBERS = [str(number) for number in range(100, 112)]
GONE = NUMBERS[:6]
MASS = MassAbsence(after(1), 6, 12, "because", 2, after(2), after(3), is_removal_reported=True)


def look_at_all(store: Store, hours: float, absent: list[str]) -> list[str]:
    """Save a crawl of all postings, and return the kinds of its events."""
    looks = [
        bad(after(hours), Verdict.GONE, address(n))
        if n in absent
        else seen(after(hours), fields(f"Story {n} of it"), address(n))
        for n in NUMBERS
    ]
    return crawl(store, *looks, at=after(hours))


def test_a_mass_absence_reads_back_as_it_was_saved_and_is_replaced(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        for mass in (MASS, replace(MASS, counted_looks=0, counted_first_at=None)):
            with store.writing() as db:
                save_mass_absence(db, "wing-news", mass)
            assert find_mass_absence(store.db, "wing-news") == mass
        assert find_mass_absence(store.db, "other-news") is None


def test_it_ends_when_none_of_its_postings_is_suspected(tmp_path: Path) -> None:
    def look(hours: float, absent: list[str]) -> list[str]:
        return look_at_all(store, hours, absent)

    with store_at(tmp_path / "milwire.db") as store:
        look(0, [])
        told = look(8, GONE)
        assert [kind for kind in told if kind != "captured"] == ["mass_absence", *["suspected"] * 6]
        with store.writing() as db:
            end_mass_absence(db, "wing-news")
        assert find_mass_absence(store.db, "wing-news") is not None
        look(16, GONE[:5])
        assert find_mass_absence(store.db, "wing-news") is not None
        look(24, [])
        assert find_mass_absence(store.db, "wing-news") is None


def test_it_ends_when_most_of_its_postings_are_back(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        look_at_all(store, 0, [])
        look_at_all(store, 8, GONE)
        look_at_all(store, 16, GONE[:1])
        assert find_mass_absence(store.db, "wing-news") is None
