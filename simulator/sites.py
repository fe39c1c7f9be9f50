"""Who is who in the practice newsroom: its sites, one for each generation of markup, and how they speak."""

from simulator.stories import WritingStyle
from simulator.truth import Banner, Kind, Section, Site, Template

NORTHREACH = Site(
    "northreach",
    "Northreach Air Component",
    "Northreach Air Component",
    Template.G1,
    11,
    (
        Section(
            "News",
            Kind.NEWS,
            "/News.aspx",
            "/News/ArticleDisplay/tabid/223/Article/{number}/{slug}.aspx",
            1,
            744,
        ),
        Section(
            "Commentaries",
            Kind.COMMENTARY,
            "/News/Commentaries.aspx",
            "/News/Commentaries/Display/tabid/271/Article/{number}/{slug}.aspx",
            7,
            745,
        ),
        Section(
            "Biographies",
            Kind.BIOGRAPHY,
            "/AboutUs/Biographies.aspx",
            "/AboutUs/Biographies/Display/tabid/225/Article/{number}/{slug}.aspx",
            3,
            746,
        ),
        Section(
            "Fact Sheets",
            Kind.FACT_SHEET,
            "/AboutUs/FactSheets.aspx",
            "/AboutUs/FactSheets/Display/tabid/224/Article/{number}/{slug}.aspx",
            10,
            747,
        ),
        Section(
            "Speeches",
            Kind.SPEECH,
            "/AboutUs/Speeches.aspx",
            "/AboutUs/Speeches/Display/tabid/268/Article/{number}/{slug}.aspx",
            11,
            748,
        ),
    ),
    banner=None,
)
ARCHIVE = Site(
    "archive",
    "Department of Readiness Archive",
    "Department of Readiness",
    Template.G2,
    12,
    (
        Section(
            "News Releases",
            Kind.RELEASE,
            "/News/News-Releases/",
            "/News/News-Releases/News-Release-View/Article/{number}/{slug}/",
            9,
            801,
        ),
    ),
    banner=None,
)
PRESS = Site(
    "press",
    "U.S. Department of Readiness",
    "Department of Readiness",
    Template.G3,
    945,
    (
        Section(
            "Releases",
            Kind.RELEASE,
            "/News/Releases/",
            "/News/Releases/Release/Article/{number}/{slug}/",
            9,
            2,
        ),
        Section(
            "Contracts",
            Kind.CONTRACTS,
            "/News/Contracts/",
            "/News/Contracts/Contract/Article/{number}//",
            400,
            3,
        ),
        Section(
            "Feature Stories",
            Kind.STORY,
            "/News/Feature-Stories/",
            "/News/Feature-Stories/Story/Article/{number}/{slug}/",
            800,
            4,
            drawn=True,
        ),
    ),
    banner=Banner(".gov", "an official government organization in the United States.", True, "Government"),
)
MERIDIAN = Site(
    "meridian",
    "U.S. Forces Meridian",
    "U.S. Forces Meridian",
    Template.COMMAND,
    2101,
    (
        Section(
            "News Stories",
            Kind.NEWS,
            "/Media/Newsroom/News/",
            "/Media/Newsroom/News/Article/{number}/{slug}/",
            1,
            5001,
            blurb="Announcements, releases and stories of the command, with a desk for the press.",
        ),
        Section(
            "Messages",
            Kind.MESSAGE,
            "/Media/Messages/",
            "/Media/Messages/Messages-Display/Article/{number}/{slug}/",
            6,
            14336,
        ),
    ),
    topics=("Harbor Resolve", "travel advice", "More News/Articles", "alliance", "quarantine", "archive"),
)
CALDER = Site(
    "calder",
    "Calder Air Base",
    "77th Wing",
    Template.UNIT,
    2102,
    (Section("News", Kind.NEWS, "/News/", "/News/Article-Display/Article/{number}/{slug}/", 1, 5101),),
    banner=Banner(
        owner="an official U.S. Department of War organization in the United States.", invites=False
    ),
    notice="Content on this site is under review; some pages may be missing for a while. MORE DETAILS HERE.",
    topics=("flight line", "families", "history"),
)
SITES = (NORTHREACH, ARCHIVE, PRESS, MERIDIAN, CALDER)

WRITING_STYLES = {
    "northreach": WritingStyle(
        ("28th Survey Wing", "9th Rescue Flight", "Air Depot North"),
        ("Ridgeway Air Force Base", "Fort Halleck", "Linden Field"),
        "28th Survey Wing Public Affairs",
        "{upper}, N.D. (AFNS)",
    ),
    "archive": WritingStyle(
        ("Joint Staff Corps of Planners", "Office of Supply", "Civil Aid Command"),
        ("Washington", "Camp Brandt", "Port Selwyn"),
        "Press Operations",
        None,
    ),
    "press": WritingStyle(
        ("Office of Supply", "Readiness Research Agency", "Civil Aid Command"),
        ("Washington", "Port Selwyn", "Fort Tamarack"),
        None,
        None,
    ),
    "meridian": WritingStyle(
        ("Theater Sustainment Group", "7th Harbor Brigade", "Joint Medical Detachment"),
        ("Camp Alder", "Port Selwyn", "Fort Tamarack"),
        "U.S. Forces Meridian Public Affairs",
        "{place}, South Korea",
        "A",
    ),
    "calder": WritingStyle(
        ("77th Maintenance Squadron", "77th Wing", "477th Civil Engineer Flight"),
        ("Calder Air Base", "Ridley Range", "North Ramp"),
        "77th Wing Public Affairs",
        "{place}, Mont. (AFNS)",
    ),
}

# How the ordinary stories are spread over the first sections; the old sites are done with their time.
SHARES = (("northreach", 5), ("archive", 3), ("press", 4), ("meridian", 5), ("calder", 4))
FIRST_DAYS = {
    "northreach": "2015-11-02",
    "archive": "2016-08-01",
    "press": "2025-02-03",
    "meridian": "2025-02-03",
    "calder": "2025-02-04",
}
