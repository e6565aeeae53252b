"""The form of an address: 0x and 40 hexadecimal digits, kept in lower case."""

from django.core.validators import RegexValidator

LENGTH = 42

validate_address = RegexValidator(
    r"\A0x[0-9a-f]{40}\Z",
    "An address is 0x and 40 hexadecimal digits.",
    code="address",
)


def normalise_address(value: str | None) -> str | None:
    """The stored form of ``value``; nothing for an empty one."""
    return value.strip().lower() if value and value.strip() else None
