"""A process's garbage collector does not look at what stays for good."""

import os
import subprocess
import sys

CODE = """
import asyncio, gc
import dashboard.asgi
from django.urls import get_resolver
from monitoring.garbage import settle
get_resolver().url_patterns
before = len(gc.get_objects()) + gc.get_freeze_count()

async def main():
    loop = asyncio.create_task(settle())
    await asyncio.sleep(0.1)
    print(before, len(gc.get_objects()), loop.done())

asyncio.run(main())
"""


def test_what_was_loaded_is_looked_at_no_more():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    told = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    before, after, is_over = told.stdout.split()
    assert int(before) > 50_000
    assert int(after) < int(before) / 50
    assert is_over == "False"  # a loop that ends stops its process
