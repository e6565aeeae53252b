"""Addresses of the pages. A coin may hold ``:``, ``@`` and ``/``, so data about one is asked for by ``?coin=``."""

from django.urls import include, path, register_converter

from dashboard.pages.alerts.lines import alert_lines
from dashboard.pages.alerts.toasts import acknowledge
from dashboard.pages.bridge import bridge
from dashboard.pages.cookies import choose_theme, toggle_favourite
from dashboard.pages.funding import funding_part
from dashboard.pages.glossary import glossary
from dashboard.pages.landing import landing
from dashboard.pages.large_trades import large_trades
from dashboard.pages.market import candles, market
from dashboard.pages.markets import markets
from dashboard.pages.portfolio import portfolio, wallet
from dashboard.pages.pressure import pressure_part
from dashboard.pages.search import search, suggestions
from dashboard.pages.status.page import status, status_part
from dashboard.pages.styleguide import styleguide
from dashboard.pages.welcome import welcome


class Address:
    """0x and 40 hexadecimal digits; pages get them in lower case."""

    regex = "0x[0-9a-fA-F]{40}"

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: str) -> str:
        return value


register_converter(Address, "address")

urlpatterns = [
    path("", landing, name="landing"),
    path("markets/", markets, name="markets"),
    path("markets/<path:coin>/", market, name="market"),
    path("portfolio/", portfolio, name="portfolio"),
    path("wallets/<address:address>/", wallet, name="wallet_portfolio"),
    path("wallets/<address:address>/bridge/", bridge, name="wallet_bridge"),
    path("glossary/", glossary, name="glossary"),
    path("trades/large/", large_trades, name="large-trades"),
    path("history/", include("dashboard.pages.history.urls")),
    path("alerts/destinations/", include("dashboard.pages.alerts.destinations_urls")),
    path("alerts/firings/<int:firing_id>/acknowledge/", acknowledge, name="firing-acknowledge"),
    path("alerts/", include("dashboard.pages.alerts.urls")),
    path("api/candles", candles, name="candles"),
    path("parts/alerts", alert_lines, name="alert-lines"),
    path("parts/funding", funding_part, name="funding"),
    path("parts/pressure", pressure_part, name="pressure"),
    path("parts/search", suggestions, name="search-suggestions"),
    path("parts/status", status_part, name="status-part"),
    path("search/", search, name="search"),
    path("status/", status, name="status"),
    path("styleguide/", styleguide, name="styleguide"),
    path("welcome/", welcome, name="welcome"),
    path("theme", choose_theme, name="theme"),
    path("favourites", toggle_favourite, name="favourite"),
]
