"""Numbers of identity cards among the keys: a keyed digest stands in their place."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pyarrow as pa
import pyarrow.compute as pc

_CHARACTERS = 20


def hide_residents(tax_ids: pa.Table, secret: bytes) -> pa.Table:
    """Put digests in the place of the keys that are identity card numbers; equal numbers keep equal keys.

    Parameters
    ----------
    tax_ids : pyarrow.Table
        Tax numbers, read, with the columns ``key`` and ``kind``.
    secret : bytes
        A plain hash of a number could be reversed by trying all numbers.

    Examples
    --------
    >>> read = pa.table({"key": ["11010519491231002X", "91110000802100433B"], "kind": ["resident", "unified"]})
    >>> hide_residents(read, b"k" * 32)["key"].to_pylist()
    ['R4FSOVGKGAWVEYD4RQKXM', '91110000802100433B']
    """
    is_resident = pc.fill_null(pc.equal(tax_ids["kind"], "resident"), False)
    numbers = tax_ids["key"].filter(is_resident)
    digests = pa.array([digest_of(number, secret) for number in numbers.to_pylist()], pa.string())
    keys = pc.replace_with_mask(tax_ids["key"].combine_chunks(), is_resident.combine_chunks(), digests)
    return tax_ids.set_column(tax_ids.column_names.index("key"), "key", keys)


def digest_of(number: str, secret: bytes) -> str:
    """Return R and twenty letters and digits that only the key's owner can make of an identity card number.

    Examples
    --------
    >>> len(digest_of("11010519491231002X", b"k" * 32))
    21
    """
    made = hmac.digest(secret, f"resident\x1f{number}".encode(), hashlib.sha256)
    return "R" + base64.b32encode(made)[:_CHARACTERS].decode()
