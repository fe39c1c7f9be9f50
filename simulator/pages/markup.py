"""The parts of an article that every template draws alike: a paragraph with its links."""

from html import escape

from storage.records import Fields, Image, Link

CREDIT_MARK = "Photo by: "


def inline(paragraph: str, fields: Fields) -> str:
    """Return a paragraph as markup; each link stands where its text first occurs."""
    marked = escape(paragraph, quote=False)
    for link in fields.links:
        text = escape(link.text, quote=False)
        if text in marked:
            marked = marked.replace(text, anchor(link), 1)
    return marked


def anchor(link: Link) -> str:
    """Return a link as markup."""
    return f'<a href="{escape(link.url)}" target="_blank">{escape(link.text, quote=False)}</a>'


def photo_line(image: Image) -> str:
    """Return the line below a picture that names who took it and its number."""
    parts = [
        f"{CREDIT_MARK}{image.credit}" if image.credit else "",
        f"VIRIN: {image.virin}" if image.virin else "",
    ]
    return escape(" | ".join(part for part in parts if part))
