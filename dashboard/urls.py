"""Which address leads where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.pages.urls")),
    path("", include("accounts.urls")),
    path("api/", include("monitoring.urls")),
    path(settings.CONFIG.admin_path, admin.site.urls),
]

handler404 = "dashboard.pages.errors.not_found"
handler429 = "dashboard.pages.errors.too_many"
handler500 = "dashboard.pages.errors.server_error"
