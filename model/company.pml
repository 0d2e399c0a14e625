/* SPDX-License-Identifier: Apache-2.0
 * The honest card company.
 */
#define OF_SALE(k) (company_merchant[k] == merchant && company_transaction[k] == transaction)
#define REPEATED(k) (company_state[k] != undecided && OF_SALE(k) && company_instruction[k] == instruction)

proctype company() {
	byte k, source, order, attribute, digest, card, instruction, instruction_order;
	bit amount, merchant, purchaser, transaction, signer;
	bit instruction_amount, instruction_merchant, instruction_purchaser, instruction_transaction;
	bool forged;
end:	do
	:: atomic {
		if
		/* S43 to S51: both halves of a payment and the agreement are verified and compared; a result is signed. */
		:: OFFERED && clock <= EXPIRED && company_decisions < DECISIONS ->
			CHECK(s47_expiry, clock == IN_TIME);
			/* The payment half: one that the wallet sealed, or one of the attacker's, with any card that he has. */
			if
			:: wallet_order[0] != NONE -> instruction = 0; card = OWN_CARD
			:: wallet_order[1] != NONE -> instruction = 1; card = OWN_CARD
			:: card = STOLEN_CARD
			:: card = ROGUE_CARD
			fi;
			/* The agreement: the shop's, the attacker's shop's, or one that nobody signed in the shop's name. */
			if
			:: shop_signed[0] -> order = shop_order[0]; transaction = 0;
				signer = SHOP; merchant = SHOP; amount = AMOUNT_OF(order); purchaser = PURCHASER_OF(order);
				CHECK(s44_company, COMPANY_OF(order) == COMPANY)
			:: shop_signed[1] -> order = shop_order[1]; transaction = 1;
				signer = SHOP; merchant = SHOP; amount = AMOUNT_OF(order); purchaser = PURCHASER_OF(order);
				CHECK(s44_company, COMPANY_OF(order) == COMPANY)
			:: if
				:: signer = ROGUE_SHOP
				:: signer = SHOP; forged = true
				fi;
				CHECK(s48_signature, !forged);
				select(merchant : SHOP .. ROGUE_SHOP);
				CHECK(s44_merchant, merchant == signer);
				hear_digest(order);
				select(amount : 0 .. 1);
				select(purchaser : HOLDER .. ROGUE_BUYER);
				select(transaction : 0 .. 1)
			fi;
			/* What the attackers buy of each other is one transaction. */
			LEAVE_OUT(merchant == ROGUE_SHOP && purchaser == ROGUE_BUYER && card == ROGUE_CARD &&
				(transaction == 0 || order != ROGUE_ORDER));
			if
			:: card == OWN_CARD ->
				instruction_order = wallet_order[instruction]; instruction_amount = AMOUNT_OF(instruction_order);
				instruction_merchant = MERCHANT_OF(instruction_order); instruction_purchaser = HOLDER;
				instruction_transaction = TRANSACTION_OF(instruction_order)
			:: else -> instruction = ROGUE_INSTRUCTION(order);
				instruction_order = order; instruction_amount = amount; instruction_merchant = merchant;
				instruction_purchaser = purchaser; instruction_transaction = transaction
			fi;
			CHECK(s49_digest, order == instruction_order);
			CHECK(s49_amount, amount == instruction_amount);
			CHECK(s49_merchant, merchant == instruction_merchant);
			CHECK(s49_purchaser, purchaser == instruction_purchaser);
			CHECK(s49_transaction, transaction == instruction_transaction);
			CHECK(s45_holder, purchaser == (card == ROGUE_CARD -> ROGUE_BUYER : HOLDER));
			/* The order half, without the order. */
			hear_signed_order(source, digest, attribute, instruction_order, instruction);
			CHECK(s45_signature, source != FORGED);
			CHECK(s45_purchaser, SIGNER_OF_ORDER(source) == purchaser);
			CHECK(s49_order, digest == instruction_order);
			CHECK(s49_instruction, attribute == instruction);
			CHECK(s47_repeated, !REPEATED(0) && !REPEATED(1));
			/* S47: whether there is credit is the company's affair. */
			k = company_decisions;
			if
			:: !(merchant == ROGUE_SHOP && card == ROGUE_CARD) -> company_state[k] = declined
			:: CHECK(s47_one_approval, !(APPROVED(0) && OF_SALE(0)) && !(APPROVED(1) && OF_SALE(1))); company_state[k] = held
			fi;
			company_order[k] = order; company_instruction[k] = instruction; company_amount[k] = amount;
			company_merchant[k] = merchant; company_purchaser[k] = purchaser; company_transaction[k] = transaction;
			company_decisions++;
			printf("S50 company: result %d: %e, order %d, instruction %d, card %d, amount %d, merchant %d, purchaser %d, transaction %d\n",
				k, company_state[k], order, instruction, card, amount + 1, merchant, purchaser, transaction);
			if
			:: company_state[k] == held -> demand_company_agrees(k, card); demand_one_charge()
			:: else
			fi

		/* A capture is asked for, by whom does not matter, with the authority's extract or one that it did not sign. */
		:: clock == EXPIRED && company_decisions > 0 ->
			if
			:: company_state[0] != undecided -> k = 0
			:: company_state[1] != undecided -> k = 1
			fi;
			if
			:: authority_order[0] != NONE -> source = 0
			:: authority_order[1] != NONE -> source = 1
			:: source = FORGED
			fi;
			select(amount : 0 .. 1);
			CHECK(capture_signature, source != FORGED);
			CHECK(capture_review, source == FORGED || authority_review[source] == k);
			CHECK(capture_order, source == FORGED || authority_order[source] == company_order[k]);
			CHECK(capture_approved, APPROVED(k));
			CHECK(capture_amount, amount <= company_amount[k]);
			CHECK(capture_once, company_state[k] != captured);
			printf("company: captures %d of result %d on extract %d\n", amount + 1, k, source);
			demand_capture(k, amount);
			company_state[k] = captured;
			REACHES(captured_at_shop, company_merchant[k] == SHOP && OF_WALLET(company_instruction[k]));
			REACHES(captured_at_rogue_shop, company_merchant[k] == ROGUE_SHOP && OF_WALLET(company_instruction[k]));
			REACHES(captured_at_second_try, k == 1 && company_state[0] == declined && OF_WALLET(company_instruction[1]) &&
				company_order[0] == company_order[1])
		fi;
refused:	skip;
		d_step {
			k = 0; source = 0; order = 0; attribute = 0; digest = 0; card = 0; instruction = 0; instruction_order = 0;
			amount = 0; merchant = 0; purchaser = 0; transaction = 0; signer = 0;
			instruction_amount = 0; instruction_merchant = 0; instruction_purchaser = 0; instruction_transaction = 0;
			forged = false
		}
	}
	od
}

/* By itself the company frees what it holds when the window for captures is over. */
inline company_frees() {
	if
	:: DONE(release) && company_state[0] == held -> company_state[0] = freed
	:: else
	fi;
	if
	:: DONE(release) && company_state[1] == held -> company_state[1] = freed
	:: else
	fi
}
