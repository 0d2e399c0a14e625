/* SPDX-License-Identifier: Apache-2.0
 * The authority.
 */
proctype authority() {
	byte n, order, countersigner, source, digest, attribute, review;
	bool approval, forged;
end:	do
	:: atomic {
		if
		/* A countersigned order and a review result are heard, verified, compared, and confirmed. */
		:: OFFERED && clock <= EXPIRED && authority_confirmations < CONFIRMATIONS ->
			CHECK(confirm_expiry, clock == IN_TIME);
			hear_result(review, approval);
			CHECK(review_signature, review != FORGED);
			CHECK(review_approved, approval);
			if
			/* The shop's own, which holds the signed order that the shop took. */
			:: shop_state[0] == accepted -> countersigner = SHOP; order = shop_order[0]; source = shop_payment[0];
				attribute = shop_attribute[0]; digest = order
			:: shop_state[1] == accepted -> countersigner = SHOP; order = shop_order[1]; source = shop_payment[1];
				attribute = shop_attribute[1]; digest = order
			/* One of the attacker's shop, or one that nobody signed in the shop's name, around any signed order. */
			:: if
				:: countersigner = ROGUE_SHOP
				:: countersigner = SHOP; forged = true
				fi;
				CHECK(confirm_countersignature, !forged);
				hear_order(order);
				if
				:: OF_COMPANY(review) -> n = company_instruction[review]
				:: else -> n = ROGUE_INSTRUCTION(order)
				fi;
				hear_signed_order(source, digest, attribute, order, n)
			fi;
			CHECK(confirm_merchant, countersigner == MERCHANT_OF(order));
			CHECK(confirm_signature, source != FORGED);
			CHECK(confirm_purchaser, SIGNER_OF_ORDER(source) == PURCHASER_OF(order));
			CHECK(confirm_order, digest == order);
			/* Among themselves the attackers have two orders. */
			LEAVE_OUT(MERCHANT_OF(order) == ROGUE_SHOP && PURCHASER_OF(order) == ROGUE_BUYER &&
				order != ROGUE_ORDER && order != ROGUE_ORDER_ELSEWHERE);
			CHECK(review_company, SIGNER_OF_RESULT(review) == COMPANY_OF(order));
			CHECK(review_order, SAYS(review, company_order, order));
			CHECK(review_instruction, SAYS(review, company_instruction, attribute));
			CHECK(review_amount, SAYS(review, company_amount, AMOUNT_OF(order)));
			CHECK(review_parties, SAYS(review, company_merchant, MERCHANT_OF(order)) &&
				SAYS(review, company_purchaser, PURCHASER_OF(order)));
			/* What was confirmed once gets the same confirmation; another order under its number gets none. */
			LEAVE_OUT(EITHER(authority_order, order));
			CHECK(confirm_once, authority_order[0] == NONE || MERCHANT_OF(authority_order[0]) != MERCHANT_OF(order) ||
				TRANSACTION_OF(authority_order[0]) != TRANSACTION_OF(order));
			n = authority_confirmations;
			authority_order[n] = order; authority_review[n] = review; authority_instruction[n] = attribute;
			authority_confirmations++;
			printf("authority: confirms order %d with result %d, where instruction %d was signed\n", order, review, attribute);
			demand_authority_agrees(n, order, attribute)
		fi;
refused:	skip;
		d_step {
			n = 0; order = 0; countersigner = 0; source = 0; digest = 0; attribute = 0; review = 0;
			approval = false; forged = false
		}
	}
	od
}
