"""Somebody who writes on a page while a fault lasts, and reads it again in this browser and in another."""

import re
from dataclasses import dataclass

from tests.dashboard.degrading import Visitor

NEVER = {"metric": "mark", "coin": "BTC", "side": "above", "threshold": "9,000,000,000", "often": "each"}
"""An alert that never fires."""


@dataclass(frozen=True, slots=True)
class Written:
    """``number`` of the alert; ``was_there``: who wrote nothing saw it at once, too."""

    number: str
    was_there: bool


class Writer:
    """A user of the site at ``url`` whose session has this cookie."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url, self.cookie = url, cookie

    def browser(self) -> Visitor:
        """One that has written nothing yet."""
        browser = Visitor(self)
        browser.http.cookies["sessionid"] = self.cookie
        return browser

    def write(self) -> Written:
        """Make an alert by the form; whoever did must find it at once, wherever that is read."""
        browser = self.browser()
        answer = browser.post("/alerts/new/", "/alerts/new/", **NEVER)
        found = re.fullmatch(r".*/alerts/(\d+)/", answer.url)
        assert found, (answer.status_code, answer.url)
        assert answer.status_code == 200, "who made it does not find its page"
        was_there = self.sees(self.browser(), found[1])
        assert self.sees(browser, found[1]), "who made it does not find it in the list"
        return Written(found[1], was_there)

    def others_see(self, written: Written) -> bool:
        """Whether a browser that has written nothing is shown it."""
        return self.sees(self.browser(), written.number)

    @staticmethod
    def sees(browser: Visitor, number: str) -> bool:
        """Whether it is in the list that this browser is shown."""
        return f'data-alert="{number}"' in browser.get("/alerts/").text
