"""A wallet extension in a real browser: it announces itself as EIP-6963 says, and signs with a real key.

What the page asks of it goes to Python, where the key is; a test may make it decline, or sign for another.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from eth_account import Account
from eth_account.messages import encode_defunct

ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Crect width='9' height='9'/%3E%3C/svg%3E"
PROVIDER = """
const provider = {
  async request({ method, params }) {
    const { result, error } = await window.walletAsked(method, params ?? []);
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return result;
  },
};
"""
ANNOUNCED = (
    PROVIDER
    + """
const info = Object.freeze({
  uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test Wallet", icon: "%s", rdns: "org.test"
});
const detail = Object.freeze({ info, provider });
const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
addEventListener("eip6963:requestProvider", announce);
announce();
"""
)
INJECTED = PROVIDER + "window.ethereum = provider;"
DECLINED = {"error": {"code": 4001, "message": "User rejected the request."}}


class BrowserWallet:
    """``asked`` has the methods that the page called; ``texts`` what it was given to sign."""

    def __init__(self) -> None:
        self.key = Account.create()
        self.signs_with = self.key
        self.declines: set[str] = set()
        self.asked: list[str] = []
        self.texts: list[str] = []

    async def install(self, context: Any, *, announced: bool = True) -> None:
        """Into every page of the context, before its own scripts."""
        await context.expose_function("walletAsked", self.answer)
        await context.add_init_script(ANNOUNCED % ICON if announced else INJECTED)

    async def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        """What the extension says."""
        self.asked.append(method)
        if method in self.declines:
            return DECLINED
        if method == "eth_requestAccounts":
            return {"result": [self.key.address.lower()]}
        if method == "personal_sign":
            text = bytes.fromhex(params[0].removeprefix("0x")).decode()
            assert params[1] == self.key.address.lower()
            self.texts.append(text)
            return {"result": self.sign(text)}
        return {"error": {"code": 4200, "message": f"{method} is not supported"}}

    def sign(self, text: str) -> str:
        """What ``personal_sign`` gives for a text."""
        return "0x" + bytes(self.signs_with.sign_message(encode_defunct(text=text)).signature).hex()


async def meddle(page: Any, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Somebody between page and server changes what the page answers."""

    async def pass_on(route: Any) -> None:
        fields = change(dict(parse_qsl(route.request.post_data, keep_blank_values=True)))
        await route.continue_(post_data=urlencode(fields))

    await page.route("**/account/wallet/answer/", pass_on)
