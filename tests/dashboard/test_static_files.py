"""Static files as a browser gets them from the ASGI application."""

import gzip
import re

import pytest
from django.test import AsyncClient


@pytest.fixture
def client(settings):
    settings.WHITENOISE_AUTOREFRESH = False  # as in an installation
    return AsyncClient()


async def test_a_file_comes_whole_with_its_type(client):
    answer = await client.get("/static/js/page.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer.content.startswith(b"//")
    assert int(answer["Content-Length"]) == len(answer.content)


async def test_a_file_that_has_not_changed_is_not_sent_again(client):
    first = await client.get("/static/js/page.js")
    again = await client.get("/static/js/page.js", headers={"if-modified-since": first["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_that_does_not_exist_is_not_found(client):
    assert (await client.get("/static/js/nothing.js")).status_code == 404
    assert (await client.get("/static/../manage.py")).status_code == 404


async def test_a_part_of_a_file_can_be_asked_for(client):
    part = await client.get("/static/js/page.js", headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


def test_collected_files_are_named_by_their_content_and_compressed(tmp_path, settings):
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.management import call_command
    from django.utils.functional import empty

    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "dashboard.static_files.ModuleStorage"}}
    staticfiles_storage._wrapped = empty
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        name = staticfiles_storage.stored_name("js/page.js")
    finally:
        staticfiles_storage._wrapped = empty
    assert name != "js/page.js"
    text = (tmp_path / name).read_text()
    assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()).decode() == text
    imports = [line for line in text.splitlines() if line.startswith("import")]
    assert imports
    assert all(line.rstrip(";\"'").count(".") >= 3 for line in imports), "an import without a hash"


async def test_the_worker_that_shows_notifications_stands_at_the_root_and_is_asked_for_anew(client):
    answer = await client.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert int(re.search(r"max-age=(\d+)", answer["Cache-Control"])[1]) <= 60
