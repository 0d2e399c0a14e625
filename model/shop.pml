/* SPDX-License-Identifier: Apache-2.0
 * The honest shop's gateway.
 */
proctype shop() {
	byte t, order, source, digest, attribute;
	bool approval;
end:	do
	:: atomic {
		if
		/* S33: an order for the holder or for the attacker's buyer, over the channel to its wallet. */
		:: clock == IN_TIME && shop_orders < PURCHASES ->
			t = shop_orders;
			if
			:: order = ORDER(t, SHOP, HOLDER, COMPANY, 0, BY_SHOP)
			:: order = ORDER(t, SHOP, HOLDER, COMPANY, 1, BY_SHOP)
			:: order = ORDER(t, SHOP, ROGUE_BUYER, COMPANY, 0, BY_SHOP)
			:: order = ORDER(t, SHOP, ROGUE_BUYER, COMPANY, 1, BY_SHOP)
			:: order = ORDER(t, SHOP, ROGUE_BUYER, ROGUE_COMPANY, 0, BY_SHOP)
			fi;
			/* Which of two orders comes first makes no difference. */
			LEAVE_OUT(t == 1 && order < shop_order[0]);
			shop_order[t] = order; shop_state[t] = ordered; shop_orders++;
			order_known[t] = (PURCHASER_OF(order) == ROGUE_BUYER || !DONE(s33_channel));
			printf("S33 shop: makes order %d\n", order);
			demand_secrets()

		/* S40 to S43: takes the signed order, signs the agreement, passes both on with the sealed instruction. */
		:: OFFERED && clock == IN_TIME && EITHER(shop_state, ordered) ->
			PICK(t, shop_state, ordered);
			hear_signed_order(source, digest, attribute, shop_order[t], ROGUE_INSTRUCTION(shop_order[t]));
			CHECK(s40_signature, source != FORGED);
			CHECK(s40_purchaser, SIGNER_OF_ORDER(source) == PURCHASER_OF(shop_order[t]));
			CHECK(s41_order, digest == shop_order[t]);
			shop_payment[t] = source; shop_attribute[t] = attribute;
			shop_state[t] = agreed; shop_signed[t] = true;
			order_at_company[t] = order_at_company[t] || !DONE(s43_detaching) || !DONE(order_nonce);
			printf("S42 shop: takes signed order %d, signs the agreement on order %d with instruction %d\n",
				source, shop_order[t], attribute);
			demand_shop_agrees_with_wallet(t, source, attribute);
			demand_secrets()

		/* S52, S53: reads the review result, signs it for the holder, and countersigns the order if it is approved. */
		:: OFFERED && clock == IN_TIME && EITHER(shop_state, agreed) ->
			PICK(t, shop_state, agreed);
			hear_result(source, approval);
			CHECK(s52_signature, source != FORGED);
			CHECK(s52_company, SIGNER_OF_RESULT(source) == COMPANY_OF(shop_order[t]));
			CHECK(s52_order, SAYS(source, company_order, shop_order[t]));
			CHECK(s52_instruction, SAYS(source, company_instruction, shop_attribute[t]));
			CHECK(s52_amount, SAYS(source, company_amount, AMOUNT_OF(shop_order[t])));
			CHECK(s52_parties, SAYS(source, company_merchant, SHOP) &&
				SAYS(source, company_purchaser, PURCHASER_OF(shop_order[t])));
			printf("S52 shop: takes result %d for order %d: approved %d\n", source, shop_order[t], approval);
			demand_shop_agrees_with_company(t, source, approval);
			if
			:: OF_COMPANY(source) && PURCHASER_OF(shop_order[t]) == HOLDER ->
				shop_relayed[t] = shop_relayed[t] | (1 << source)
			:: else
			fi;
			if
			:: approval -> shop_state[t] = accepted
			:: else -> shop_state[t] = ordered; shop_payment[t] = NONE; shop_attribute[t] = NONE
			fi
		fi;
refused:	skip;
		d_step { t = 0; order = 0; source = 0; digest = 0; attribute = 0; approval = false }
	}
	od
}

/* Once the orders are over the shop does nothing more. What no step reads any more is forgotten: so there are fewer states. */
inline shop_leaves() {
	d_step {
		shop_state[0] = unmade; shop_payment[0] = NONE; shop_attribute[0] = NONE; shop_relayed[0] = 0;
		shop_state[1] = unmade; shop_payment[1] = NONE; shop_attribute[1] = NONE; shop_relayed[1] = 0
	}
}
