"""The practice newsroom says what its truth says, changes what real sites change, and misbehaves by rule."""

import gzip
import http.client
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import html as markup

import simulator
from simulator import (
    Absence,
    Fault,
    LoggedRequest,
    Newsroom,
    Post,
    Section,
    Served,
    Site,
    Trouble,
    sitemaps,
    truth,
)
from storage.models import Confidence, Fields

NEWSROOM = simulator.practice_newsroom(seed=1, posts=60)
SITE_NAMES = [site.name for site in NEWSROOM.sites]
AKAMAI = re.compile(rb"<TITLE>Access Denied</TITLE>.*http&#58;&#47;&#47;.*Reference&#32;&#35;18", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def get(url: str, timeout_s: float = 10, **headers: str) -> Reply:
    """Fetch without following redirects."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, named, response.read())
    finally:
        connection.close()


def words(page: str) -> str:
    """Return what a page says, on one line, without scripts and styles."""
    tree = markup.fromstring(page)
    for node in tree.xpath("//script | //style"):
        node.drop_tree()
    return " ".join(tree.text_content().split())


def every_post() -> Iterator[tuple[Site, Section, Post]]:
    for site in NEWSROOM.sites:
        for section, post in truth.list_posts(site):
            yield site, section, post


def listed(page: str, section: Section) -> list[str]:
    """Return the article numbers a list page holds, in order."""
    pattern = re.escape(section.article_path.split("{number}")[0]) + r"(\d+)"
    return list(dict.fromkeys(re.findall(pattern, page)))


@pytest.fixture
def served() -> Iterator[Served]:
    with simulator.serve(NEWSROOM) as running:
        yield running


def newest(name: str) -> Post:
    return NEWSROOM.site(name).sections[0].posts[0]


def test_the_same_seed_gives_the_same_newsroom_and_another_seed_another() -> None:
    assert simulator.practice_newsroom(1, 60) == NEWSROOM
    assert simulator.practice_newsroom(2, 60) != NEWSROOM


@pytest.mark.parametrize("posts", [60, 200])
def test_a_newsroom_has_as_many_posts_as_asked_for(posts: int) -> None:
    sites = simulator.practice_newsroom(posts=posts).sites
    assert sum(len(truth.list_posts(site)) for site in sites) == posts


def test_every_generation_of_markup_is_there() -> None:
    assert {post.fields.design for _, _, post in every_post()} == {"g1", "g2", "g3", "g4"}


def test_numbers_rise_with_time_in_every_section() -> None:
    for site in NEWSROOM.sites:
        for section in site.sections:
            numbers = [int(post.number) for post in section.posts]
            assert numbers == sorted(numbers, reverse=True)
            assert len(set(numbers)) == len(numbers)


def test_cross_posts_share_number_and_title_and_a_clash_shares_only_the_number() -> None:
    by_number: dict[str, list[Post]] = {}
    for _, _, post in every_post():
        by_number.setdefault(post.number, []).append(post)
    shared = [rows for rows in by_number.values() if len(rows) > 1]
    same = [rows for rows in shared if len({row.story for row in rows}) == 1]
    assert [len(shared), len(same)] == [4, 3]
    assert all(len({(row.fields.title, row.fields.paragraphs) for row in rows}) == 1 for rows in same)
    assert all(len({row.fields.title for row in rows}) == 2 for rows in shared if rows not in same)


def test_the_reprint_is_long_and_has_another_number_day_and_dateline() -> None:
    one, other = [post for _, _, post in every_post() if post.story == "reprint"]
    assert one.fields.paragraphs == other.fields.paragraphs
    assert sum(len(row.split()) for row in one.fields.paragraphs) >= 100
    assert one.number != other.number
    assert one.fields.published_on != other.fields.published_on
    assert one.fields.dateline != other.fields.dateline


def test_stories_name_every_posting_once() -> None:
    groups = truth.group_stories(NEWSROOM)
    assert sum(len(where) for where in groups.values()) == 60
    assert sorted(len(where) for where in groups.values())[-5:] == [1, 2, 2, 2, 2]


def test_the_weekly_text_is_another_release_each_time() -> None:
    weekly = [post for _, _, post in every_post() if post.fields.title == "Week in Pictures"]
    assert len({(post.fields.title, post.fields.paragraphs) for post in weekly}) == 1
    assert len({post.story for post in weekly}) == len(weekly) == 3


@pytest.mark.parametrize("name", SITE_NAMES)
def test_every_page_carries_what_the_truth_says(served: Served, name: str) -> None:
    for _, post in truth.list_posts(NEWSROOM.site(name)):
        url = served.url(name, post.number)
        known = served.truth(url)
        assert known is not None
        reply = get(url)
        said = words(reply.text)
        assert reply.status == 200
        assert [row for row in _printed(known) if " ".join(row.split()) not in said] == []
        addresses = [image.url for image in known.images] + [link.url for link in known.links]
        assert [each for each in addresses if each not in unescape(reply.text)] == []
        assert f"var articleId = {post.number};" in reply.text
        assert (known.published_raw or "") in said


def _printed(known: Fields) -> list[str]:
    optional = (known.subtitle, known.byline, known.organization, known.dateline)
    captions = [image.caption for image in known.images if image.caption]
    return [known.title, *known.paragraphs, *known.tags, *captions, *[text for text in optional if text]]


@pytest.mark.parametrize("name", SITE_NAMES)
def test_two_responses_differ_in_bytes_and_say_the_same(served: Served, name: str) -> None:
    url = served.url(name, newest(name).number)
    one, other = get(url), get(url)
    assert one.body != other.body
    assert words(one.text) == words(other.text)
    assert re.findall(r'id="__VIEWSTATE" value="([^"]+)"', one.text) != re.findall(
        r'id="__VIEWSTATE" value="([^"]+)"', other.text
    )


def test_banners_come_in_several_wordings_and_some_sites_have_none(served: Served) -> None:
    said = {site.name: words(get(site.base_url + "/").text) for site in served.sites}
    assert "Here's how you know" in said["meridian"]
    assert "Here's how you know" not in said["calder"]
    assert "U.S. Department of War organization" in said["calder"]
    assert "Official websites use .gov" in said["press"]
    assert "An official website" not in said["archive"] + said["northreach"]


@pytest.mark.parametrize("name", SITE_NAMES)
def test_listings_page_through_everything_exactly_once(name: str) -> None:
    newsroom = simulator.practice_newsroom(posts=150)
    with simulator.serve(newsroom) as served:
        for section in newsroom.site(name).sections:
            found: list[str] = []
            url: str | None = served.site(name).base_url + section.path
            while url:
                page = get(url).text
                found += listed(page, section)
                onward = re.search(r'class="da_next_pager" href="([^"]+)"', page)
                url = served.site(name).base_url + onward[1] if onward else None
            assert found == [post.number for post in section.posts]


def test_a_page_past_the_last_is_an_empty_list(served: Served) -> None:
    section = NEWSROOM.site("calder").sections[0]
    reply = get(served.site("calder").listing_url + "?Page=99")
    assert reply.status == 200
    assert listed(reply.text, section) == []


def test_feeds_are_well_formed_newest_first_and_at_most_twenty() -> None:
    newsroom = simulator.practice_newsroom(posts=150)
    with simulator.serve(newsroom) as served:
        for site in served.sites:
            for source, section in zip(site.sources, newsroom.site(site.name).sections, strict=True):
                feed = feedparser.parse(get(source.feed_url or "").body)
                assert not feed.bozo
                assert feed.version == "rss20"
                urls = [served.url(site.name, post.number) for post in section.posts[:20]]
                assert [item.link for item in feed.entries] == urls
                assert [item.title for item in feed.entries] == [p.fields.title for p in section.posts[:20]]
                assert all(item.published.endswith("GMT") for item in feed.entries)


def test_the_feed_tells_the_time_of_the_request_and_a_broken_address_of_itself() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with simulator.serve(NEWSROOM, clock=lambda: now) as served:
        text = get(served.site("calder").feed_url).text
    assert "<lastBuildDate>Fri, 02 Jan 2026 03:04:05 GMT</lastBuildDate>" in text
    assert re.search(r'<atom:link href="127\.0\.0\.1:\d+\?ContentType', text)


def test_a_wrong_site_number_gets_the_other_sites_feed(served: Served) -> None:
    wrong = served.site("calder").feed_url.replace("Site=2102", "Site=2101")
    feed = feedparser.parse(get(wrong).body)
    assert all(item.link.startswith(served.site("meridian").base_url) for item in feed.entries)


def test_robots_name_a_relative_sitemap_and_keep_print_pages_out(served: Served) -> None:
    reply = get(served.site("press").base_url + "/robots.txt")
    assert "Sitemap: /DesktopModules/SiteData/SiteMap.ashx" in reply.text
    assert "Disallow: /*Print.aspx" in reply.text


def test_print_pages_answer_for_whoever_asks_all_the_same(served: Served) -> None:
    number = newest("northreach").number
    base = served.site("northreach").base_url
    page = get(f"{base}/DesktopModules/ArticleCS/Print.aspx?PortalId=1&ModuleId=850&Article={number}").text
    assert newest("northreach").fields.title in words(page)


@pytest.mark.parametrize("name", SITE_NAMES)
def test_the_site_map_names_every_article_that_stands(served: Served, name: str) -> None:
    site = served.newsroom.site(name)
    base = served.site(name).base_url
    assert get(base + sitemaps.PATH).text.count("<sitemap>") == len(site.sections) + 1
    named = "".join(get(f"{base}{sitemaps.PATH}?section={n}").text for n in range(1, len(site.sections) + 1))
    posts = [post for _, post in truth.list_posts(site) if post.absence is None]
    assert all(f"/Article/{post.number}/" in named for post in posts)
    assert f"<loc>{base}{site.sections[0].path}</loc>" in get(f"{base}{sitemaps.PATH}?section=0").text


@pytest.mark.parametrize("name", SITE_NAMES)
def test_what_is_not_there_is_a_404_page(served: Served, name: str) -> None:
    base = served.site(name).base_url
    for path in ("/News/Article/999/never-was/", "/no/such/page", f"{sitemaps.PATH}?section=99"):
        reply = get(base + path)
        assert reply.status == 404
        assert "404 - Page not found!" in reply.text


def test_the_number_alone_finds_an_article_whatever_slug_path_or_case(served: Served) -> None:
    post = newest("meridian")
    base = served.site("meridian").base_url
    assert post.fields.title in words(get(f"{base}/NEWS/ARTICLE/{post.number}/another-slug").text)


def test_pages_are_packed_when_asked_for(served: Served) -> None:
    url = served.url("calder", newest("calder").number)
    packed = get(url, Accept_Encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(packed.body)
    assert "content-encoding" not in get(url).headers


def test_posts_come_out_when_the_owners_clock_says_so() -> None:
    post = newest("calder")
    now = [post.posted_at - timedelta(seconds=1)]
    with simulator.serve(NEWSROOM, clock=lambda: now[0]) as served:
        url, listing = served.url("calder", post.number), served.site("calder").listing_url
        assert get(url).status == 404
        assert served.truth(url) is None
        assert post.number not in get(listing).text
        now[0] += timedelta(seconds=1)
        assert get(url).status == 200
        assert post.number in get(listing).text


def test_a_published_post_leads_list_and_feed(served: Served) -> None:
    post = simulator.another_post(served.newsroom, "meridian")
    url = served.publish("meridian", post)
    site, section = served.site("meridian"), NEWSROOM.site("meridian").sections[0]
    assert served.truth(url) == post.fields
    assert listed(get(site.listing_url).text, section)[0] == post.number
    assert feedparser.parse(get(site.feed_url).body).entries[0].link == url
    assert int(post.number) > max(int(each.number) for _, _, each in every_post())


def test_an_edit_shows_under_the_same_address(served: Served) -> None:
    post = newest("press")
    url = served.url("press", post.number)
    served.edit("press", post.number, replace(post.fields, paragraphs=("Nothing happened after all.",)))
    assert "Nothing happened after all." in words(get(url).text)
    known = served.truth(url)
    assert known is not None
    assert known.paragraphs == ("Nothing happened after all.",)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (Absence.NOT_FOUND, 404),
        (Absence.GONE, 410),
        (Absence.LISTING, 200),
        (Absence.HOME, 200),
        (Absence.ERROR_REDIRECT, 302),
        (Absence.REDIRECT_HOME, 302),
        (Absence.EMPTY, 200),
    ],
)
def test_a_removed_post_is_gone_in_its_own_way_and_comes_back(
    served: Served, how: Absence, status: int
) -> None:
    post, site = newest("meridian"), served.site("meridian")
    url = served.url("meridian", post.number)
    served.remove("meridian", post.number, how)
    reply = get(url)
    assert reply.status == status
    assert f"articleId = {post.number}" not in reply.text
    assert served.truth(url) is None
    assert post.number not in get(site.listing_url).text + get(site.feed_url).text
    served.restore("meridian", post.number)
    assert post.fields.title in words(get(url).text)


def test_an_unlisted_post_still_answers(served: Served) -> None:
    post, site = newest("meridian"), served.site("meridian")
    served.remove("meridian", post.number, Absence.UNLISTED)
    assert post.number not in get(site.listing_url).text
    assert post.fields.title in words(get(served.url("meridian", post.number)).text)


def test_given_fields_become_a_page_under_any_path(served: Served) -> None:
    fields = Fields(
        "Late news", ("One.", "Two."), "afpims:1", Confidence.HIGH, "g4", published_raw="May 5, 2024"
    )
    path = "/Media/Newsroom/News/Article/4072765/late-news/"
    url = served.add_page("meridian", path, fields)
    assert url.endswith(path)
    assert served.truth(url) == replace(fields, article_id="4072765")
    assert "var articleId = 4072765;" in get(url).text
    assert "Late news" not in get(served.site("meridian").listing_url).text


def test_sources_are_private_and_complete(served: Served) -> None:
    sources = [source for site in served.sites for source in site.sources]
    assert len({source.id for source in sources}) == len(sources) == 12
    assert all(source.private and source.platform == "afpims" for source in sources)
    assert all(get(url).status == 200 for s in sources for url in (s.listing_url, s.feed_url) if url)


def blocked(reply: Reply) -> bool:
    return bool(
        reply.status == 403 and reply.headers["server"] == "AkamaiGHost" and AKAMAI.search(reply.body)
    )


TROUBLES: dict[Trouble, Callable[[Reply], bool]] = {
    Trouble.BLOCKED: blocked,
    Trouble.THROTTLED: lambda reply: (reply.status, reply.headers["retry-after"]) == (429, "7"),
    Trouble.BROKEN: lambda reply: reply.status == 500,
    Trouble.UNAVAILABLE: lambda reply: reply.status == 503,
    Trouble.NOT_FOUND: lambda reply: reply.status == 404,
    Trouble.GONE: lambda reply: reply.status == 410,
    Trouble.EMPTY: lambda reply: (reply.status, reply.body) == (200, b""),
    Trouble.CHALLENGE: lambda reply: reply.status == 200 and b"cp_challenge" in reply.body,
    Trouble.HUGE: lambda reply: len(reply.body) > 90_000,
    Trouble.BOMB: lambda reply: len(reply.body) > 90_000,
    Trouble.AWAY: lambda reply: reply.headers["location"] == "https://www.elsewhere.example/News/",
    Trouble.PRIVATE: lambda reply: reply.headers["location"].startswith("http://10."),
    Trouble.LOOP: lambda reply: "/Article/" in reply.headers["location"],
    Trouble.HOME: lambda reply: "articleId" not in reply.text and "NewsFeedCell" in reply.text,
    Trouble.LISTING: lambda reply: "articleId" not in reply.text and "pagination" in reply.text,
    Trouble.GARBAGE: lambda reply: b"<html" not in reply.body,
    Trouble.SLOW: lambda reply: reply.body.rstrip().endswith(b"</html>"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_fault_spoils_what_it_matches_and_nothing_else(served: Served, trouble: Trouble) -> None:
    url = served.url("calder", newest("calder").number)
    served.fault(Fault(trouble, "calder", "/Article/", retry_after_s=7, seconds=0.001, size_bytes=100_000))
    assert TROUBLES[trouble](get(url))
    assert get(served.site("calder").listing_url).status == 200
    assert get(served.url("meridian", newest("meridian").number)).status == 200
    served.lift()
    assert get(url).status == 200


def test_a_redirect_loop_never_ends_at_a_page(served: Served) -> None:
    served.fault(Fault(Trouble.LOOP, "calder"))
    url = served.site("calder").base_url + "/News/"
    for _ in range(5):
        reply = get(url)
        assert reply.status == 302
        url = served.site("calder").base_url + reply.headers["location"]


def test_a_fault_may_skip_requests_and_end(served: Served) -> None:
    served.fault(Fault(Trouble.BROKEN, "calder", times=1, skip=1))
    url = served.site("calder").listing_url
    assert [get(url).status for _ in range(3)] == [200, 500, 200]


def test_a_truncated_body_is_shorter_than_it_says(served: Served) -> None:
    served.fault(Fault(Trouble.TRUNCATED, "calder"))
    with pytest.raises(http.client.IncompleteRead):
        get(served.site("calder").listing_url)


def test_a_hanging_request_ends_with_the_server() -> None:
    arrived = threading.Event()

    def clock() -> datetime:
        arrived.set()
        return datetime(2026, 1, 1, tzinfo=UTC)

    served = simulator.serve(NEWSROOM, clock=clock)
    served.fault(Fault(Trouble.HANG, target="hang"))
    arrived.clear()
    base = served.site("calder").base_url
    client = threading.Thread(target=_ignore_hangup, args=(f"{base}/hang",))
    client.start()
    assert arrived.wait(10)
    assert get(f"{base}/News/").status == 200
    served.close()
    client.join(10)
    assert not client.is_alive()
    ((one, other),) = simulator.find_overlaps(served.log)
    assert {one.path, other.path} == {"/hang", "/News/"}


def _ignore_hangup(url: str) -> None:
    with pytest.raises((http.client.HTTPException, OSError)):
        get(url)


def test_a_stale_feed_does_not_know_what_came_after(served: Served) -> None:
    served.fault(Fault(Trouble.STALE_FEED, target="RSS.ashx"))
    post = simulator.another_post(served.newsroom, "calder")
    served.publish("calder", post)
    assert post.number not in get(served.site("calder").feed_url).text
    assert post.number in get(served.site("calder").listing_url).text


def test_lists_can_be_emptied_cut_and_made_endless(served: Served) -> None:
    url, section = served.site("calder").listing_url, NEWSROOM.site("calder").sections[0]
    served.fault(Fault(Trouble.NO_ITEMS, target="/News/$"))
    assert listed(get(url).text, section) == []
    served.fault(Fault(Trouble.FEW_ITEMS, target="/News/$", keep=3))
    assert listed(get(url).text, section) == [post.number for post in section.posts[:3]]
    served.lift()
    served.fault(Fault(Trouble.ENDLESS, target="/News/"))
    far = get(url + "?Page=500").text
    assert listed(far, section) == [post.number for post in section.posts[:10]]
    assert "?Page=501" in far


def test_cut_lists_leave_articles_alone(served: Served) -> None:
    served.fault(Fault(Trouble.NO_ITEMS))
    assert get(served.url("calder", newest("calder").number)).status == 200
    assert feedparser.parse(get(served.site("calder").feed_url).body).entries == []


def test_a_new_slug_leads_lists_to_a_new_address_and_the_old_one_still_answers(served: Served) -> None:
    post = newest("calder")
    old = served.url("calder", post.number)
    served.edit("calder", post.number, post.fields, slug="another-name")
    assert served.url("calder", post.number).endswith(f"{post.number}/another-name/")
    assert served.truth(old) == served.truth(served.url("calder", post.number))
    assert "another-name" in get(served.site("calder").listing_url).text


def test_a_site_can_change_its_banner_without_a_word_of_its_articles(served: Served) -> None:
    url = served.url("calder", newest("calder").number)
    before = served.truth(url)
    served.put_site(replace(NEWSROOM.site("calder"), banner=None, notice="Back on Monday."))
    said = words(get(url).text)
    assert "Back on Monday." in said
    assert "An official website" not in said
    assert served.truth(url) == before


def test_robots_can_turn_into_a_page(served: Served) -> None:
    served.fault(Fault(Trouble.ROBOTS_AS_HTML, target="robots"))
    reply = get(served.site("calder").base_url + "/robots.txt")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_log_says_who_asked_for_what_and_when(served: Served) -> None:
    site = served.site("archive")
    get(site.listing_url + "?Page=2", User_Agent="milwire test")
    (entry,) = served.log
    assert (entry.site, entry.host, entry.status) == ("archive", site.host, 200)
    assert entry.path.endswith("/News-Releases/?Page=2")
    assert ("user-agent", "milwire test") in entry.headers
    assert entry.started <= entry.ended


def test_requests_one_after_the_other_do_not_overlap(served: Served) -> None:
    for _ in range(20):
        get(served.site("calder").listing_url)
    assert simulator.find_overlaps(served.log) == []


def test_overlaps_are_counted_by_host() -> None:
    def entry(host: str, started: float, ended: float) -> LoggedRequest:
        return LoggedRequest("calder", host, "/", 200, started, ended, ())

    log = (entry("a", 1, 3), entry("a", 2, 4), entry("b", 2, 4), entry("a", 4, 5))
    assert simulator.find_overlaps(log) == [(log[0], log[1])]


def test_a_fixed_port_is_used_and_a_taken_one_refused(served: Served) -> None:
    port = int(served.site("calder").host.split(":")[1])
    with pytest.raises(OSError, match="in use"):
        simulator.serve(NEWSROOM, ports={"calder": port})
    served.close()
    with simulator.serve(Newsroom((NEWSROOM.site("calder"),)), ports={"calder": port}) as again:
        assert again.site("calder").host.endswith(f":{port}")


def test_unknown_names_are_said_so(served: Served) -> None:
    with pytest.raises(LookupError, match="no practice site 'nowhere'"):
        served.site("nowhere")
    with pytest.raises(LookupError, match="no post 1 on calder"):
        served.remove("calder", "1")


def test_the_module_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "simulator"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        try:
            homes = [line.split()[-1] for line in lines if line.startswith("home")]
            assert [get(home).status for home in homes] == [200] * len(SITE_NAMES)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
