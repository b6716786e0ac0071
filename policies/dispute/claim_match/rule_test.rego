package dispute.claim_match_test

import data.dispute.claim_match
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(claim_match.findings) with input as question
}

test_valid_passes if {
	claim_match.passes with input as t.valid
	_codes(t.valid) == set()
}

test_no_claim_denies if _codes(t.changed({"facts": {"claim": null}})) == {"CLAIM_UNKNOWN"}

test_another_transaction_or_opener_denies if {
	every changes in [
		{"proposal": {"transaction_id": "txn_2"}},
		{"proposal": {"opened_by": "person:ann"}},
		{"facts": {"claim": {"transaction_id": "txn_2"}}},
		{"facts": {"claim": {"opened_by": "person:ann"}}},
		{"facts": {"claim": {"opened_by": null}}, "proposal": {"opened_by": null}},
	] {
		_codes(t.changed(changes)) == {"CLAIM_MISMATCH"}
	}
}

test_denies_without_each_input if {
	every path in [
		"proposal",
		"proposal/transaction_id",
		"proposal/opened_by",
		"facts",
		"facts/claim",
		"facts/claim/transaction_id",
		"facts/claim/opened_by",
	] {
		question := t.without(path)
		found := claim_match.findings with input as question
		"deny" in t.effects(found)
	}
}
