"""Who signed: real keys, real signatures."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from accounts.ethereum.signature import BadSignature, signer


@pytest.fixture(scope="module")
def key():
    return Account.create()


def sign(key, text: str) -> str:
    return "0x" + bytes(key.sign_message(encode_defunct(text=text)).signature).hex()


def test_the_signer_is_found_in_lower_case(key):
    assert signer("Guten Tag, 世界", sign(key, "Guten Tag, 世界")) == key.address.lower()


def test_another_text_has_another_signer(key):
    assert signer("hello.", sign(key, "hello")) != key.address.lower()


def test_typed_data_is_no_message(key):
    typed = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Text": [{"name": "text", "type": "string"}],
        },
        "primaryType": "Text",
        "domain": {"name": "Exchange"},
        "message": {"text": "hello"},
    }
    signed = key.sign_message(encode_typed_data(full_message=typed))
    assert signer("hello", "0x" + bytes(signed.signature).hex()) != key.address.lower()


@pytest.mark.parametrize("nonsense", ["", "0x", "0x12", "zz" * 66, "0x" + "00" * 65, "0x" + "ff" * 65])
def test_nonsense_is_refused(nonsense):
    with pytest.raises(BadSignature, match="no signature"):
        signer("hello", nonsense)


def test_a_contracts_signature_is_refused_with_a_word_of_its_own(key):
    with pytest.raises(BadSignature, match="smart-contract wallet"):
        signer("hello", sign(key, "hello") + "00" * 300)
