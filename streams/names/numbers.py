"""Telephone numbers as ids: their digits, or the international form of E.164.

Pure. What a number of a country looks like comes from a package of a fixed version.
"""

from __future__ import annotations


def is_country(text: str) -> bool:
    """Whether these two letters name a country whose numbers can be told.

    Examples
    --------
    >>> is_country("CN"), is_country("cn")
    (True, False)
    """
    import phonenumbers  # when it is asked for: it takes 70 ms

    return text in phonenumbers.SUPPORTED_REGIONS


def digits_of(name: str) -> str | None:
    """Return the digits of a name; None where it has none.

    Examples
    --------
    >>> digits_of("202-555-0101"), digits_of("+86 (10) 1069"), digits_of("shop")
    ('2025550101', '86101069', None)
    """
    return "".join(filter(_is_digit, name)) or None


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


def e164(name: str, country: str | None) -> str | None:
    """Return a number in the form of E.164; without its signs where it is no number of a country.

    Access codes such as 106900012345 are numbers of no country: they stay as their digits. Of a
    name with letters beside them the digits are looked at, so that a form is its own form.

    Parameters
    ----------
    name
        The number, as somebody wrote it.
    country
        Whose number it is where it does not begin with ``+``; None: such a number keeps its digits.

    Examples
    --------
    >>> e164("+44 20 7946 0018", None), e164("020 7946 0018", "GB"), e164("106900012345", "CN")
    ('+442079460018', '+442079460018', '106900012345')
    >>> e164("shop", "CN"), e164("t: 020/7946-0018", "GB")
    (None, '+442079460018')
    """
    digits = digits_of(name)
    return _valid(name, country) or (digits and _valid(digits, country)) or digits


def _valid(text: str, country: str | None) -> str | None:
    import phonenumbers  # see `is_country`

    try:
        number = phonenumbers.parse(text, country)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    return None
