"""No address is reached that the rules refuse, however it is written."""

import datetime
import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from service.errors import AddressRefused
from service.net import guard
from service.net.guard import Guard, is_public
from service.net.resolver import Unresolvable
from tests.net.resolver import Names

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # shared by a carrier's customers
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # a cloud's metadata
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",  # IPv4-compatible
        "2002:7f00:1::",  # 6to4
        "2002:a00:1::1",
        "64:ff9b::127.0.0.1",  # NAT64
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2001:0:7f00:1::1",  # Teredo
        "::ffff:0:127.0.0.1",  # translated
        "2606:4700::5efe:127.0.0.1",  # ISATAP
        "2606:4700::200:5efe:10.0.0.1",
        "192.0.0.192",  # Oracle's metadata
        "168.63.129.16",  # Azure's platform
        "100.100.100.200",  # Alibaba's metadata
        "fd00:ec2::254",  # AWS's metadata
        "fec0::1",  # site local
        "3fff::1",  # documentation
        "3fff:fff::1",
        "192.88.99.1",  # 6to4 relays
        "192.0.0.9",
        "192.31.196.1",
        "198.51.100.7",
        "203.0.113.9",
        "100::1",  # discard only
        "100:0:0:1::1",
        "5f00::1",  # SRv6
        "2001:2::1",  # benchmarking
        "2001:10::1",
        "2001:20::1",
        "4000::1",
        "e000::1",
    ],
)
def test_an_address_that_is_not_public_is_refused_written_out_or_behind_a_name(names: Names, address: str) -> None:
    names.tell("inside.example", [address])
    host = f"[{address}]" if ":" in address else address
    for url in (f"http://{host}/", f"https://{host}:8443/hook", "https://inside.example/hook"):
        with pytest.raises(AddressRefused, match="is not a public address"):
            Guard().check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0177.0.0.1",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "0x0",
        "169.16689662",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "ⓛocalhost",
    ],
)
def test_a_private_address_in_another_spelling_never_opens(host: str) -> None:
    guard = Guard()
    with pytest.raises((AddressRefused, Unresolvable)):
        guard.resolve(host)
    if host[0].isascii():
        with pytest.raises(AddressRefused, match="is not a public address"):
            guard.check_url(f"http://{host}/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://user@example.com/", "user name"),
        ("http://user:secret@example.com/", "user name"),
        ("http://@example.com/", "user name"),
        ("http://example.com@127.0.0.1/", "user name"),
        ("ftp://example.com/", "http or https"),
        ("file:///etc/passwd", "http or https"),
        ("gopher://example.com/", "http or https"),
        ("javascript:alert(1)", "http or https"),
        ("//example.com/", "http or https"),
        ("example.com", "http or https"),
        ("", "http or https"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://:80/", "host"),
        ("http://example.com:0/", "host"),
        ("http://example.com:99999/", "not a URL"),
        ("http://example.com:x/", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://exa mple.com/", "spaces"),
        ("http://127.0.0.1\\.example.com/", "backslashes"),
        ("http://example.com/a\u0000b", "control"),
    ],
)
def test_what_is_no_plain_http_url_with_a_host_is_refused_with_the_reason(names: Names, url: str, why: str) -> None:
    names.tell("example.com", [PUBLIC])
    with pytest.raises(AddressRefused, match=why):
        Guard().check_url(url)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_a_public_address_passes(names: Names, address: str) -> None:
    names.tell("outside.example", [address])
    Guard().check_url("https://outside.example/hook?a=b#c")
    assert Guard().resolve("outside.example") == [address]


def test_one_private_address_among_public_ones_is_enough_to_be_refused(names: Names) -> None:
    names.tell("both.example", [PUBLIC, "10.0.0.1"])
    with pytest.raises(AddressRefused, match=r"^is not a public address$"):
        Guard().check_url("https://both.example/")


def test_the_refusal_points_at_the_member_that_held_the_url() -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard().check_url("http://127.0.0.1/", "/callback_url")
    assert [problem.pointer for problem in refused.value.errors] == ["/callback_url"]


