"""Pictures, tags and links of an article: what belongs to it, with credit and number."""

import pytest

from crawler.parsing import html
from crawler.parsing.platforms.afpims import layout, media
from storage.models import Page

URL = "https://www.lighthouse.mil/News/Article/701/x/"
PHOTO = "https://media.defense.gov/2015/Nov/04/2001300001/-1/-1/0/151104-F-IP058-015.JPG"


def article(inner: str) -> layout.Article:
    markup = f'<html><body><div class="adetail"><h1>X</h1><div class="body"><p>Words.</p>{inner}</div></div>'
    page = Page(URL, 200, (), markup.encode())
    return layout.split_article(layout.locate_article(page, html.parse_tree(page)))


def test_a_picture_has_its_caption_credit_and_number() -> None:
    caption = "Keepers climb. (U.S. Air Force photo/Ada Wick)"
    (image,) = media.find_images(
        article(f'<figure><img src="{PHOTO}"><figcaption><p>{caption}</p></figcaption></figure>')
    )
    assert (image.url, image.caption) == (PHOTO, caption)
    assert (image.credit, image.virin) == ("U.S. Air Force photo/Ada Wick", "151104-F-IP058-015")


def test_a_picture_in_two_sizes_is_one_picture() -> None:
    small = PHOTO.replace("/-1/-1/0/", "/670/394/2/")
    both = article(f'<img src="{PHOTO}"><img src="{small}">')
    assert [image.url for image in media.find_images(both)] == [PHOTO]


@pytest.mark.parametrize(
    "source", ["/images/print.svg", "/icons/x.png", "spacer.gif", "data:image/png;base64,x"]
)
def test_an_icon_is_not_a_picture(source: str) -> None:
    assert media.find_images(article(f'<img src="{source}">')) == ()


def test_a_lazy_picture_is_found() -> None:
    assert [image.url for image in media.find_images(article(f'<img data-src="{PHOTO}">'))] == [PHOTO]


def test_a_picture_in_furniture_is_not_the_articles() -> None:
    assert media.find_images(article(f'<div class="related"><img src="{PHOTO}"></div>')) == ()


def test_the_articles_tags_are_read_and_the_tag_cloud_is_not() -> None:
    inner = (
        '<div class="tags"><a href="#">#lights</a>, <a href="#">keepers</a><a href="#">lights</a></div>'
        '<div class="tags">Topics <a href="#">harbor</a></div>'
    )
    assert media.find_tags(article(inner)) == ("lights", "keepers")


def test_a_link_counts_with_words_in_the_text_and_a_document_always() -> None:
    inner = (
        '<p>See the <a href="/log">log</a>.</p><a href="/gone">elsewhere</a>'
        '<a href="/files/log.pdf">PDF</a><a href="mailto:a@b.mil">log</a>'
    )
    found = media.find_links(article(inner).bodies, URL, ["Words.", "See the log."])
    assert [(link.url, link.text, link.attachment) for link in found] == [
        ("https://www.lighthouse.mil/log", "log", False),
        ("https://www.lighthouse.mil/files/log.pdf", "PDF", True),
    ]


def test_pictures_and_links_count_from_the_base_address() -> None:
    inner = '<base href="https://www.pier.mil/"><img src="p/1.jpg"><p><a href="more/">Read more here</a></p>'
    found = article(inner)
    assert [image.url for image in media.find_images(found)] == ["https://www.pier.mil/p/1.jpg"]
    links = media.find_links(found.bodies, found.url, ("Read more here",))
    assert [link.url for link in links] == ["https://www.pier.mil/more/"]


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        (
            '<iframe src="//www.youtube.com/embed/Ab1?rel=0"></iframe>',
            "https://www.youtube.com/embed/Ab1?rel=0",
        ),
        ('<video controls><source src="/videos/a.mp4"></video>', "https://www.lighthouse.mil/videos/a.mp4"),
        ('<object data="https://www.youtube.com/v/Ab1"></object>', "https://www.youtube.com/v/Ab1"),
        ('<iframe data-src="https://maps.example/embed?pb=1"></iframe>', "https://maps.example/embed?pb=1"),
    ],
)
def test_a_video_or_frame_in_the_body_is_embedded(markup: str, url: str) -> None:
    (embed,) = media.find_embeds(article(markup))
    assert (embed.url, embed.embedded) == (url, True)


@pytest.mark.parametrize(
    "markup",
    [
        '<iframe src="https://tracker.example/x" width="1" height="1"></iframe>',
        '<iframe src="https://share.example/x" style="display: none"></iframe>',
        '<iframe src="about:blank"></iframe>',
        "<iframe></iframe>",
        '<nav><iframe src="https://menu.example/x"></iframe></nav>',
    ],
)
def test_what_no_reader_sees_is_not_embedded(markup: str) -> None:
    assert media.find_embeds(article(markup)) == ()
