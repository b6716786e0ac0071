# METADATA
# title: Minor units as text
# description: Writes 12345 USD as "123.45 USD" from integers alone; undefined for an unknown currency.
package lib.money

text(amount_minor, currency) := sprintf("%s %s", [digits, currency]) if {
	is_number(amount_minor)
	data.parameters.money.exponents[currency] == 0
	digits := sprintf("%d", [amount_minor])
}

text(amount_minor, currency) := sprintf("%s.%s %s", [whole, fraction, currency]) if {
	is_number(amount_minor)
	exponent := data.parameters.money.exponents[currency]
	exponent > 0
	digits := _padded(sprintf("%d", [amount_minor]), exponent + 1)
	whole := substring(digits, 0, count(digits) - exponent)
	fraction := substring(digits, count(digits) - exponent, exponent)
}

_padded(digits, width) := digits if count(digits) >= width

_padded(digits, width) := concat("", [substring("0000000", 0, width - count(digits)), digits]) if {
	count(digits) < width
}
