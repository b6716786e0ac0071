package dispute.missing_input_test

import data.dispute.missing_input
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(missing_input.findings) with input as question
}

test_valid_passes if {
	missing_input.passes with input as t.valid
	_codes(t.valid) == set()
}

test_nullable_records_may_be_null if {
	every changes in [
		{"score": null},
		{"facts": {"claim": null}},
		{"facts": {"transaction": null}},
		{"facts": {"customer": null}},
		{"facts": {"account": null}},
		{"facts": {"card": null}},
		{"review": t.review},
		{"proposal": {"evidence": []}},
	] {
		_codes(t.changed(changes)) == set()
	}
}

test_wrong_types_and_values_deny if {
	every changes in [
		{"proposal": {"amount_minor": 0}},
		{"proposal": {"amount_minor": 1.5}},
		{"proposal": {"amount_minor": "2000"}},
		{"proposal": {"amount_minor": 9007199254740992}},
		{"proposal": {"currency": "XTS"}},
		{"proposal": {"kind": "refund"}},
		{"proposal": {"category": "other"}},
		{"proposal": {"payee_provenance": "mode"}},
		{"proposal": {"model": null}},
		{"proposal": {"evidence": null}},
		{"proposal": {"evidence": [null]}},
		{"proposal": {"evidence": [{"claim": "x"}]}},
		{"proposal": {"prompt_digest": "sha256:ab"}},
		{"proposal": {"id": ""}},
		{"facts": {"credited_minor": -1}},
		{"facts": {"customer": {"sanctions_hit": 0}}},
		{"facts": {"transaction": false}},
		{"score": []},
		{"evaluated_at_ms": null},
	] {
		_codes(t.changed(changes)) == {"MISSING_INPUT"}
	}
}

test_sentence_names_the_field if {
	found := missing_input.findings with input as t.without("facts/transaction/amount_minor")
	{one.sentence | some one in found} == {"facts.transaction.amount_minor is absent or is not what it has to be."}
}

test_a_wrong_review_is_about_the_review if {
	every changes in [{"verdict": "yes"}, {"reviewer": ""}, {"reviewer_roles": ["king"]}] {
		question := t.changed({"review": object.union(t.review, changes)})
		found := missing_input.findings with input as question
		{one.scope | some one in found} == {"review"}
	}
}

test_denies_without_any_field if {
	every parent, names in {
		"proposal": object.keys(t.valid.proposal),
		"proposal/model": object.keys(t.valid.proposal.model),
		"proposal/evidence/0": object.keys(t.valid.proposal.evidence[0]),
		"facts": object.keys(t.valid.facts),
		"facts/claim": object.keys(t.valid.facts.claim),
		"facts/transaction": object.keys(t.valid.facts.transaction),
		"facts/customer": object.keys(t.valid.facts.customer),
		"facts/account": object.keys(t.valid.facts.account),
		"facts/card": object.keys(t.valid.facts.card),
		"score": object.keys(t.valid.score),
	} {
		every name in names {
			_codes(t.without(concat("/", [parent, name]))) == {"MISSING_INPUT"}
		}
	}
}

test_denies_without_each_input if {
	every path in ["evaluated_at_ms", "proposal", "facts", "score", "review"] {
		question := t.without(path)
		found := missing_input.findings with input as question
		"deny" in t.effects(found)
	}
}
