"""Addresses of the pages. A coin may hold ``:``, ``@`` and ``/``, so data about one is asked for by ``?coin=``."""

from django.urls import include, path

from dashboard.pages.cookies import choose_theme, toggle_favourite
from dashboard.pages.funding import funding_part
from dashboard.pages.landing import landing
from dashboard.pages.market import candles, market
from dashboard.pages.markets import markets
from dashboard.pages.pressure import pressure_part

urlpatterns = [
    path("", landing, name="landing"),
    path("markets/", markets, name="markets"),
    path("markets/<path:coin>/", market, name="market"),
    path("history/", include("dashboard.pages.history.urls")),
    path("api/candles", candles, name="candles"),
    path("parts/funding", funding_part, name="funding"),
    path("parts/pressure", pressure_part, name="pressure"),
    path("theme", choose_theme, name="theme"),
    path("favourites", toggle_favourite, name="favourite"),
]
