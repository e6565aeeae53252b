"""What those who run the site are told of breakers."""

from monitoring import database_server
from monitoring.asides import asides
from monitoring.told import NOTHING_TOLD


def refuse() -> None:
    raise OSError("refused")


def test_the_breakers_of_the_exchanges_rest_and_of_the_databases_are_among_them(monkeypatch):
    monkeypatch.setattr(database_server, "_servers", {})
    database_server.server("default")
    replica = database_server.server("replica")
    replica.ask = refuse
    assert not replica.answers()
    said = {
        state: asides(NOTHING_TOLD, {}, state)["breakers"] for state in ("", "closed", "opened", "half-opened")
    }
    assert said[""] == {"database": "closed", "replica": "open"}
    assert {state: one.get("hyperliquidApi") for state, one in said.items()} == {
        "": None, "closed": "closed", "opened": "open", "half-opened": "open"
    }  # fmt: skip
    replica.ask = lambda: None
    while replica.is_away:
        replica.answers()
    assert asides(NOTHING_TOLD, {})["breakers"]["replica"] == "closed"


def test_an_error_that_nobody_thought_of_leaves_no_database_away_for_ever(caplog):
    answers = [TypeError("odd"), TypeError("odd")]

    def ask() -> None:
        if answers:
            raise answers.pop()

    one = database_server.DatabaseServer("odd")
    one.ask = ask
    assert not one.answers()
    assert one._watching.is_alive()
    one._watching.join(30)
    assert not one.is_away
    assert "the database odd cannot be asked" in caplog.text
    assert "TypeError: odd" in caplog.text
    assert "the database odd is back" in caplog.text
