package dispute.provenance_test

import data.dispute.provenance
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(provenance.findings) with input as question
}

test_valid_passes if {
	provenance.passes with input as t.valid
	_codes(t.valid) == set()
}

test_any_label_passes_where_record_or_claim_agrees if {
	every label in ["record", "human", "policy", "document", "model"] {
		_codes(t.changed({"proposal": {"payee_provenance": label, "amount_provenance": label}})) == set()
	}
}

_part(label) := t.changed({
	"proposal": {"amount_minor": 1500, "amount_provenance": label},
	"facts": {"claim": {"amount_minor": 1500}},
})

test_the_claims_own_amount_goes_to_an_analyst_under_any_label if {
	every label in ["record", "human", "policy", "document", "model"] {
		question := _part(label)
		_codes(question) == {"PARTIAL_AMOUNT"}
		found := provenance.findings with input as question
		t.effects(found) == {"review"}
		{one.review_role | some one in found} == {"analyst"}
	}
}

test_the_claims_own_amount_does_not_pass if {
	not provenance.passes with input as _part("document")
}

test_a_models_or_documents_own_values_deny if {
	every label in ["document", "model"] {
		_codes(t.changed({"proposal": {"payee_provenance": label, "payee_account_id": "acc_2"}})) == {"PAYEE_UNTRUSTED"}
		_codes(t.changed({"proposal": {"amount_provenance": label, "amount_minor": 1500}})) == {"AMOUNT_UNTRUSTED"}
	}
}

test_a_trusted_label_is_not_believed if {
	every label in ["record", "human", "policy"] {
		_codes(t.changed({"proposal": {"payee_provenance": label, "payee_account_id": "acc_2"}})) == {"PAYEE_UNSUPPORTED"}
		_codes(t.changed({"proposal": {"amount_provenance": label, "amount_minor": 1500}})) == {"AMOUNT_UNSUPPORTED"}
	}
}

test_an_unknown_label_denies if {
	every label in ["", "Record", null, 1] {
		_codes(t.changed({"proposal": {"payee_provenance": label, "amount_provenance": label}})) == {
			"AMOUNT_UNSUPPORTED",
			"PAYEE_UNSUPPORTED",
		}
	}
}

test_nulls_are_not_equal if {
	nulls := {
		"proposal": {"payee_account_id": null, "amount_minor": null},
		"facts": {
			"transaction": {"account_id": null, "amount_minor": null},
			"claim": {"amount_minor": null},
		},
	}
	_codes(t.changed(nulls)) == {"AMOUNT_UNSUPPORTED", "PAYEE_UNSUPPORTED"}
}

test_the_record_is_enough_and_the_claim_alone_is_not if {
	_codes(t.without("facts/claim/amount_minor")) == set()
	_codes(t.without("facts/transaction/amount_minor")) == {"PARTIAL_AMOUNT"}
	_codes(json.remove(t.valid, ["facts/claim/amount_minor", "facts/transaction/amount_minor"])) == {"AMOUNT_UNSUPPORTED"}
}

test_denies_without_each_input if {
	every path in [
		"facts",
		"proposal/payee_provenance",
		"proposal/amount_provenance",
		"proposal/payee_account_id",
		"proposal/amount_minor",
		"facts/transaction",
		"facts/transaction/account_id",
	] {
		question := t.without(path)
		found := provenance.findings with input as question
		"deny" in t.effects(found)
	}
}
