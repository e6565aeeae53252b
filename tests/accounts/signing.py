"""A wallet in the hands of a test: real keys, real signatures, the site's own two steps."""

from django.test import Client
from eth_account import Account
from eth_account.messages import encode_defunct

CHALLENGE, ANSWER = "/account/wallet/challenge/", "/account/wallet/answer/"


class Holder:
    """Somebody with a key, in a browser."""

    def __init__(self, client: Client | None = None) -> None:
        self.key = Account.create()
        self.client = client or Client()

    @property
    def address(self) -> str:
        """As the database has it."""
        return self.key.address.lower()

    def sign(self, text: str) -> str:
        """What ``personal_sign`` gives."""
        return "0x" + bytes(self.key.sign_message(encode_defunct(text=text)).signature).hex()

    def ask(self, purpose: str = "sign-in"):
        """The response with the message to sign."""
        return self.client.post(CHALLENGE, {"address": self.address, "purpose": purpose})

    def message(self, purpose: str = "sign-in") -> str:
        """The message to sign."""
        response = self.ask(purpose)
        assert response.status_code == 200, response.content
        return response.json()["message"]

    def answer(self, message: str, signature: str = "", target: str = ""):
        """The response to ``message``, signed as it is unless a signature is given."""
        fields = {"message": message, "signature": signature or self.sign(message), "next": target}
        return self.client.post(ANSWER, fields)

    def use(self, purpose: str = "sign-in", target: str = ""):
        """Both steps."""
        return self.answer(self.message(purpose), target=target)
