"""The forms of an English word, so that `exercise` also finds exercises, exercised and exercising. Pure.

The index holds words as they stand in the texts. A search asks it for every form of a word, which costs a
look-up each; so a word in quotes is exact, a prefix is of real words, and suggestions are real words.

The rules are the endings of the S-stemmer (Harman, "How effective is suffixing?", 1991) and of step 1 of
Porter's stemmer (1980), with -ment and -ation for long words. Unlike his later steps they do not join words
of other meanings: office and officer, general and generally. Forms that no text has are harmless.
"""

import re
from typing import Final

SHORTEST: Final = 3  # letters of a word that has forms
LONG: Final = 5  # letters before -ment and -ion, at least
WORD: Final = re.compile(r"[a-z]+")
VOWEL: Final = re.compile(r"[aeiouy]")
# ship, run: of one syllable; patrol, commit, refer: stressed at the end.
DOUBLED: Final = re.compile(r"[^aeiou]*[aeiou][bdgklmnprtvz]|[a-z]+(rol|pel|cel|mit|fer|cur)")
DOUBLE_END: Final = re.compile(r"[a-z]*[aeiouy](?:([bdgkmnprtv])\1|(?<=[a-z]{4})ll)")  # shipp-, patroll-
NOUN_ENDINGS: Final = ("ing", "ment", "ion")  # of a noun that may have a plural of its own
HISSING: Final = ("s", "x", "z", "ch", "sh")
# Words without other forms, and words whose last letters are no ending.
_LONE_WORDS: Final = """
    after afterwards all also always and any anything are arkansas before besides between both bus
    but can could during each everything for from gas had has have here his how into is its kansas
    lens less may might more most news not nothing only other our over overseas perhaps plus series
    should some something sometimes species such texas than that the their them then there these
    they this those thus under united upon us was were what when where which who why will with
    would yes you your
"""
LONE: Final = frozenset(_LONE_WORDS.split())
_WHOLE_WORDS: Final = """
    apartment breed ceiling compartment department evening exceed hundred indeed morning proceed
    pudding sibling speed succeed
"""
WHOLE: Final = frozenset(_WHOLE_WORDS.split())
# Verbs and nouns whose forms no rule makes.
IRREGULAR: Final = (
    ("man", "men"),
    ("woman", "women"),
    ("airman", "airmen"),
    ("seaman", "seamen"),
    ("guardsman", "guardsmen"),
    ("crewman", "crewmen"),
    ("child", "children"),
    ("foot", "feet"),
    ("life", "lives"),
    ("knife", "knives"),
    ("half", "halves"),
    ("begin", "begins", "began", "begun", "beginning"),
    ("fly", "flies", "flew", "flown", "flying"),
    ("lead", "leads", "led", "leading"),
    ("fight", "fights", "fought", "fighting"),
    ("send", "sends", "sent", "sending"),
    ("build", "builds", "built", "building", "buildings"),
    ("take", "takes", "took", "taken", "taking"),
    ("give", "gives", "gave", "given", "giving"),
    ("meet", "meets", "met", "meeting", "meetings"),
    ("hold", "holds", "held", "holding"),
    ("win", "wins", "won", "winning"),
    ("write", "writes", "wrote", "written", "writing"),
    ("strike", "strikes", "struck", "striking"),
    ("dive", "dives", "dived", "dove", "diving"),
)
IRREGULAR_OF: Final = {word: family for family in IRREGULAR for word in family}


def list_word_forms(word: str) -> tuple[str, ...]:
    """Return a word and its other forms, itself first; only itself where there are none."""
    lower = word.lower()
    if lower in IRREGULAR_OF:
        return tuple(dict.fromkeys((lower, *IRREGULAR_OF[lower])))
    if len(lower) < SHORTEST or not WORD.fullmatch(lower) or lower in LONE:
        return (lower,)
    forms = [form for base in find_bases(lower) for form in inflect_base(base)]
    return tuple(dict.fromkeys((lower, *(form for form in forms if form not in LONE | WHOLE))))


def find_bases(word: str) -> list[str]:
    """Return the words of which this may be a form; itself where it is of no other."""
    bases: list[str] = []
    for whole in _strip_plural(word) or [word]:
        if whole in WHOLE:
            return [whole]
        bases += _strip_verb_ending(whole) + _strip_noun_ending(whole)
        bases += [whole] if whole != word or whole.endswith(NOUN_ENDINGS) else []
    found = [base for base in bases if len(base) >= SHORTEST and VOWEL.search(base)]
    return list(dict.fromkeys(found)) or [word]


def inflect_base(base: str) -> list[str]:
    """Return the forms of a base: plural, past, -ing, and for long bases -ment and -ation."""
    if base.endswith(NOUN_ENDINGS) and len(base) > LONG:
        return [base, base + "s"]
    stem = base.removesuffix("e")
    forms = [base]
    if base.endswith("y") and base[-2:-1] not in "aeou":
        forms += [f"{base[:-1]}ies", f"{base[:-1]}ied", f"{base}ing"]
    else:
        active = base if base.endswith(("ee", "oe", "ye")) else stem
        plural = "es" if base.endswith(HISSING) else "s"
        forms += [base + plural, f"{stem}ed", f"{active}ing", f"{active}ings"]
    if DOUBLED.fullmatch(base):
        forms += [f"{base}{base[-1]}ed", f"{base}{base[-1]}ing"]
    if len(base) >= LONG:
        forms += [f"{base}ment", f"{base}ments"]
    if base.endswith("ate") and len(base) > LONG:
        forms += [f"{stem}ion", f"{stem}ions"]
    return forms


def _strip_plural(word: str) -> list[str]:
    """Return what a word may be the plural of."""
    if word.endswith("ies") and len(word) > 4:
        return [f"{word[:-3]}y"]
    if word.endswith("es") and word[:-2].endswith(HISSING):
        return [word[:-2], word[:-1]]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return [word[:-1]]
    return []


def _strip_verb_ending(word: str) -> list[str]:
    """Return what a word in -ed or -ing may be a form of."""
    if word.endswith("ied") and len(word) > 4:
        return [f"{word[:-3]}y"]
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < SHORTEST or not VOWEL.search(stem):
            continue
        single = [stem[:-1]] if DOUBLE_END.fullmatch(stem) else []
        return [*single, stem, f"{stem}e"]
    return []


def _strip_noun_ending(word: str) -> list[str]:
    """Return what a long word in -ment or -ation may be made of."""
    stem = word.removesuffix("ment")
    if stem != word and len(stem) >= LONG:
        return [stem]
    stem = word.removesuffix("ion")
    return [f"{stem}e"] if stem != word and stem.endswith("at") and len(stem) > LONG else []
