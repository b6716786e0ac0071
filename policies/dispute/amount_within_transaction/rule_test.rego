package dispute.amount_within_transaction_test

import data.dispute.amount_within_transaction
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(amount_within_transaction.findings) with input as question
}

test_valid_passes if {
	amount_within_transaction.passes with input as t.valid
	_codes(t.valid) == set()
}

test_less_passes if _codes(t.changed({"proposal": {"amount_minor": 1999}})) == set()

test_one_more_than_the_transaction_denies if {
	_codes(t.changed({"facts": {"transaction": {"amount_minor": 1999}}})) == {"AMOUNT_ABOVE_TRANSACTION"}
}

test_one_more_than_the_claim_denies if {
	_codes(t.changed({"facts": {"claim": {"amount_minor": 1999}}})) == {"AMOUNT_ABOVE_CLAIM"}
}

test_null_and_text_deny if {
	every value in [null, "1", false, []] {
		_codes(t.changed({"proposal": {"amount_minor": value}})) == {
			"AMOUNT_ABOVE_CLAIM",
			"AMOUNT_ABOVE_TRANSACTION",
		}
		_codes(t.changed({"facts": {"claim": {"amount_minor": value}}})) == {"AMOUNT_ABOVE_CLAIM"}
	}
}

test_denies_without_each_input if {
	every path in [
		"proposal/amount_minor",
		"facts/transaction",
		"facts/transaction/amount_minor",
		"facts/claim",
		"facts/claim/amount_minor",
	] {
		question := t.without(path)
		found := amount_within_transaction.findings with input as question
		"deny" in t.effects(found)
	}
}
