"""Which address leads where."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.pages.urls")),
    path("", include("accounts.urls")),
    path("api/", include("monitoring.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "dashboard.pages.errors.not_found"
handler500 = "dashboard.pages.errors.server_error"
