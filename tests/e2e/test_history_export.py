"""Taking history away in a real browser: choose, download, verify."""

import json
import subprocess
import sys
import zipfile

import pytest

from snapshots.export.bundle import Bundle
from snapshots.export.verify import verify
from tests.browser import opened
from tests.e2e.axe import wrong
from tests.e2e.running import ROOT
from tests.snapshots.wires import ALICE

NAME, PASSWORD = "exporter", "a phrase that nobody guesses"
SOMEBODY = f"""
from accounts.models import User, Wallet
from tests.snapshots.export.archive import fill_archive
user = User.objects.create_user({NAME!r}, password={PASSWORD!r})
fill_archive(user)
Wallet.objects.put(user, {ALICE!r}, label="main")
"""


@pytest.fixture(scope="module")
def exporter(site):
    """Somebody with a wallet that has a history."""
    command = [sys.executable, "manage.py", "shell", "-c", SOMEBODY]
    subprocess.run(command, cwd=ROOT, env=site.site.environment, check=True)


async def sign_in(page, site) -> None:
    await page.goto(f"{site.url}/account/login/?next=/history/export/")
    await page.locator("[name=login]").fill(NAME)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("[name=password]").press("Enter")
    await page.wait_for_url("**/history/export/")


async def downloaded(page, folder):
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download").click()
    download = await waiting.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def test_what_is_chosen_is_downloaded_and_verifies(page, site, exporter, tmp_path):
    await sign_in(page, site)
    await page.get_by_label("Funding").uncheck()
    await page.get_by_label("JSON lines").check()
    await page.locator("select[name=wallet]").select_option(ALICE)
    path = await downloaded(page, tmp_path)
    assert path.name.startswith("hyperliquid-simulated-history-2")
    counts = verify(Bundle(path))
    assert counts["fills.jsonl"] == 7
    assert "funding.jsonl" not in counts
    with zipfile.ZipFile(path) as archive:
        filters = json.loads(archive.read("manifest.json"))["filters"]
    assert list(filters["accounts"]) == [ALICE]


async def test_it_works_without_scripts(browser, site, exporter, tmp_path):
    async with opened(browser, java_script_enabled=False) as page:
        await sign_in(page, site)
        assert verify(Bundle(await downloaded(page, tmp_path)))["fills.csv"] == 7


async def test_nothing_is_wrong_with_the_page_in_any_size_or_theme(page, site, exporter):
    await sign_in(page, site)
    assert await wrong(page) == []
