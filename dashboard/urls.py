"""Which address leads where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from dashboard.api.api import urls as api_v1
from dashboard.api.page import docs, stream

urlpatterns = [
    path("", include("dashboard.pages.urls")),
    path("", include("accounts.urls")),
    path("api/", include("monitoring.urls")),
    path("api/v1/docs", docs, name="api-docs"),
    path("api/v1/stream", stream, name="api-stream"),
    path("api/v1/", api_v1),
    path(settings.CONFIG.admin_path, admin.site.urls),
]

handler404 = "dashboard.pages.errors.not_found"
handler429 = "dashboard.pages.errors.too_many"
handler500 = "dashboard.pages.errors.server_error"
