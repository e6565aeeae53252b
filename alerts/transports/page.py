"""In the site's own pages: a note in all open browsers of the user, with a sound where he switched it on."""

from typing import Any

from alerts.announce import announce
from alerts.transports.brief import brief
from alerts.transports.transport import Entry, Message, Temporary


class Page:
    """Told is whoever has a page open. The firing stays on all pages until it is acknowledged: nothing is lost."""

    kind = "page"
    title = "This site, while it is open"
    entries: tuple[Entry, ...] = ()
    needs_code = False

    def offered(self) -> str:
        """Always."""
        return ""

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """Whose pages is written when the destination is stored."""
        return {}

    def hint(self, secret: dict[str, Any]) -> str:
        """There is nothing to hide."""
        return "every browser in which you are signed in"

    def service(self, secret: dict[str, Any]) -> str:
        """The site itself."""
        return "pages"

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """To all web processes at once. Temporary if they cannot be reached."""
        firings = {one.get("firing") for one in message.data.get("messages", ())}
        told = {
            "key": message.key,
            "title": message.title,
            "text": brief(message),
            "url": message.url,
            "at": message.at,
            "firing": firings.pop() if len(firings) == 1 else None,
        }
        try:
            announce(secret["user"], told)
        except Exception as error:
            raise Temporary(f"The open pages cannot be reached: {type(error).__name__}.") from error
