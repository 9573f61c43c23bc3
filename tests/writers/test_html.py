"""A report that could run or load something is not written."""

import pytest

from custinsight.errors import ReportError
from custinsight.writers.html import POLICY, faults, write_report

HEAD = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}"></head>'
PAGE = f"<!doctype html><html>{HEAD}<body>{{}}</body></html>"

UNSAFE = [
    "<script>x</script>",
    "<SCRIPT src=x></SCRIPT>",
    "<img src=x onerror=y>",
    "<p onclick='x'>y</p>",
    "<svg onload=x></svg>",
    "<svg><script>x</script></svg>",
    "<svg><set attributeName=href to=javascript:x /></svg>",
    "<svg><foreignObject></foreignObject></svg>",
    "<a href='javascript:x'>y</a>",
    "<a href=' JaVaScript:x'>y</a>",
    "<a href='https://example.com'>y</a>",
    "<a href='//example.com'>y</a>",
    "<a href='report.html'>y</a>",
    "<svg><use href='https://example.com/#a'/></svg>",
    "<svg><use xlink:href='data:image/svg+xml;base64,AA'/></svg>",
    "<p style='background:url(https://example.com)'>y</p>",
    "<p style='background:u\\72l(https://example.com)'>y</p>",
    "<style>@import 'x.css';</style>",
    "<style>p{background:url(x)}</style>",
    "<link rel=stylesheet href=x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "<base href=https://example.com>",
    "<iframe></iframe>",
    "<form action=x></form>",
    "<object data=x></object>",
    "<!-- Li Hua -->",
]


@pytest.mark.parametrize("html", UNSAFE)
def test_unsafe_is_found_and_not_written(html, tmp_path):
    assert faults(html)
    with pytest.raises(ReportError, match="must hold nothing that runs or loads"):
        write_report(tmp_path / "report.html", PAGE.format(html))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "html",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt; javascript:x",
        '<a href="#value">Value</a>',
        '<svg viewBox="0 0 1 1"><path style="fill:var(--ci-accent)" clip-path="url(#f1)"/></svg>',
        '<svg><image href="data:image/png;base64,iVBORw0KGgo="/></svg>',
    ],
)
def test_safe_is_written(html, tmp_path):
    assert faults(html) == []
    assert write_report(tmp_path / "report.html", PAGE.format(html)).read_text() == PAGE.format(html)


def test_a_page_without_the_policy_is_not_written(tmp_path):
    with pytest.raises(ReportError, match="no Content-Security-Policy"):
        write_report(tmp_path / "report.html", "<!doctype html><p>x</p>")


def test_faults_quote_no_text():
    assert "Li" not in str(faults("<!-- Li --><a href='https://li.example'>Li</a>"))
