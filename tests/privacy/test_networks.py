"""Addresses of the public network, told from those that everybody has, from versions, and from names of blocks."""

import pytest

from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of


def found(text):
    return [text[hit.start : hit.stop] for hit in hits(shadow_of(text), ["ip"])]


#: The first and the last address of each block that is nobody's, and those beside it.
BLOCKS = [
    ("0.0.0.0", "0.255.255.255", None, "1.0.0.50"), ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.50"), ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"), ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"), ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
    ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"), ("224.0.0.0", "255.255.255.255", "223.255.255.255", None),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last", "before", "behind"), BLOCKS)
def test_blocks_that_are_nobodys_end_where_they_end(first, last, before, behind):
    assert found(f"host {first} and {last}") == []
    assert found(f"host {before} and {behind}") == [one for one in (before, behind) if one]


@pytest.mark.parametrize("resolver", ["1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "208.67.222.222", "208.67.220.220"])
def test_open_resolvers_are_nobodys_and_their_neighbours_are_somebodys(resolver):
    head, _, last = resolver.rpartition(".")
    beside = f"{head}.{int(last) + 1}"
    assert found(f"dns {resolver}, {beside}") == [beside]


@pytest.mark.parametrize("word", [
    "v", "ver", "ver.", "version", "versão", "versione", "versie", "release", "build", "firmware", "fw", "driver", "Treiber", "kernel", "update", "patch", "revision", "rev", "rev.", "section", "sección",
    "seção", "sezione", "Abschnitt", "Kapitel", "chapter", "chapitre", "capítulo", "capitolo", "hoofdstuk", "paragraaf", "clause", "article", "OID", "openssl v", "lib-x_v",
])  # fmt: skip
def test_a_word_makes_four_numbers_a_version(word):
    assert found(f"{word} 50.60.70.80") == []
    assert found(f"{word}\n50.60.70.80") == ["50.60.70.80"]
    assert found(f"{word} of 50.60.70.80") == ["50.60.70.80"]


@pytest.mark.parametrize("name", ["Chrome/", "libfoo-", "libfoo_", "Python3.11/"])
def test_a_name_makes_four_numbers_its_version(name):
    assert found(f"{name}50.60.70.80") == []


@pytest.mark.parametrize("word", [
    "ip", "IPs", "ipv4", "IP address", "ip addresses", "address", "adress", "Adresse", "dirección", "indirizzo", "endereço", "adres", "host", "server", "serveur", "servidor", "ping", "telnet", "ssh", "curl",
    "wget", "traceroute", "tracert", "nslookup", "dig", "whois", "from", "von", "desde", "depuis", "vanaf", "router", "gateway", "dns", "ban", "banned", "block", "blocked", "src", "dst", "connect", "inet",
])  # fmt: skip
def test_a_word_makes_four_small_numbers_an_address(word):
    assert found(f"{word} 3.4.5.39") == found(f"{word:16}3.4.5.39") == ["3.4.5.39"]
    assert found(f"{word:24}3.4.5.39") == []
    assert " " in word or found(f"{word:17}3.4.5.39") == found(f"{word}x 3.4.5.39") == []


def test_so_do_a_scheme_a_port_and_a_number_that_is_not_small():
    assert found("3.4.5.39") == []
    assert found("http://3.4.5.39/") == ["3.4.5.39"]
    assert found("3.4.5.39:80") == ["3.4.5.39"]
    assert found("3.4.5.40") == ["3.4.5.40"]


@pytest.mark.parametrize(("text", "expected"), [
    ("192.0.2.0/24", []), ("192.0.2.7/24", ["192.0.2.7"]), ("192.0.2.7/32", ["192.0.2.7"]), ("192.0.2.0/31", []), ("192.0.2.0/24x", []), ("192.0.2.0/240", ["192.0.2.0"]), ("192.0.2.0/2400", ["192.0.2.0"]),
    ("192.0.2.0/", ["192.0.2.0"]), ("192.0.2.0/24é", []), ("192.0.2.0/24²", ["192.0.2.0"]), ("192.0.2.0/0244", ["192.0.2.0"]), ("2001:db8::/32", []), ("2001:db8::1/32", ["2001:db8::1"]), ("2001:db8::1/128", ["2001:db8::1"]), ("2001:db8::/1280", ["2001:db8::"]),
])  # fmt: skip
def test_a_length_makes_a_block_of_an_address_that_is_its_first(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("2001:db8::7: yes", ["2001:db8::7"]), ("2001:db8:: yes", ["2001:db8::"]), ("2001:db8::7.", ["2001:db8::7"]), ("2001:db8::7-x", []), ("2001:db8::7.x", []), ("2001:db8::7:x", []), ("2001:db8::7x", []),
    ("x2001:db8::7", []), ("-2001:db8::7", []), (".2001:db8::7", []), (":2001:db8::7", []), ("2001:db8::7::8", []), ("20:01:0d:b8:00:00:00:01", []), ("2001:db8::192.0.2.7", ["2001:db8::192.0.2.7"]),
    ("4001:db8::7", []), ("3fff:ffff::7", ["3fff:ffff::7"]), ("192.0.2.7-x", []), ("192.0.2.7+x", []), ("192.0.2.7-", ["192.0.2.7"]), ("192.0.2.7.8", []), ("x192.0.2.7", []), ("192.0.2.7x", []), ("192.0.2.1234", []), ("4192.0.2.7", []), (".192.0.2.7", []), ("-192.0.2.7", []), ("192.0.2.7.", ["192.0.2.7"]),
    ("192.0.2.300", []), ("::FFFF:192.0.2.7", ["::FFFF:192.0.2.7"]), ("192(.)0(.)2(.)7", ["192(.)0(.)2(.)7"]),
    ("IP→192.0.2.7", ["192.0.2.7"]), ("IP：192.0.2.7", ["192.0.2.7"]), ("地址：192.0.2.7", ["192.0.2.7"]),
])  # fmt: skip
def test_edges(text, expected):
    assert found(text) == expected
    assert found(f"is {text}") == expected
