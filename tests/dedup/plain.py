"""The rules of docs/duplicates.md once more, text by text and number by number, as slow and as plain as they can be."""

import hashlib
import re
import unicodedata
from itertools import combinations

from threadcommons.dedup import characters

WHOLE = 2**64
STEP = 0x9E3779B97F4A7C15
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def own(text):
    return "\n".join(line for line in text.split("\n") if not re.match(r"[ \t]{0,3}>", line))


def fold(text):
    once = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).split())


def kind(letter):
    if letter.isascii():
        return characters.WORD if letter.isalnum() or letter in "_@" else characters.SEPARATOR
    found = characters.WORD
    for first, last, one in characters._RANGES:
        if first <= ord(letter) <= last:
            found = one
    return found


def addresses(text):
    """From each `://` to the last letter or digit before what ends an address."""
    at = text.find("://")
    while at >= 0:
        stop = at
        while stop < len(text) and text[stop].isascii() and text[stop] not in ' <>()[]{}"\x7f' and text[stop] > " ":
            stop += 1
        end = stop
        while end > at and kind(text[end - 1]) != characters.WORD:
            end -= 1
        if end > at:
            yield at, end
        at = text.find("://", stop)


def words(folded):
    """Pairs of a word and how much it says, in thirds of a word."""
    whole = dict(addresses(folded))
    found, word, said, at = [], "", 3, 0

    def done():
        nonlocal word, said
        if word:
            found.append((word, 0 if word.startswith("@") else said))
        word, said = "", 3

    while at < len(folded):
        if at in whole:
            word, said, at = word + folded[at : whole[at]], 0, whole[at]
            continue
        letter = folded[at]
        what = kind(letter)
        if what == characters.WORD:
            word += letter
        elif what != characters.DROPPED:
            done()
        if what == characters.LONE:
            found.append((letter, 1))
        at += 1
    done()
    return found


def mixed(value):
    for shift, factor in MIX:
        value = (value ^ value >> shift) * factor % WHOLE
    return value ^ value >> 31


