package dispute.filing_window_test

import data.dispute.filing_window
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(filing_window.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in filing_window.findings} with input as question
}

test_valid_passes if {
	filing_window.passes with input as t.valid
	_codes(t.valid) == set()
}

_claimed(days, more_ms) := t.changed({"facts": {"claim": {"received_at_ms": (1792736000000 + (days * 86400000)) + more_ms}}})

test_window if {
	_codes(_claimed(0, 0)) == set()
	_codes(_claimed(120, 0)) == set()
	_codes(_claimed(120, 1)) == {"FILED_LATE"}
	_roles(_claimed(121, 0)) == {"approver"}
	_codes(_claimed(0, -1)) == {"CLAIM_BEFORE_TRANSACTION"}
}

test_transaction_in_the_future_denies if {
	_codes(t.changed({"evaluated_at_ms": 1792735999999})) == {"TRANSACTION_IN_FUTURE"}
	_codes(t.changed({"evaluated_at_ms": 1792736000000})) == set()
}

test_null_and_text_deny if {
	every value in [null, "1793600000000", true] {
		_codes(t.changed({"facts": {"claim": {"received_at_ms": value}}})) == {"CLAIM_BEFORE_TRANSACTION"}
		_codes(t.changed({"evaluated_at_ms": value})) == {"TRANSACTION_IN_FUTURE"}
	}
}

test_sentence_names_the_days if {
	found := filing_window.findings with input as _claimed(121, 0)
	{one.sentence | some one in found} == {"The claim came more than 120 days after the transaction."}
}

test_denies_without_each_input if {
	every path in [
		"evaluated_at_ms",
		"facts",
		"facts/claim",
		"facts/claim/received_at_ms",
		"facts/transaction",
		"facts/transaction/authorised_at_ms",
	] {
		question := t.without(path)
		found := filing_window.findings with input as question
		"deny" in t.effects(found)
	}
}
