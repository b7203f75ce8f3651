"""The code on a web page: readable, named for those who cannot see it,
and allowed by a strict content policy.
"""

from xml.etree import ElementTree

import zxingcpp
from PIL import Image

from admitone.tickets.renderings.qr import qr_svg, symbol

SVG = "{http://www.w3.org/2000/svg}"


def test_the_drawn_path_is_the_symbol_a_scanner_reads() -> None:
    text = "T1:ABC $%*+-./:" * 8
    root = ElementTree.fromstring(qr_svg(text))
    side = int(root.attrib["viewBox"].split()[2])
    path = root.findall(f"{SVG}path")[0].attrib["d"]
    picture = Image.new("L", (side * 4, side * 4), 255)
    for stroke in path.strip("Mz").split("zM"):
        start, run = stroke.split("h")[0], stroke.split("h")[1].split("v")[0]
        x, y = (int(number) for number in start.split())
        picture.paste(0, (x * 4, y * 4, (x + int(run)) * 4, (y + 1) * 4))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]
    assert side == symbol(text).size + 8


def test_the_svg_is_named_and_carries_no_style_or_script() -> None:
    svg = qr_svg("T1:X", title="Code of <Ada> & co")
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.findall(f"{SVG}title")[0].text == "Code of <Ada> & co"
    assert "style" not in svg and "script" not in svg
    assert root.findall(f"{SVG}rect")[0].attrib["fill"] == "#fff"
