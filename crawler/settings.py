"""What differs from Scrapy 2.19's defaults, and why. Our own settings start with MILWIRE_.

Who we are, the delay, and the limits come from `milwire.toml` (crawler.config); the spider sets them for its
source when it is created, so that `scrapy crawl` and `milwire` behave alike.
"""

import os

from crawler import config

BOT_NAME = "milwire"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

MILWIRE_DB = str(config.find_database(os.environ))  # the database to write to

# Nothing listens while we crawl: no shell, no code execution by a local port.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# The watch shares this event loop.
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TWISTED_DNS_RESOLVER = (
    "crawler.politeness.resolver.PublicResolver"  # refuses host names that resolve to private networks
)

# One request at a time. Scrapy does not keep to that with a delay of 0, so the delay is never 0; the gate in
# the store (crawler.politeness.gate) holds both across processes, measured from the end of the last response.
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = False

# Each response is a look: none is repeated, followed, filtered or dropped on its way to us.
RETRY_ENABLED = False  # it would repeat 429 and 5xx at once
REDIRECT_ENABLED = False  # each hop is our own request, checked for site, robots and address
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True  # 403 and 404 must reach us
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the crawl knows what it requested
URLLENGTH_LIMIT = 0  # Scrapy would drop long requests silently
ROBOTSTXT_OBEY = False  # obeyed by crawler.middlewares, which stores the response and respects its status

# No state between pages, and no way to the host but the direct one.
COOKIES_ENABLED = False
REFERER_ENABLED = False
HTTPPROXY_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True

DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "crawler.politeness.api_keys.KeyedDownloadHandler")
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_FAIL_ON_DATALOSS = False  # a truncated response is stored as evidence and marked as such

# Parts of Scrapy that would do nothing here, for every response.
SPIDER_MIDDLEWARES = dict.fromkeys(
    f"scrapy.spidermiddlewares.{name}"
    for name in (
        "start.StartSpiderMiddleware",
        "httperror.HttpErrorMiddleware",
        "depth.DepthMiddleware",
        "metacopy.MetaCopyDetectionMiddleware",
    )
)
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # the crawl requests only its own site
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "crawler.middlewares.RobotsMiddleware": 100,  # before anything is sent
    "crawler.middlewares.GateMiddleware": 950,  # last before a request is sent, first after its response
}
ITEM_PIPELINES = {"crawler.pipelines.StorePipeline": 100}
EXTENSIONS = {"crawler.extensions.RunRecord": 100}

# First in, first out, by priority: what was listed first is fetched first.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"

LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 0
MEMUSAGE_ENABLED = False  # a watch needs no timer per crawl
WARN_ON_GENERATOR_RETURN_VALUE = False  # it would read the source of each callback for every response
DOWNLOADER_STATS = False  # it would serialize each request and response to count bytes
CONCURRENT_ITEMS = 1  # Scrapy starts as many tasks for each response
