"""What a browser calls itself, in words a person recognises: ``Firefox on Linux``."""

import ua_parser

LONGEST = 120


def device_in_words(user_agent: str) -> str:
    """Browser and system of a ``User-Agent``; its own first word for a program; "Unknown device" for nothing."""
    user_agent = "".join(letter for letter in user_agent[:1000] if letter.isprintable())
    found = ua_parser.parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return f"{browser} on {system}"[:LONGEST]
    return (browser or system or user_agent.partition("/")[0].strip() or "Unknown device")[:LONGEST]
