package lib.money_test

import data.lib.money

test_two_digits if money.text(12345, "USD") == "123.45 USD"

test_padded if money.text(5, "EUR") == "0.05 EUR"

test_no_digits if money.text(15000, "JPY") == "15000 JPY"

test_three_digits if money.text(1005, "KWD") == "1.005 KWD"

test_largest if money.text(9007199254740991, "GBP") == "90071992547409.91 GBP"

_xts := money.text(1, "XTS")

test_unknown_currency_is_undefined if not _xts
