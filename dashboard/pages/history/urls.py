"""Addresses below ``/history/``."""

from django.urls import path

from dashboard.pages.history.export import download, export
from dashboard.pages.history.lists import fills, flows, funding, orders
from dashboard.pages.history.results import results
from dashboard.pages.history.trip import trip
from dashboard.pages.history.trips import trips

urlpatterns = [
    path("", results, name="history"),
    path("trips/", trips, name="history-trips"),
    path("trips/<address:address>/<str:first>/<path:coin>/", trip, name="trip"),
    path("fills/", fills, name="history-fills"),
    path("funding/", funding, name="history-funding"),
    path("flows/", flows, name="history-flows"),
    path("orders/", orders, name="history-orders"),
    path("export/", export, name="history-export"),
    path("export/download/", download, name="history-export-download"),
]
