"""The one form of a name."""

from __future__ import annotations

import unicodedata

import idna
import pytest
import unicodedata2
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.names.canonical import canonical

_ODD = [
    *"\u200b\u200d\u2060\ufeff\u202e\u2066\u00ad\ufe0f\u034f\u3164\u2800\u3000\u00a0 .@-_AaZz09",
    *"１０６９．。｡ßẞςΣİıſKÅ\u0301\u0327\u0345ﬁ㈱ﷺ\u115f例店\u0660",
    *["xn--", "XN--", "bcher-kva", ".com", "xn--80ak6aa92e", "xn--a", "xn--zcka", "xn--55qx5d"],
]
_names = st.lists(
    st.sampled_from(_ODD) | st.characters(exclude_categories=("Cs", "Cc")), max_size=10
).map("".join)
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\ufe0f\u034f\u180e\u3164"


@given(_names)
@settings(max_examples=300, deadline=None)
def test_the_form_of_a_form_is_itself(name: str) -> None:
    """What is stored in one form is in it when it is read again, on every path."""
    once = canonical(name)
    assert canonical(once) == once
    assert once == once.strip()
    assert not set(once) & set(_INVISIBLE)


@given(st.text("code07.例", min_size=1), st.lists(st.sampled_from(_INVISIBLE)), st.randoms())
@settings(max_examples=200, deadline=None)
def test_invisible_characters_make_no_other_name(name: str, hidden: list[str], rnd: object) -> None:
    """Whatever is hidden in a name, wherever: it stays the name that is seen."""
    varied = list(name)
    for character in hidden:
        varied.insert(rnd.randint(0, len(varied)), character)  # type: ignore[attr-defined]
    assert canonical("".join(varied)) == canonical(name)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (["１０６９", "1069", " 1069\u3000", "10\u200b69", "١٠٦٩", "\u202e1069"], "1069"),
        (["Shop A", "Shop\u00a0A", " Shop  A", "Ｓｈｏｐ A", "Shop\u2003A\ufe0f"], "Shop A"),
        (["BÜCHER.example", "bücher.Example.", "xn--bcher-kva.example", "bu\u0308cher．example"],
         "bücher.example"),
        (["News@SHOP.Example", "News@shop。example", "News@shop.example."], "News@shop.example"),
        (["アプリ", "ｱﾌﾟﾘ"], "アプリ"),
        (["\u200b\u3164 "], ""),
    ],
)  # fmt: skip
def test_what_looks_the_same_is_one(names: list[str], form: str) -> None:
    """However somebody writes it, a name that a person reads as one is one."""
    assert {canonical(name) for name in names} == {form}


@pytest.mark.parametrize(
    "name",
    [
        *("106900012345", "淘宝商城", "No.1店", "1.5万", "192.0.2.7", "Mr. Smith", "你好。再见"),
        *("Straße", "xn--", "xn--a.b", "@shop", "a@b@c", "Shop", "shop", "a..b", "2001:db8::1"),
    ],
)
def test_what_differs_stays_as_it_is(name: str) -> None:
    """Case, full stops and letters of names that are no domains are told apart."""
    assert canonical(name) == name


@pytest.mark.parametrize("label", ["xn--0000000000", "xn--\u00e4", "xn--99999999", "xn--a-"])
def test_a_label_that_encodes_nothing_stays(label: str) -> None:
    """What is no encoding of a domain's label is the label itself."""
    assert canonical(f"{label}.example") == f"{label}.example"


def test_the_tables_are_of_one_version_whatever_pythons_are() -> None:
    """The packages' tables decide, and not those of the Python that happens to run."""
    assert unicodedata2.unidata_version == idna.idnadata.__version__ == "18.0.0"
    newer = "\U00016d40"  # a letter since Unicode 16
    assert unicodedata2.category(newer).startswith("L")
    assert unicodedata.unidata_version != "18.0.0" or unicodedata.category(newer).startswith("L")
    assert canonical(f"{newer}\u200b") == newer
