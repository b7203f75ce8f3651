"""Serves our own CSS, scripts, fonts and icons, out of memory, under an address that changes when they
change.

The whole tree hangs under `/static/<digest>/`, so relative imports between modules stay valid without a
bundler and every answer may be kept for ever. Reading and hashing takes milliseconds; a file is compressed
when it is first asked for, in a thread, and kept.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import brotli

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SOURCE: Final = Path(__file__).parent / "static"
MOUNT: Final = "/static"

_CSS_ORDER: Final = (
    "fonts",
    "reset",
    "tokens",
    "dark",
    "base",
    "layout",
    "components",
    "forms",
    "pages",
    "watch",
    "organiser",
    "gate",
    "utilities",
)
_LAYERS: Final = "@layer reset, tokens, base, layout, components, pages, utilities;\n"
_DARK: Final = ":root[data-theme=dark]"
_DARK_BY_SYSTEM: Final = ":root:not([data-theme=light])"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_PACKED_ALREADY: Final = frozenset({".woff2"})
_BROTLI_QUALITY: Final = 9
_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_ASK_AGAIN: Final = b"public, no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `tag` is the first 16 hex digits of its SHA-256."""

    body: bytes
    media_type: str
    tag: str
    packable: bool


def stylesheet(source: Path = SOURCE) -> str:
    """All layers in one sheet; the dark block is repeated for people whose system is dark and who chose
    nothing.
    """
    parts = [_LAYERS]
    for name in _CSS_ORDER:
        text = (source / "css" / f"{name}.css").read_text(encoding="utf-8")
        parts.append(text)
        if name == "dark":
            parts.append(
                f"@media (prefers-color-scheme: dark) {{\n{text.replace(_DARK, _DARK_BY_SYSTEM)}}}\n"
            )
    return "".join(parts)


def _asset(body: bytes, suffix: str) -> Asset:
    return Asset(
        body=body,
        media_type=_MEDIA_TYPES[suffix],
        tag=hashlib.sha256(body).hexdigest()[:16],
        packable=suffix not in _PACKED_ALREADY,
    )


def _read(source: Path) -> dict[str, Asset]:
    found = {"app.css": _asset(stylesheet(source).encode(), ".css")}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_file() and path.suffix in _MEDIA_TYPES and not name.startswith("css/"):
            found[name] = _asset(path.read_bytes(), path.suffix)
    return found


class Assets:
    """The static files as an ASGI application, to be mounted at `/static`.

    Only names found at start-up are served: an address is looked up, never turned into a path on disk.
    """

    def __init__(self, source: Path = SOURCE) -> None:
        self._assets = _read(source)
        whole = hashlib.sha256()
        for name, asset in sorted(self._assets.items()):
            whole.update(f"{name}\0{asset.tag}\0".encode())
        self.digest: str = whole.hexdigest()[:8]
        self.prefix: str = f"{MOUNT}/{self.digest}"
        self._packed: dict[tuple[str, str], bytes] = {}

    def url(self, path: str) -> str:
        """The address of a file, such as `app.css`. Raises KeyError for a name that does not exist."""
        if path not in self._assets:
            raise KeyError(path)
        return f"{self.prefix}/{path}"

    async def packed(self, name: str, encoding: str) -> bytes:
        """The file compressed with `br` or `gzip`, from memory after the first time."""
        kept = self._packed.get((name, encoding))
        if kept is None:
            kept = await asyncio.to_thread(_pack, self._assets[name].body, encoding)
            self._packed[name, encoding] = kept
        return kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; 304 when the reader has it; 404 and 405 in plain words."""
        assert scope["type"] == "http", "static files speak HTTP only"
        if scope["method"] not in ("GET", "HEAD"):
            await _plain(send, 405, "Static files can only be read.", [(b"allow", b"GET, HEAD")])
            return
        digest, _, name = _inside(scope).partition("/")
        asset = self._assets.get(name)
        if asset is None:
            await _plain(send, 404, "There is no such file.", [])
            return
        headers = {key.lower(): value for key, value in scope["headers"]}
        encoding = (
            preferred_coding(headers.get(b"accept-encoding", b"").decode("latin-1")) if asset.packable else ""
        )
        tag = f'"{asset.tag}{"-" + encoding if encoding else ""}"'.encode()
        answer = [
            (b"cache-control", _FOR_EVER if digest == self.digest else _ASK_AGAIN),
            (b"etag", tag),
            (b"vary", b"accept-encoding"),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if already_has(headers.get(b"if-none-match", b""), tag):
            await _answer(send, 304, answer, b"")
            return
        body = await self.packed(name, encoding) if encoding else asset.body
        answer += [
            (b"content-type", asset.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        if encoding:
            answer.append((b"content-encoding", encoding.encode()))
        await _answer(send, 200, answer, b"" if scope["method"] == "HEAD" else body)


def _inside(scope: Scope) -> str:
    """The part of the path after the mount point, whether or not the server moved it into `root_path`."""
    path: str = scope["path"]
    path = path.removeprefix(scope.get("root_path", "").rstrip("/"))
    return path.removeprefix(MOUNT).removeprefix("/")


def _pack(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body, compresslevel=9, mtime=0)
    packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return packed


def preferred_coding(accepts: str) -> str:
    """`br`, `gzip` or nothing, by RFC 9110 section 12.5.3: a coding with q=0 is refused."""
    wanted = set()
    for part in accepts.lower().split(","):
        coding, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0"):
            wanted.add(coding.strip())
    for coding in ("br", "gzip"):
        if coding in wanted:
            return coding
    return ""


def already_has(if_none_match: bytes, tag: bytes) -> bool:
    known = [part.strip().removeprefix(b"W/") for part in if_none_match.split(b",")]
    return tag in known or b"*" in known


async def _plain(send: Send, status: int, words: str, extra: list[tuple[bytes, bytes]]) -> None:
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await _answer(send, status, headers + extra, body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
