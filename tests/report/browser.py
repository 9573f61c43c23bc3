"""The reader's browser, for tests that look at the page as it is drawn."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --force-device-scale-factor=1"
)
_DARK = "--blink-settings=preferredColorScheme=0"
_LIGHT = "--blink-settings=preferredColorScheme=1"


@functools.cache
def find() -> str:
    """Return the browser's program, or skip the test."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on this machine")


def need_chinese_font() -> None:
    """Skip the test where no font has Chinese glyphs."""
    listed = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout
    if not listed:
        pytest.skip("no Chinese font on this machine")


def run(page: Path, *options: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [find(), *_FLAGS.split(), f"--user-data-dir={profile}", *options, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def screenshot(page: Path, *, width: int = 1200, height: int = 1600, dark: bool = False):
    """Return the drawn page as a Pillow image."""
    from PIL import Image

    out = page.with_suffix(".png")
    run(page, f"--screenshot={out}", f"--window-size={width},{height}", _DARK if dark else _LIGHT)
    with Image.open(out) as image:
        return image.convert("RGB")


def ask(page: Path, script: str, *, width: int = 1200, dark: bool = False) -> str:
    """Return what a script, put into a copy of the page without its policy, makes of it."""
    html = page.read_text(encoding="utf-8")
    start = html.index('<meta http-equiv="Content-Security-Policy"')
    html = html[:start] + html[html.index(">", start) + 1 :]
    copy = page.with_name(f"asked-{page.name}")
    answer = f"<script>document.title = JSON.stringify((() => {{ {script} }})())</script></body>"
    copy.write_text(html.replace("</body>", answer), encoding="utf-8")
    return title(copy, width=width, dark=dark)


def title(page: Path, *, width: int = 1200, dark: bool = False) -> str:
    """Return the page's title after it has been loaded."""
    import html

    dom = run(page, "--dump-dom", f"--window-size={width},900", _DARK if dark else _LIGHT)
    return html.unescape(dom[dom.index("<title>") + 7 : dom.index("</title>")])
