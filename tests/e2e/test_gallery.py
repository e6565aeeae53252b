"""The gallery: a picture of each size and theme, as it is written, and a page that shows them all."""

import re
import struct

from tests.browser import opened
from tests.e2e import gallery
from tests.e2e.gallery_index import Picture, write_index


async def test_a_page_is_taken_whole_in_both_sizes_and_themes_and_shown_in_the_index(
    browser, site, tmp_path, monkeypatch
):
    monkeypatch.setattr(gallery, "FOLDER", tmp_path)
    async with opened(browser) as page:
        await page.goto(f"{site.url}/glossary/")
        await gallery.take(page, Picture("visitor", "glossary"))
    seen = {}
    for size, (width, height) in gallery.SIZES.items():
        for scheme in gallery.SCHEMES:
            taken = (tmp_path / f"visitor.glossary.{size}.{scheme}.png").read_bytes()
            wide, tall = struct.unpack(">II", taken[16:24])
            assert wide == width
            assert height < tall <= gallery.TALLEST
            seen[taken] = size, scheme
    assert len(seen) == 4, "each looks different"
    index = write_index(tmp_path, list(gallery.TOURS), list(gallery.SIZES), gallery.SCHEMES).read_text()
    shown = re.findall(r'<img src="([^"]+)"', index)
    assert sorted(shown) == sorted(path.name for path in tmp_path.glob("*.png"))
