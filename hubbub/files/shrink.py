"""Make previews of a picture, in a process with limits on memory and time; `images` runs this as a script.

    shrink.py SOURCE fit|square EDGE:TARGET …

prints the width and height of the largest result, and 1 if the picture is animated, else 0.  The picture is rotated as
its EXIF says and converted to sRGB, and only its pixels are kept: no EXIF, no position, no comment, no colour profile.
Memory is limited on purpose, so the steps work in place, and shrinking comes first: 24 million pixels take 96 MB once,
not twice.
"""

import contextlib
import io
import math
import resource
import sys

from PIL import GifImagePlugin, Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

MEMORY, SECONDS = 256 * 1024 * 1024, 5
WRITTEN = 32 * 1024 * 1024  # bytes of a result
PIXELS = 50_000_000  # a picture whose header claims more is refused before it is decoded
PLUGINS = (PngImagePlugin, JpegImagePlugin, GifImagePlugin, WebPImagePlugin)  # so that Pillow loads no others
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK")
ANIMATED = ("PNG", "GIF", "WEBP")  # not JPEG: a camera's JPEG with a second picture is no animation
QUALITY = 82


def main(source: str, how: str, *wanted: str) -> None:
    """Write each wanted size as WebP."""
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0),
                       (resource.RLIMIT_FSIZE, WRITTEN)):
        resource.setrlimit(kind, (most, most))
    targets = sorted(((int(edge), path) for edge, _, path in (one.partition(":") for one in wanted)), reverse=True)
    sizes = []
    with Image.open(source, formats=FORMATS) as opened:
        is_animated = opened.format in ANIMATED and getattr(opened, "is_animated", False)
        picture = prepare(opened, how, targets[0][0])
        for edge, path in targets:
            picture = fit(picture, how, edge)
            picture.save(path, "WEBP", quality=QUALITY, method=2)
            sizes.append(picture.size)
    print(*sizes[0], int(is_animated))


def prepare(picture: Image.Image, how: str, edge: int) -> Image.Image:
    """Return the first frame, upright, in sRGB with or without alpha, not much larger than its largest preview."""
    width, height = picture.size
    if width * height > PIXELS:
        raise SystemExit("too many pixels")
    if picture.mode not in MODES:
        raise SystemExit("an unknown kind of picture")
    scale = edge / (max if how == "fit" else min)(width, height)
    picture.draft("RGB", (max(1, int(width * scale)), max(1, int(height * scale))))  # a JPEG is decoded at a fraction
    mode = "RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB"
    if picture.mode == "I;16":
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.mode in ("P", "1") or "transparency" in picture.info:
        picture = picture.convert(mode)  # neither indices nor a transparent colour mix with their neighbours
    picture.thumbnail((edge, edge) if how == "fit" else (math.ceil(width * scale), math.ceil(height * scale)))
    with contextlib.suppress(Exception):  # broken EXIF data
        ImageOps.exif_transpose(picture, in_place=True)
    with contextlib.suppress(Exception):  # a broken colour profile, or one for another kind of picture
        picture = to_srgb(picture)
    picture.info.clear()
    return picture if picture.mode == mode else picture.convert(mode)


def to_srgb(picture: Image.Image) -> Image.Image:
    """Convert a picture from its colour profile, or from the gamma of a PNG; without either, its colours are sRGB."""
    profile = picture.info.get("icc_profile")
    if not profile:
        gamma = 1 / 2.2 if "srgb" in picture.info else picture.info.get("gamma", 1 / 2.2)
        return picture if abs(gamma - 1 / 2.2) < 0.01 else picture.point(gamma_table(gamma, picture.getbands()))
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    colours = picture.convert({"RGBA": "RGB", "LA": "L"}[picture.mode]) if alpha else picture
    found = ImageCms.profileToProfile(colours, ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                                      ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert found is not None  # it would be, if the conversion were in place
    if alpha:
        found.putalpha(alpha)
    return found


def gamma_table(gamma: float, bands: tuple[str, ...]) -> list[int]:
    """Return the sRGB value for each value of each band of a picture with this gamma; alpha stays."""
    light = [(value / 255) ** (1 / gamma) for value in range(256)]
    table = [round(255 * (12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055)) for one in light]
    return [shown for band in bands for shown in (range(256) if band == "A" else table)]


def fit(picture: Image.Image, how: str, edge: int) -> Image.Image:
    """Return the picture scaled down to this edge, or the square in its middle."""
    if how == "square":
        side = min(edge, *picture.size)
        return ImageOps.fit(picture, (side, side))
    picture.thumbnail((edge, edge))
    return picture


if __name__ == "__main__":
    main(*sys.argv[1:])
