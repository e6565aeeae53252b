"""How REST refuses, and what its answers are wrapped in (API.md section 1)."""

from exchange.probe.asking import Reply
from exchange.probe.check import Check, check
from exchange.probe.outcome import Differs, NotSeen, assume
from exchange.probe.rest_types import LONG_AGO
from exchange.probe.seen import HELLO, Seen
from exchange.probe.shape import findings
from exchange.probe.shapes_account import CLEARINGHOUSE

CHECKS: list[Check] = []
NOBODY = "noSuchThing"
DESERIALIZE = "Failed to deserialize the JSON body"
LEANS = "API.md 1; exchange/errors.py"


def answered(reply: Reply, status: int, text: str | None = None) -> None:
    """Assume a status, and that the body has this text (``null`` must be the whole of it)."""
    assume(reply.status == status, f"status {status}", f"{reply.status}", reply.text)
    if text is not None:
        right = reply.text.strip() == text if text in ("null", "") else text in reply.text
        assume(right, f"the body {text or '(empty)'!r}", "another", reply.text)


@check(CHECKS, "error.type", "An unknown type is answered 422 with a text.", LEANS)
async def unknown_type(seen: Seen) -> None:
    answered(await seen.desk.reply({"type": NOBODY}), 422, DESERIALIZE)


@check(CHECKS, "error.field", "A missing field is answered 422 with a text.", LEANS)
async def missing_field(seen: Seen) -> None:
    answered(await seen.desk.reply({"type": "l2Book"}), 422, DESERIALIZE)


@check(CHECKS, "error.json", "A body that is no JSON is answered 400.", LEANS)
async def not_json(seen: Seen) -> None:
    answered(await seen.desk.send("POST", b"{"), 400)


@check(CHECKS, "error.content", "A wrong content type is answered 415.", LEANS)
async def wrong_content(seen: Seen) -> None:
    answered(await seen.desk.send("POST", b"{}", "text/plain"), 415)


@check(CHECKS, "error.get", "GET is answered 405.", LEANS)
async def get(seen: Seen) -> None:
    answered(await seen.desk.send("GET", b""), 405)


@check(CHECKS, "error.dex", "An unknown dex is answered 500 with null, for good.", LEANS)
async def unknown_dex(seen: Seen) -> None:
    answered(await seen.desk.reply({"type": "metaAndAssetCtxs", "dex": NOBODY}), 500, "null")


@check(CHECKS, "error.coin", "fundingHistory of an unknown coin is answered 500 with null.", LEANS)
async def unknown_coin(seen: Seen) -> None:
    body = {"type": "fundingHistory", "coin": NOBODY, "startTime": seen.began}
    answered(await seen.desk.reply(body), 500, "null")


@check(CHECKS, "error.book", "l2Book of an unknown coin is answered 200 with null.", LEANS)
async def unknown_book(seen: Seen) -> None:
    answered(await seen.desk.reply({"type": "l2Book", "coin": NOBODY}), 200, "null")


@check(CHECKS, "error.delisted", "l2Book of a delisted coin is two empty lists.", LEANS)
async def delisted_book(seen: Seen) -> None:
    book = await seen.answer(type="l2Book", coin=seen.name("delisted"))
    assume(book and book["levels"] == [[], []], "levels [[], []]", "others", book)


@check(CHECKS, "error.address", "An address that was never seen has an empty state.", "API.md 1; account pages")
async def unknown_address(seen: Seen) -> None:
    state = await seen.answer(type="clearinghouseState", user="0x" + "0123456789abcdef" * 2 + "01234567")
    problem = next((one for one in findings(CLEARINGHOUSE, state) if not one.novel), None)
    assume(problem is None and state["assetPositions"] == [], "a state of zeros", "another", state)


@check(CHECKS, "error.case", "An upper-case address is the same account.", "API.md 1; accounts")
async def upper_case(seen: Seen) -> None:
    user = seen.name("user")
    if user == (upper := "0x" + user[2:].upper()):
        raise NotSeen("this address has no letters; give another with --user")
    mine = await seen.answer(type="clearinghouseState", user=user)
    other = await seen.answer(type="clearinghouseState", user=upper)
    same = {p["position"]["coin"] for p in mine["assetPositions"]} == {
        p["position"]["coin"] for p in other["assetPositions"]
    }
    assume(same, "the same positions", "others", other)


@check(
    CHECKS, "http.plain", "Answers come uncompressed, although compression is offered.", "API.md 1; budgeted reads"
)
async def plain(seen: Seen) -> None:
    encoding = (await seen.desk.reply(HELLO)).headers.get("Content-Encoding", "identity")
    assume(encoding == "identity", "no Content-Encoding", encoding)


@check(CHECKS, "http.limits", "No header tells what is left of the weight.", "API.md 1; exchange/budget.py")
async def no_rate_headers(seen: Seen) -> None:
    headers = (await seen.desk.reply(HELLO)).headers
    told = [
        name for name in headers if "ratelimit" in name.lower().replace("-", "") or name.lower() == "retry-after"
    ]
    if told:
        raise Differs("no such header", ", ".join(told))


@check(
    CHECKS, "funding.start", "A startTime before the first funding is answered, not refused.", "API.md 6; funding"
)
async def long_ago(seen: Seen) -> None:
    body = {"type": "fundingHistory", "coin": seen.name("second"), "startTime": LONG_AGO, "endTime": LONG_AGO + 1}
    answered(await seen.desk.reply(body), 200, "[]")
