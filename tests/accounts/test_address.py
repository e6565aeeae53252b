"""What a person types for an address, and what he is told when it is none."""

import pytest
from django.core.exceptions import ValidationError

from accounts.address import checksummed, read_address

# of EIP-55 itself
CHECKSUMMED = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
]
ONE = CHECKSUMMED[2]


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_addresses_are_shown_as_the_standard_writes_them(address):
    assert checksummed(address.lower()) == address


@pytest.mark.parametrize("typed", [ONE, ONE.lower(), f"  {ONE}\n", "0x" + ONE[2:].upper(), "0X" + ONE[2:]])
def test_an_address_is_read_in_any_honest_form(typed):
    assert read_address(typed) == ONE.lower()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter an address"),
        ("0x", "has 0, 40 missing"),
        (ONE[:-1], "has 39, 1 missing"),
        (ONE + "ab", "has 42, 2 more"),
        (ONE[2:], f"0x at the beginning is missing. Did you mean 0x{ONE[2:]}?"),
        (ONE.replace("5aA", "5Aa"), "capital letters are a checksum"),
        (ONE.replace("b6053", "B6053"), "capital letters are a checksum"),
        ("0x" + "ab" * 32, "transaction’s hash, or a private key, which you must never enter"),
        ("ab" * 32, "transaction’s hash"),
        ("vitalik.eth", "This is a name. Names such as ENS are not looked up"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "“g” is neither"),
        (ONE[:20] + " " + ONE[20:], "“ ” is neither"),
        ("hello", "“h” is neither"),
    ],
)
def test_what_is_no_address_is_refused_with_what_it_is_instead(typed, says):
    with pytest.raises(ValidationError) as refused:
        read_address(typed)
    assert says in refused.value.messages[0]
