"""E-mail addresses: is this one, are these two the same, and did the person mean another?

Addresses are kept in one deliverable form: an ASCII local part (RFC 5321; SMTPUTF8 mailboxes are refused
because most servers on the way still refuse them) and an ASCII domain, non-ASCII domains in their `xn--`
form.
"""

import re
import unicodedata

from admitone.values.refusals import Invalid

_LONGEST_EMAIL = 254
_LONGEST_LOCAL = 64
_LONGEST_LABEL = 63
# RFC 5321 section 4.1.2, Dot-string: no quoted strings, which nobody has and which carry spaces and controls.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# UTS 46: these three are full stops too when a domain is typed in East Asian scripts.
_FULL_STOPS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})

# Large mailbox providers, the commonest first: on a tie the earlier is suggested.
_DOMAINS = """
gmail.com outlook.com hotmail.com yahoo.com icloud.com googlemail.com proton.me protonmail.com live.com
aol.com msn.com me.com mac.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de
mail.com email.com ymail.com rocketmail.com fastmail.com zoho.com pm.me hey.com tutanota.com posteo.de
mailbox.org yandex.ru yandex.com mail.ru bk.ru hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es
outlook.de outlook.fr outlook.es live.co.uk live.fr live.nl live.de yahoo.co.uk yahoo.fr yahoo.de
yahoo.it yahoo.es yahoo.co.in yahoo.co.jp yahoo.com.br btinternet.com sky.com virginmedia.com orange.fr
free.fr laposte.net wanadoo.fr sfr.fr libero.it alice.it tiscali.it ziggo.nl kpnmail.nl bluewin.ch
telenet.be skynet.be seznam.cz wp.pl o2.pl onet.pl comcast.net verizon.net att.net cox.net shaw.ca
rogers.com bigpond.com walla.co.il walla.com qq.com 163.com 126.com naver.com daum.net docomo.ne.jp
uol.com.br bol.com.br terra.com.br rediffmail.com
"""
KNOWN_DOMAINS = tuple(_DOMAINS.split())
_KNOWN = frozenset(KNOWN_DOMAINS)
# None of these is a top-level domain; .co, .cm and .om are, so they are left alone.
_COM_TYPOS = "con cmo ocm comm coom ccom cim vom xom cpm ckm clm dom como c0m"
_NET_TYPOS = "nte ent met nett nwt"
_ORG_TYPOS = "ogr rog orgg"
_TLD_TYPOS = {
    **dict.fromkeys(_COM_TYPOS.split(), "com"),
    **dict.fromkeys(_NET_TYPOS.split(), "net"),
    **dict.fromkeys(_ORG_TYPOS.split(), "org"),
}


class BadEmail(Invalid):
    """Not an address mail can be sent to."""

    code = "contact.bad_email"
    text = "That does not look like an e-mail address. It should be like name@example.org."


def valid_email(text: str, *, field: str = "email") -> str:
    """Return the address in the form we keep and send to, or raise BadEmail.

    Compatibility forms (full-width letters) become plain, the domain lower-case ASCII, the local part keeps
    its case. At most 254 octets, 64 before the @ and 63 in each label of a domain of two labels or more (RFC
    5321 section 4.5.3.1). No control character, space, quote, comma or angle bracket can be in the result.
    """
    local, at, typed_domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    domain = _ascii_domain(typed_domain) or ""
    fits = len(local) <= _LONGEST_LOCAL and len(local + at + domain) <= _LONGEST_EMAIL
    if not (domain and fits and _LOCAL.fullmatch(local)):
        raise BadEmail(field=field)
    return f"{local}@{domain}"


def email_key(text: str) -> str:
    """Return the form in which two spellings of one address are equal: for comparing and looking up only.

    Mail goes to the address that was kept, never to the key and never to what was typed at a later look-up.
    Never raises: what is no address gets a key no valid address has, or simply its folded text.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    local, at, domain = folded.rpartition("@")
    return unicodedata.normalize("NFKC", local.casefold()) + at + (_ascii_domain(domain) or domain.casefold())


def typo_hint(email: str) -> str | None:
    """Return the address the person probably meant, or None: `ann@gmial.com` gives `ann@gmail.com`.

    A hint to show, never to act upon. Known providers never get one. Otherwise a mistyped ending is put
    right, and a domain one slip away from a large provider (two, if it is longer and begins alike) is taken
    for it.
    """
    local, at, typed = email.strip().rpartition("@")
    domain = typed.lower()
    if not local or not at or domain in _KNOWN:
        return None
    stem, _, ending = domain.rpartition(".")
    mended = f"{stem}.{_TLD_TYPOS[ending]}" if stem and ending in _TLD_TYPOS else domain
    meant = mended if mended in _KNOWN else _nearest_known(mended) or _nearest_known(domain) or mended
    return None if meant == domain else f"{local}@{meant}"


def email_masked(email: str) -> str:
    """Return enough of an address to recognise one's own: `a•••@example.org`."""
    local, _, domain = email.rpartition("@")
    first = local[0] if len(local) > 1 else ""
    return f"{first}•••@{domain}"


def _ascii_domain(domain: str) -> str | None:
    """Return the lower-case ASCII form of a domain of two labels or more, or None if it cannot be one.

    Non-ASCII labels become A-labels as in IDNA 2008: unlike the 2003 rules (Python's own codec) `ß` stays
    itself, so that two domains with different owners do not become one.
    """
    labels = [_ascii_label(label) for label in domain.translate(_FULL_STOPS).split(".")]
    whole = [label for label in labels if label is not None]
    if len(whole) < len(labels) or len(labels) < 2 or whole[-1].isdigit():
        return None
    return ".".join(whole)


def _ascii_label(label: str) -> str | None:
    lower = unicodedata.normalize("NFC", label.lower())
    # Also asked before encoding, because punycode takes quadratic time and the text may be a megabyte.
    if len(lower) > _LONGEST_LABEL:
        return None
    if not lower.isascii():
        # RFC 5892 in short: letters, marks and digits only; no symbols, controls or invisible characters.
        if not all(letter == "-" or unicodedata.category(letter)[0] in "LMN" for letter in lower):
            return None
        lower = "xn--" + lower.encode("punycode").decode("ascii")
    return lower if len(lower) <= _LONGEST_LABEL and _LABEL.fullmatch(lower) else None


def _nearest_known(domain: str) -> str | None:
    best, best_slips = None, 3
    for known in KNOWN_DOMAINS:
        # Names of up to four letters have too many honest neighbours (gmx, web, mail, live).
        if len(known.partition(".")[0]) <= 4 or abs(len(known) - len(domain)) > 2:
            continue
        slips = _slips(domain, known)
        if slips < best_slips and (slips == 1 or known[0] == domain[0]):
            best, best_slips = known, slips
    return best


def _slips(left: str, right: str) -> int:
    """Count the slips between two words: a letter missing, added, wrong, or swapped with its neighbour.

    Damerau's distance in its restricted form (optimal string alignment).
    """
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
