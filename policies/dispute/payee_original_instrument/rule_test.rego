package dispute.payee_original_instrument_test

import data.dispute.payee_original_instrument
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(payee_original_instrument.findings) with input as question
}

test_valid_passes if {
	payee_original_instrument.passes with input as t.valid
	_codes(t.valid) == set()
}

test_another_payee_denies if {
	_codes(t.changed({"proposal": {"payee_account_id": "acc_2"}})) == {"PAYEE_NOT_ORIGINAL"}
}

test_another_account_card_or_transaction_denies if {
	every record in [
		{"transaction": {"account_id": "acc_2"}},
		{"transaction": {"card_id": "crd_2"}},
		{"account": {"id": "acc_2"}},
		{"card": {"account_id": "acc_2"}},
		{"card": {"id": "crd_2"}},
		{"transaction": null},
		{"account": null},
		{"card": null},
	] {
		_codes(t.changed({"facts": record})) == {"PAYEE_NOT_ORIGINAL"}
	}
}

test_nulls_are_not_equal if {
	nulls := {
		"proposal": {"payee_account_id": null},
		"facts": {
			"transaction": {"account_id": null, "card_id": null},
			"account": {"id": null},
			"card": {"account_id": null, "id": null},
		},
	}
	_codes(t.changed(nulls)) == {"PAYEE_NOT_ORIGINAL"}
}

test_denies_without_each_input if {
	every path in [
		"proposal/payee_account_id",
		"facts/transaction/account_id",
		"facts/transaction/card_id",
		"facts/account/id",
		"facts/card/account_id",
		"facts/card/id",
		"facts/transaction",
		"facts/account",
		"facts/card",
	] {
		question := t.without(path)
		found := payee_original_instrument.findings with input as question
		"deny" in t.effects(found)
	}
}
