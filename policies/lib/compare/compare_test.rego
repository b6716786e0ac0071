package lib.compare_test

import data.lib.compare

test_numbers_are_compared if {
	compare.at_most(1, 1)
	compare.at_most(1, 2)
	compare.at_least(2, 1)
	not compare.at_most(2, 1)
	not compare.at_least(1, 2)
}

test_other_types_never_compare if {
	every value in [null, true, false, "1", [], {}] {
		not compare.at_most(value, 10)
		not compare.at_most(10, value)
		not compare.at_least(value, 0)
		not compare.at_least(0, value)
	}
}
