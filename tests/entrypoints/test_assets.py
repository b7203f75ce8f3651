"""The static files: addresses, headers, compression, and no way out of the tree."""

import base64
import gzip
import hashlib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import brotli
import pytest

from admitone.entrypoints.assets import SOURCE, Assets, stylesheet

AXE = Path(__file__).parents[1] / "support" / "axe"


class Answer:
    """What the application sent."""

    def __init__(self, sent: list[MutableMapping[str, Any]]) -> None:
        self.status: int = sent[0]["status"]
        self.headers: dict[str, str] = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        self.body: bytes = sent[1]["body"]


async def ask(
    assets: Assets, path: str, *, method: str = "GET", root_path: str = "", **headers: str
) -> Answer:
    """One request."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    pairs = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "root_path": root_path, "headers": pairs}
    await assets(scope, receive, send)
    return Answer(sent)


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


async def test_a_file_is_served_for_ever_under_its_digest(assets: Assets) -> None:
    answer = await ask(assets, assets.url("app.css"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in answer.headers
    assert answer.body.decode() == stylesheet()


async def test_a_mounted_application_finds_the_same_file(assets: Assets) -> None:
    mounted = await ask(assets, assets.url("icon.svg"), root_path="/static")
    assert mounted.status == 200
    assert mounted.body == (SOURCE / "icon.svg").read_bytes()


async def test_an_old_address_still_works_but_is_not_kept(assets: Assets) -> None:
    answer = await ask(assets, "/static/00000000/app.css")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, no-cache"


async def test_text_is_compressed_as_the_reader_wishes(assets: Assets) -> None:
    plain = stylesheet().encode()
    packed = await ask(assets, assets.url("app.css"), accept_encoding="gzip, deflate, br")
    assert packed.headers["content-encoding"] == "br"
    assert brotli.decompress(packed.body) == plain
    zipped = await ask(assets, assets.url("app.css"), accept_encoding="gzip, br;q=0")
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain
    assert packed.headers["etag"] != zipped.headers["etag"]
    refused = await ask(assets, assets.url("app.css"), accept_encoding="br;q=0.0, gzip;q=0")
    assert "content-encoding" not in refused.headers


async def test_fonts_are_not_compressed_twice(assets: Assets) -> None:
    answer = await ask(assets, assets.url("fonts/figtree.woff2"), accept_encoding="br")
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.body == (SOURCE / "fonts/figtree.woff2").read_bytes()


async def test_wasm_has_the_type_browsers_stream(assets: Assets) -> None:
    answer = await ask(assets, assets.url("vendor/zxing-wasm/reader/zxing_reader.wasm"), accept_encoding="br")
    assert answer.headers["content-type"] == "application/wasm"
    assert len(answer.body) < 400_000


async def test_a_known_file_is_not_sent_again(assets: Assets) -> None:
    first = await ask(assets, assets.url("app.css"), accept_encoding="br")
    again = await ask(
        assets, assets.url("app.css"), accept_encoding="br", if_none_match=f'"x", W/{first.headers["etag"]}'
    )
    assert again.status == 304
    assert again.body == b""
    assert again.headers["etag"] == first.headers["etag"]
    other = await ask(assets, assets.url("app.css"), accept_encoding="br", if_none_match='"x"')
    assert other.status == 200


async def test_head_has_the_headers_and_no_body(assets: Assets) -> None:
    whole = await ask(assets, assets.url("icons.svg"))
    head = await ask(assets, assets.url("icons.svg"), method="HEAD")
    assert head.status == 200
    assert head.body == b""
    assert head.headers == whole.headers


async def test_only_reading_is_allowed(assets: Assets) -> None:
    answer = await ask(assets, assets.url("app.css"), method="POST")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "name",
    [
        "../assets.py",
        "../../settings.py",
        "..%2fassets.py",
        "css/tokens.css",
        "fonts",
        "",
        "/etc/passwd",
        "js/../app.css",
        "app.css/",
        "app.css\x00",
    ],
)
async def test_nothing_but_the_listed_files_is_served(assets: Assets, name: str) -> None:
    answer = await ask(assets, f"{assets.prefix}/{name}")
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"


def test_the_address_changes_when_a_file_does(tmp_path: Path) -> None:
    for path in SOURCE.rglob("*"):
        if path.is_file() and "vendor" not in path.parts:
            copy = tmp_path / path.relative_to(SOURCE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    before, same = Assets(tmp_path), Assets(tmp_path)
    (tmp_path / "js" / "copy-button.js").write_text("// changed\n")
    after = Assets(tmp_path)
    assert before.digest == same.digest
    assert before.digest != after.digest


def test_an_unknown_name_has_no_address(assets: Assets) -> None:
    with pytest.raises(KeyError):
        assets.url("missing.css")


def test_the_dark_theme_is_there_by_choice_and_by_system() -> None:
    sheet = stylesheet()
    assert sheet.count("--paper: #13121A") == 2
    assert "@media (prefers-color-scheme: dark)" in sheet
    assert ":root:not([data-theme=light]) [data-accent=pine]" in sheet


def test_every_address_in_the_sheet_is_a_file_of_ours(assets: Assets) -> None:
    named = [part.split(")")[0] for part in stylesheet().split("url(")[1:]]
    assert sorted(set(named)) == [
        "fonts/bricolage-grotesque-700.woff2",
        "fonts/bricolage-more-700.woff2",
        "fonts/bricolage-signs-700.woff2",
        "fonts/figtree-more.woff2",
        "fonts/figtree-signs.woff2",
        "fonts/figtree.woff2",
    ]
    assert [assets.url(name) for name in named]


def test_every_icon_a_template_asks_for_is_in_the_sprite() -> None:
    sprite = (SOURCE / "icons.svg").read_text()
    pages = (SOURCE.parent / "pages").rglob("*.html")
    asked = {name for page in pages for name in _literal_icons(page.read_text())}
    assert len(asked) > 30
    assert sorted(name for name in asked if f'id="{name}"' not in sprite) == []


def _literal_icons(text: str) -> list[str]:
    calls = text.split("icon('")[1:]
    return [call.split("'")[0] for call in calls]


@pytest.mark.parametrize("folder", [SOURCE / "vendor", AXE])
def test_files_of_others_are_unchanged(folder: Path) -> None:
    listed = {}
    for line in (folder / "VERSIONS.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _package, version, licence, digest = line.split()
            listed[name] = digest
            assert version[0].isdigit()
            assert licence in ("Apache-2.0", "MIT", "MPL-2.0")
    present = {
        path.relative_to(folder).as_posix(): base64.b64encode(
            hashlib.sha384(path.read_bytes()).digest()
        ).decode()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".txt"
    }
    assert listed == present
