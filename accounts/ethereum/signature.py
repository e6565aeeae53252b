"""Who signed a text with ``personal_sign`` (EIP-191, version 0x45)."""

import re

SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")


class BadSignature(ValueError):
    """The signature cannot be one of ``personal_sign``; its text says why, for people."""


def signer(text: str, signature: str) -> str:
    """The address, in lower case, whose key signed ``text``; raises BadSignature for what is no signature.

    Contracts have no key: their signatures (EIP-1271) are longer and are refused with a word of their own.
    """
    if not SIGNATURE.fullmatch(signature):
        raise BadSignature(
            "This is a smart-contract wallet. It has no key of its own, so its signature proves nothing here; "
            "use a wallet with a key."
            if len(signature) > 132
            else "The wallet’s answer is no signature."
        )
    # a third of a second to import, which nobody who signs in by password should wait for at start
    from eth_account import Account
    from eth_account.messages import encode_defunct

    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature)).lower()
    except Exception as error:  # eth-keys raises several kinds for points that are not on the curve
        raise BadSignature("The wallet’s answer is no signature.") from error
