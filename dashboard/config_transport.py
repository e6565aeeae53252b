"""What goes to database, Redis and mail server is encrypted in production, unless it stays here or is trusted."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, unquote, urlsplit

from environ import Env

from dashboard.config import Config

ENCRYPTED = ("require", "verify-ca", "verify-full")


def trusted_errors(config: Config) -> list[str]:
    """A sentence for each name in ``TRUSTED_NETWORKS`` that looks like a network and is none."""
    return [
        f"TRUSTED_NETWORKS needs host names, addresses or networks such as 10.0.0.0/8, got {name!r}"
        for name in config.trusted_networks
        if ("/" in name or ":" in name) and not is_network(name)
    ]


def transport_errors(config: Config) -> list[str]:
    """A sentence for each way that anybody in between could read."""
    errors = []
    for name in ("DATABASE_URL", "DATABASE_REPLICA_URL"):
        url = getattr(config, name.lower())
        if url.startswith("postgres") and not is_encrypted(url) and (host := stranger(url, config)):
            errors.append(
                f"{name} needs ?sslmode=verify-full (or at least require) in production: what goes to {host} "
                "can be read on the way. If it cannot, name it in TRUSTED_NETWORKS"
            )
    if config.redis_url.startswith("redis:") and (host := stranger(config.redis_url, config)):
        errors.append(
            f"REDIS_URL must begin with rediss:// in production: what goes to {host} can be read on the way. If "
            "it cannot, name it in TRUSTED_NETWORKS"
        )
    if host := plain_mail(config):
        errors.append(
            "EMAIL_URL must begin with smtp+tls:// (usually port 587) or smtp+ssl:// (465) in production: what "
            f"goes to {host}, codes and password, can be read on the way. If it cannot, name it in "
            "TRUSTED_NETWORKS"
        )
    return errors


def plain_mail(config: Config) -> str:
    """The host to which mail goes so that others could read it, or nothing. The query may turn TLS on or off."""
    if not config.email_url.startswith("smtp"):
        return ""
    said = Env.email_url_config(config.email_url)
    is_safe = said.get("EMAIL_USE_TLS") or said.get("EMAIL_USE_SSL")
    return "" if is_safe else stranger(config.email_url, config)


def is_encrypted(url: str) -> bool:
    """Whether Postgres is asked for nothing but TLS, however often the address says so."""
    return all(mode in ENCRYPTED for mode in parse_qs(urlsplit(url).query).get("sslmode", [""]))


def stranger(url: str, config: Config) -> str:
    """The first host of the address that is neither this machine nor trusted, or nothing."""
    return next((host for host in hosts(url) if not is_trusted(host, config.trusted_networks)), "")


def hosts(url: str) -> Iterator[str]:
    """Host names of the address, without folders of Unix sockets. libpq takes several, also in the query."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    named = [unquote(one) for one in parts.netloc.rpartition("@")[2].split(",")]
    more = [one for name in ("host", "hostaddr") for text in query.get(name, []) for one in text.split(",")]
    for place in [*map(without_port, named), *more]:
        if place and not place.startswith(("/", "@")):
            yield place


def without_port(place: str) -> str:
    """``h`` of ``h:1`` and of ``[h]:1``."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place if place.startswith("/") else place.partition(":")[0]


def is_trusted(host: str, trusted: Iterable[str]) -> bool:
    """Whether it is this machine, or named, or in a network that is named."""
    if host.lower() == "localhost" or host in trusted:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or any(address in ip_network(one, False) for one in trusted if is_network(one))


def is_everybody(networks: Iterable[str]) -> bool:
    """Whether they leave nobody out, together or in parts: no network of this house has half of all addresses."""
    found = (ip_network(one, strict=False) for one in networks if is_network(one))
    return any(network.prefixlen <= 1 for network in found)


def is_network(text: str) -> bool:
    """Whether it is an address or a network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