def test_a_name_that_does_not_resolve_passes_at_the_check_and_fails_at_the_use(names: Names) -> None:
    names.tell("not-yet.example", [])
    Guard().check_url("https://not-yet.example/hook")
    with pytest.raises(Unresolvable, match=r"not-yet\.example"):
        Guard().resolve("not-yet.example")


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "." * 3, "xn--" + "z" * 70, "\ud800.example"], ids=["long", "dots", "idn", "half"]
)
def test_a_host_that_no_resolver_takes_is_unresolvable_and_no_fault_of_ours(host: str) -> None:
    with pytest.raises(Unresolvable):
        Guard().resolve(host)


@pytest.mark.parametrize(
    ("allow", "address", "allowed"),
    [
        ("10.0.0.0/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.0.0.1", True),
        ("10.0.0.0/8", "192.168.0.1", False),
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.5", "10.0.0.6", False),
        ("10.0.0.5/8", "10.7.7.7", True),
        ("10.0.0.0/8", "::ffff:10.0.0.1", True),
        ("fd00::/8", "fd00::1", True),
        ("fd00::/8", "::1", False),
        ("inside.example", "127.0.0.1", True),
        ("INSIDE.example.", "127.0.0.1", True),
        ("example", "127.0.0.1", False),
        ("inside.example.org", "127.0.0.1", False),
    ],
)
def test_callback_allow_opens_what_it_names_by_host_and_by_network_and_no_more(
    names: Names, allow: str, address: str, allowed: bool
) -> None:
    names.tell("inside.example", [address])
    if allowed:
        assert Guard([allow]).resolve("inside.example") == [address]
    else:
        with pytest.raises(AddressRefused):
            Guard([allow]).resolve("inside.example")


def test_https_only_is_lifted_for_allowed_hosts_and_not_for_public_or_unknown_ones(names: Names) -> None:
    names.tell("inside.example", ["127.0.0.1"])
    names.tell("outside.example", [PUBLIC])
    names.tell("nowhere.example", [])
    guard = Guard(["127.0.0.0/8", "named.example"])
    told = ("inside.example", "named.example", "outside.example", "nowhere.example", "10.0.0.1")
    assert [guard.allows(host) for host in told] == [True, True, False, False, False]


def test_a_network_that_cannot_be_read_stops_the_start() -> None:
    with pytest.raises(ValueError, match="10"):
        Guard(["10.0.0.0/99"])


@pytest.mark.parametrize("host", ["localhost.", "LOCALHOST..", "printer.localhost", "a.localhost."])
def test_this_machine_is_refused_by_every_name_that_means_it_and_no_resolver_is_asked(names: Names, host: str) -> None:
    names.tell(host, [PUBLIC])
    with pytest.raises(AddressRefused, match="is not a public address"):
        Guard().check_url(f"http://{host}/")
    assert names.asked == []
    Guard(["127.0.0.0/8"]).check_url(f"http://{host}/")


def test_a_refusal_never_tells_what_a_name_means_inside(names: Names) -> None:
    names.tell("db.example", ["10.77.0.9"])
    with pytest.raises(AddressRefused) as refused:
        Guard().check_url("https://db.example/", "/callback_url")
    assert "10.77" not in str(refused.value) + str(refused.value.errors)


def test_the_table_of_refused_networks_names_its_sources_and_its_date() -> None:
    table = json.loads((Path(guard.__file__).parent / "refused_networks.json").read_text())
    assert datetime.date.fromisoformat(table["date"])
    assert {entry["source"] for entry in table["refused"]} <= set(table["sources"])
    assert all(ip_network(entry["network"]) and entry["name"] for entry in table["refused"])


@pytest.mark.parametrize("version", [4, 6])
def test_nothing_that_pythons_own_table_calls_private_or_reserved_is_public_here(version: int) -> None:
    """A second opinion, over the edges of every network in either table."""
    edges = {edge for network in guard.REFUSED if network.version == version for edge in (network[0], network[-1])}
    edges |= {one + step for one in edges for step in (-1, 1) if 0 < int(one) < 2**one.max_prefixlen - 1}
    wrong = [one for one in edges if is_public(one) and not one.is_global and not str(one).startswith("64:ff9b::")]
    assert wrong == []
