# METADATA
# title: Comparisons that are defined only between numbers
# description: >-
#   Rego orders values of different types (null < true < 1 < "1"), so a bare `<=` holds for null.
#   These hold only where both sides are numbers.
package lib.compare

at_most(left, right) if {
	is_number(left)
	is_number(right)
	left <= right
}

at_least(left, right) if {
	is_number(left)
	is_number(right)
	left >= right
}
