"""Addresses below ``/alerts/destinations/``."""

from django.urls import path

from dashboard.pages.alerts.destinations import destinations
from dashboard.pages.alerts.destinations_act import change, code, remove, resume, test, verify
from dashboard.pages.alerts.destinations_add import add

urlpatterns = [
    path("", destinations, name="destinations"),
    path("add/<slug:kind>/", add, name="destination-add"),
    path("<int:destination_id>/code/", code, name="destination-code"),
    path("<int:destination_id>/verify/", verify, name="destination-verify"),
    path("<int:destination_id>/test/", test, name="destination-test"),
    path("<int:destination_id>/change/", change, name="destination-change"),
    path("<int:destination_id>/resume/", resume, name="destination-resume"),
    path("<int:destination_id>/remove/", remove, name="destination-remove"),
]
