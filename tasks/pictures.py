"""Shows a picture on the page of its run."""

from base64 import b64encode


def as_markdown(svg: str, told: str) -> str:
    """Return a picture as Markdown: the UI shows it, and the sentence to who cannot see it.

    Args:
        svg: the picture, as an SVG document.
        told: the same in words; no Markdown may stand in it.
    """
    image = b64encode(svg.encode()).decode()
    return f"![{told}](data:image/svg+xml;base64,{image})\n\n{told}"
