"""Brief: what is said of a message where its title, its time and its link stand beside it."""

from alerts.transports.transport import Message

BESIDE = ("When: ", "Rule: ")
MOST_LINES = 6


def brief(message: Message) -> str:
    """The text without what is said already."""
    lines = (line.strip() for line in message.text.splitlines())
    said = {"", message.title, message.url}
    kept = [line for line in lines if line not in said and not line.startswith(BESIDE) and not _is(line, message)]
    return "\n".join([*kept[:MOST_LINES], *(["…"] if len(kept) > MOST_LINES else [])])


def _is(line: str, message: Message) -> bool:
    """Whether a line says the title again."""
    return line.partition(": ")[2].lower() == message.title.lower()
