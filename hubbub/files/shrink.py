"""Makes smaller pictures of one, in a process of its own with little memory and time; run as a script by `images`.

    shrink.py SOURCE fit|square EDGE:TARGET …

prints the width and height of the largest result.  The picture is turned as its EXIF says, and nothing but its pixels
goes on: no EXIF, no position, no comment.
"""

import resource
import sys

MEMORY, SECONDS = 256 * 1024 * 1024, 5
PIXELS = 50_000_000  # a header that claims more is refused before anything is decoded
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
QUALITY = 82


def main(source: str, how: str, *wanted: str) -> None:
    """Write each wanted size as WebP."""
    from PIL import Image, ImageOps

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = PIXELS
    targets = sorted(((int(edge), path) for edge, _, path in (one.partition(":") for one in wanted)), reverse=True)
    with Image.open(source, formats=FORMATS) as opened:
        if opened.width * opened.height > PIXELS:
            raise SystemExit("too many pixels")
        largest = targets[0][0]
        opened.draft("RGB", (largest, largest))
        if opened.mode not in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"):
            raise SystemExit("an unknown kind of picture")
        has_alpha = "A" in opened.mode or "transparency" in opened.info
        picture = ImageOps.exif_transpose(opened).convert("RGBA" if has_alpha else "RGB")
    sizes = []
    for edge, path in targets:
        if how == "square":
            side = min(edge, *picture.size)
            picture = ImageOps.fit(picture, (side, side))
        else:
            picture.thumbnail((edge, edge))
        picture.info.clear()
        picture.save(path, "WEBP", quality=QUALITY, method=2)
        sizes.append(picture.size)
    print(*sizes[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
