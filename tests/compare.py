"""Compare pictures of the page with those in the repository, and draw what differs."""

import io

from PIL import Image, ImageChops

VISIBLE = 24  # of 255: how far a colour must be from the stored one; smoothing differs by less
TOLERATED = 60  # pixels: fewer than those of one small icon
RED = (255, 0, 60)


def store(picture, path):
    """Store a picture as it is."""
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").save(path, "WEBP", lossless=True, quality=100, method=6)


def difference(path, picture, folder):
    """Return how a picture differs from the stored one, or "".  If pixels differ, draw both and the difference."""
    drawing = folder / f"{path.stem}.png"
    with Image.open(path) as stored, Image.open(io.BytesIO(picture)) as taken:
        before, now = stored.convert("RGB"), taken.convert("RGB")
    if before.size != now.size:
        return f"it measures {now.size} instead of {before.size}"
    red, green, blue = ImageChops.difference(before, now).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    differs = most.point(lambda value: 255 if value > VISIBLE else 0)
    if (count := differs.histogram()[255]) <= TOLERATED:
        drawing.unlink(missing_ok=True)
        return ""
    grey = now.convert("L").point(lambda value: 128 + value // 2).convert("RGB")
    grey.paste(RED, mask=differs)
    folder.mkdir(parents=True, exist_ok=True)
    row = Image.new("RGB", (3 * now.width, now.height))
    for place, image in enumerate((before, now, grey)):
        row.paste(image, (place * now.width, 0))
    row.save(drawing)
    return f"{count} pixels differ, see {drawing} (before, now, the difference)"
