"""Playlists of HLS are read strictly and given on without naming their origin's playlists."""

import pytest

from admitone.streams import NotAPlaylist, read_playlist

URL = "https://cdn.example/a/b/main.m3u8?key=1"
MAIN = """#EXTM3U
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k.bin"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="none"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="https://subs.example/en.m3u8"

#EXT-X-STREAM-INF:BANDWIDTH=1
# a word in between
../low.m3u8?x=1
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="frames.m3u8"
#EXT-X-CONTENT-STEERING:SERVER-URI="steer"
#EXT-X-STREAM-INF:BANDWIDTH=2
//other.example/high.m3u8
"""


def test_playlists_inside_a_playlist_become_numbers() -> None:
    made = read_playlist(URL, MAIN.encode())
    assert made.children == (
        "https://subs.example/en.m3u8",
        "https://cdn.example/a/low.m3u8?x=1",
        "https://cdn.example/a/b/frames.m3u8",
        "https://other.example/high.m3u8",
    )
    assert made.text.splitlines() == [
        "#EXTM3U",
        '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="https://cdn.example/a/b/k.bin"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="none"',
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="0.m3u8"',
        "#EXT-X-STREAM-INF:BANDWIDTH=1",
        "# a word in between",
        "1.m3u8",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="2.m3u8"',
        "#EXT-X-STREAM-INF:BANDWIDTH=2",
        "3.m3u8",
    ]
    assert made.origins == {"https://cdn.example"}


def test_a_list_of_pieces_says_where_all_of_them_are() -> None:
    body = b'#EXTM3U\r\n#EXT-X-MAP:URI="i.mp4"\r\n#EXTINF:4,\r\n1.ts\r\n#EXTINF:4,\r\nhttps://b.example:8443/2.ts\r\n'
    made = read_playlist(URL, body)
    assert made.children == ()
    assert made.origins == {"https://cdn.example", "https://b.example:8443"}
    assert made.text.splitlines()[-1] == "https://b.example:8443/2.ts"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"# EXTM3U\n1.ts",
        b"\xff\xfe#EXTM3U",
        b"#EXTM3U\n" + b"#EXT-X-STREAM-INF:A\nx.m3u8\n" * 101,
        b"#EXTM3U\n" + b"\n" * 15_000,
        b"#EXTM3U\n" + "\u2028".encode() * 15_000,
        b"#EXTM3U\n" + (b"/" + b"a" * 600 + b"\n") * 7_000,
    ],
)
def test_what_is_no_playlist_is_refused(body: bytes) -> None:
    with pytest.raises(NotAPlaylist):
        read_playlist(URL, body)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "data:video/mp4;base64,AAAA",
        "file:///etc/passwd",
        "https://user:word@a.example/1.ts",
        "https://a.example/1.ts; script-src *",
        "https://a.example/<script>",
        "https://[a/1.ts",
        "https://a.example,b.example/1.ts",
    ],
)
def test_a_piece_that_is_no_plain_address_spoils_the_list(target: str) -> None:
    with pytest.raises(NotAPlaylist):
        read_playlist(URL, f"#EXTM3U\n#EXTINF:4,\n{target}\n".encode())


def test_a_list_of_half_a_day_is_given_on_and_says_how_long_its_pieces_are() -> None:
    body = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + "#EXTINF:6,\nnext.ts\n" * 7_499
    made = read_playlist(URL, body.encode())
    assert (made.target_seconds, made.is_whole, made.text.count("\n")) == (6, False, 15_000)
    assert made.text.endswith("#EXTINF:6,\nhttps://cdn.example/a/b/next.ts\n")


@pytest.mark.parametrize("said", ["", "x", "-1", "1e9", "6.5", "9" * 6])
def test_a_length_that_is_none_is_not_taken_for_one(said: str) -> None:
    made = read_playlist(URL, f"#EXTM3U\n#EXT-X-TARGETDURATION:{said}\n1.ts\n#EXT-X-ENDLIST\n".encode())
    assert (made.target_seconds, made.is_whole) == (0, True)
