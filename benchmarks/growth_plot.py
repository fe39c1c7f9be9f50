"""Resident memory and sizes on disk, day by day, as a drawing (SVG)."""

from collections.abc import Sequence

from benchmarks.growth import Sample

WIDTH, HEIGHT, LEFT, TOP, GAP = 720, 220, 60, 40, 70  # of a panel, and around it
STYLE = "font-family='sans-serif' font-size='12' fill='#222'"

Line = tuple[str, str, Sequence[float]]  # name, colour, a value a day


def draw_growth(samples: Sequence[Sample], limit_mb: float) -> str:
    """Return the drawing of all days, memory above and files below."""
    memory: Line = ("resident memory", "#1f5fa8", [one.rss_mb for one in samples])
    limit: Line = (f"limit, {limit_mb:.0f} MB", "#b33", [limit_mb] * len(samples))
    database: Line = ("database", "#1f5fa8", [one.database_mb for one in samples])
    captures: Line = ("captures", "#2a8a4a", [one.captures_mb for one in samples])
    days = [one.day for one in samples]
    height = 2 * (HEIGHT + GAP) + TOP
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH + LEFT + 40} {height}'>",
            "<rect width='100%' height='100%' fill='white'/>",
            *_panel(TOP, days, (limit, memory)),
            *_panel(TOP + HEIGHT + GAP, days, (database, captures)),
            "</svg>",
            "",
        ]
    )


def _panel(top: int, days: Sequence[int], lines: Sequence[Line]) -> list[str]:
    most = max(max(values) for _, _, values in lines) * 1.1
    last = max(days)
    marks = [
        f"<line x1='{LEFT}' x2='{LEFT + WIDTH}' y1='{_y(top, part, 1):.0f}' y2='{_y(top, part, 1):.0f}'"
        f" stroke='#ddd'/><text x='{LEFT - 6}' y='{_y(top, part, 1) + 4:.0f}' text-anchor='end' {STYLE}>"
        f"{most * part:.0f}</text>"
        for part in (0, 0.25, 0.5, 0.75, 1)
    ]
    every = max(last // 10, 1)
    marks += [
        f"<text x='{_x(day, last):.0f}' y='{top + HEIGHT + 18}' text-anchor='middle' {STYLE}>{day}</text>"
        for day in days
        if day % every == 0
    ]
    marks.append(f"<text x='{LEFT}' y='{top - 10}' {STYLE}>MB</text>")
    marks.append(f"<text x='{LEFT + WIDTH}' y='{top + HEIGHT + 34}' text-anchor='end' {STYLE}>day</text>")
    return [*marks, *(_line(top, days, line, most, place) for place, line in enumerate(lines))]


def _line(top: int, days: Sequence[int], line: Line, most: float, place: int) -> str:
    name, colour, values = line
    points = " ".join(
        f"{_x(day, max(days)):.1f},{_y(top, value, most):.1f}"
        for day, value in zip(days, values, strict=True)
    )
    return (
        f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>"
        f"<text x='{LEFT + 40 + 200 * place}' y='{top - 10}' {STYLE} style='fill:{colour}'>{name}</text>"
    )


def _x(day: int, last: int) -> float:
    return LEFT + WIDTH * day / last


def _y(top: int, value: float, most: float) -> float:
    return top + HEIGHT * (1 - value / most)