def hash_of(word):
    data = word.encode()
    if len(data) >= 32:
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
    value = mixed((int.from_bytes(data[:8], "little") + STEP) % WHOLE)
    for start in range(8, len(data) // 8 * 8 + 8, 8):
        value = mixed(value * STEP % WHOLE ^ int.from_bytes(data[start : start + 8], "little"))
    return value


def shingles(text, width):
    """The windows of a text as words, each once."""
    some = [word for word, _ in words(fold(own(text)))]
    return {tuple(some[at : at + width]) for at in range(len(some) - width + 1)}


def hash_of_window(window):
    value = 0
    for word in window:
        value = (value * STEP + hash_of(word)) % WHOLE
    return mixed(value)


def jaccard(one, other, width):
    a, b = shingles(one, width), shingles(other, width)
    return len(a & b) / len(a | b) if a | b else 0.0


def sketch(text, policy, place=None):
    """The digest, the bands, and whether the text is short."""
    folded = fold(own(text or ""))
    short = sum(said for _, said in words(folded)) < 3 * policy.min_words
    digest = hashlib.sha256(folded.encode()).digest()[:16]
    if short:
        spot = place is not None and hashlib.sha256(place.encode()).digest()
        digest = hashlib.sha256(spot + folded.encode()).digest()[:16] if spot and folded else None
        return digest, [0] * policy.bands, short
    values = [hash_of_window(window) % 2**32 for window in shingles(text, policy.shingle)]
    factors = [mixed(number * STEP % WHOLE) % 2**32 | 1 for number in range(1, policy.bands * policy.rows + 1)]
    minima = [min(value * factor % 2**32 for value in values) for factor in factors]
    bands = []
    for band in range(policy.bands):
        value = 0
        for row in range(policy.rows):
            value = (value * STEP + minima[band * policy.rows + row]) % WHOLE
        bands.append(mixed(value))
    return digest, bands, short


def clusters(posts, policy, first=64, most=64):
    """What stands for what: {id: (id, how)}, and the clusters of several as sets of ids.

    `posts`: (id, created_at, parent_id, quoted_id, text, digest, bands, short), in any order.
    """
    if policy.exact == "off":
        return {}, []
    posts = sorted(posts, key=lambda post: (post[1] is None, post[1] or 0, post[0]))
    links = {post[0]: {post[2], post[3]} & {other[0] for other in posts} - {post[0]} for post in posts}
    classes = {}
    for post in posts:
        classes.setdefault(post[5] if post[5] is not None else post[0], []).append(post[0])
    class_of = {id_: name for name, ids in classes.items() for id_ in ids}
    stands = standing(classes.values(), {id_: {id_} for id_ in class_of}, links, lambda *_: True, most)
    groups, second = [set(ids) for ids in classes.values()], {id_: id_ for id_ in class_of}
    if policy.near != "off":
        firsts = [post for post in posts if classes[class_of[post[0]]][0] == post[0] and not post[7]]
        alike = pairs_alike(firsts, policy)
        joined = components([post[0] for post in firsts], alike & pairs_met(firsts, policy, first))
        joined += [{ids[0]} for ids in classes.values() if not any(ids[0] in some for some in joined)]
        groups = [{id_ for one in some for id_ in classes[class_of[one]]} for some in joined]
        stay = {id_: {other for other in stands if stands[other] == id_} for id_ in stands if stands[id_] == id_}

        def like(a, b):
            pair = frozenset(classes[class_of[one]][0] for one in (a, b))
            return len(pair) == 1 or pair in alike

        ordered = [[post[0] for post in posts if post[0] in group and post[0] in stay] for group in groups]
        second |= standing(ordered, stay, links, like, most)
    if policy.near == "merge":
        stands = {id_: second[other] for id_, other in stands.items()}
    else:
        stands = {id_: second[id_] if other == id_ else other for id_, other in stands.items()}
    how = {True: "exact", False: "near"}
    told = {id_: (other, how[class_of[id_] == class_of[other]]) for id_, other in stands.items() if id_ != other}
    return told, [group for group in groups if len(group) > 1]


def pairs_alike(posts, policy):
    return {
        frozenset((one[0], other[0]))
        for one, other in combinations(posts, 2)
        if jaccard(one[4], other[4], policy.shingle) >= policy.threshold
    }


def pairs_met(posts, policy, first):
    """Pairs with a band in common, of which one is among the first ones that have it."""
    found = set()
    for band in range(policy.bands):
        buckets = {}
        for post in posts:
            buckets.setdefault(post[6][band], []).append(post[0])
        for bucket in buckets.values():
            found |= {frozenset((one, other)) for at, one in enumerate(bucket[:first]) for other in bucket[at + 1 :]}
    return found


def components(ids, pairs):
    left, found = list(ids), []
    while left:
        some = {left[0]}
        while more := {id_ for pair in pairs if pair & some for id_ in pair} - some:
            some |= more
        found.append(some)
        left = [id_ for id_ in left if id_ not in some]
    return found


def standing(groups, stays, links, alike, most):
    """`groups` of ids from the earliest on; `stays`: whom each id has with it."""
    found = {id_: id_ for group in groups for id_ in group}

    def linked(a, b):
        return any(links[one] & stays[b] for one in stays[a])

    for group in groups:
        left = list(group)
        for _ in range(most):
            if len(left) < 2:
                break
            leader, *left = left
            comes = [id_ for id_ in left if alike(id_, leader)]
            company = [leader, *comes]
            barred = {id_ for id_ in comes if linked(leader, id_) or any(linked(id_, other) for other in company if other != id_)}
            for id_ in comes:
                if id_ not in barred:
                    found[id_] = leader
            left = [id_ for id_ in left if found[id_] == id_]
    return found
