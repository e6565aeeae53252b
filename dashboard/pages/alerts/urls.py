"""Addresses below ``/alerts/``."""

from django.urls import path

from dashboard.pages.alerts.act import acknowledge, act, bulk
from dashboard.pages.alerts.detail import alert
from dashboard.pages.alerts.listing import alerts
from dashboard.pages.alerts.move import export, move
from dashboard.pages.alerts.past_firings import past_firings
from dashboard.pages.alerts.write import draft, edit, new

urlpatterns = [
    path("", alerts, name="alerts"),
    path("new/", new, name="alert-new"),
    path("draft/", draft, name="alert-draft"),
    path("bulk/", bulk, name="alerts-bulk"),
    path("move/", move, name="alerts-move"),
    path("move/export/", export, name="alerts-export"),
    path("history/", past_firings, name="alerts-history"),
    path("history/acknowledge/", acknowledge, name="alerts-acknowledge"),
    path("<int:alert_id>/", alert, name="alert"),
    path("<int:alert_id>/edit/", edit, name="alert-edit"),
    path("<int:alert_id>/act/", act, name="alert-act"),
]
