"""The form of an address: 0x and 40 hexadecimal digits, kept in lower case, shown as EIP-55 writes it."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

LENGTH = 42

validate_address = RegexValidator(
    r"\A0x[0-9a-f]{40}\Z",
    "An address is 0x and 40 hexadecimal digits.",
    code="address",
)

HEXADECIMAL = re.compile(r"[0-9a-fA-F]*")
NAME = re.compile(r"[^\s.]+(\.[^\s.]+)+")


def normalise_address(value: str | None) -> str | None:
    """The stored form of ``value``; nothing for an empty one."""
    return value.strip().lower() if value and value.strip() else None


def checksummed(address: str) -> str:
    """``address`` in the letter case of EIP-55, which shows most typing errors."""
    from eth_utils.address import to_checksum_address  # slow to import, and few pages show one

    return str(to_checksum_address(address))


def short_address(address: str) -> str:
    """``0x1234…abcd``."""
    return f"{address[:6]}…{address[-4:]}" if len(address) > 12 else address


def read_address(typed: str) -> str:
    """The stored form of what a person typed; raises ValidationError that says what it is instead."""
    value = typed.strip()
    if fault := _fault(value):
        raise ValidationError(fault, code="address")
    digits = value[2:]
    mixed = digits not in (digits.lower(), digits.upper())
    if mixed and checksummed(value) != f"0x{digits}":
        raise ValidationError(
            "A digit or letter of this address is wrong: its capital letters are a checksum, and it does not "
            "fit. Copy it again from the wallet.",
            code="checksum",
        )
    return value.lower()


def _fault(value: str) -> str:
    """What keeps ``value`` from having the form of an address, or nothing."""
    digits = value[2:] if value[:2] in ("0x", "0X") else value
    if not value:
        return "Enter an address: 0x and 40 hexadecimal digits."
    if not HEXADECIMAL.fullmatch(digits):
        if NAME.fullmatch(value):
            return "This is a name. Names such as ENS are not looked up here: enter the address it stands for."
        wrong = next(letter for letter in digits if not HEXADECIMAL.fullmatch(letter))
        return f"An address has only the digits 0 to 9 and a to f after 0x; “{wrong}” is neither."
    if len(digits) == 64:
        return "This has 64 digits: a transaction’s hash, or a private key, which you must never enter anywhere."
    if len(digits) != 40:
        many = "more" if len(digits) > 40 else "missing"
        return f"An address has 40 digits after 0x; this has {len(digits)}, {abs(40 - len(digits))} {many}."
    if digits is value:
        return f"The 0x at the beginning is missing. Did you mean 0x{value}?"
    return ""
