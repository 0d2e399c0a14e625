/* SPDX-License-Identifier: Apache-2.0
 * The holder's wallet, and the holder.
 */

/* Certificates that can be offered for the card company (S33): its own; that of the attacker's company; an old one of
 * the company, revoked as its key was lost to the attacker; one in the company's name that no authority issued. */
mtype = { of_company, of_rogue_company, revoked, self_made };

proctype wallet() {
	byte s, order, shown, source;
	mtype certificate;
	bool approval, weaker, by_shop, forged;
end:	do
	:: atomic {
		if
		/* S34 to S39: an offer is verified and shown; the order is signed, the instruction sealed, both sent. */
		:: clock == IN_TIME && shop_orders == PURCHASES && wallet_payments < PURCHASES ->
			s = wallet_payments;
			if
			:: weaker = false
			:: weaker = true
			fi;
			CHECK(s32_profile, !weaker);
			hear_offer(order);
			CHECK(s36_purchaser, PURCHASER_OF(order) == HOLDER);
			/* Which of two payments comes first makes no difference. */
			LEAVE_OUT(s == 1 && order < wallet_order[0]);
			/* In the shop's name the attacker makes one transaction. */
			LEAVE_OUT(MAKER_OF(order) == BY_ATTACKER && MERCHANT_OF(order) == SHOP && TRANSACTION_OF(order) == 1);
			if
			:: certificate = of_company
			:: certificate = of_rogue_company
			:: certificate = revoked
			:: certificate = self_made
			fi;
			CHECK(s34_path, certificate != self_made);
			CHECK(s34_status, certificate != revoked);
			CHECK(s34_subject, certificate != of_rogue_company && COMPANY_OF(order) == COMPANY);
			/* The shop's own orders name the certificate that the shop was given beforehand (S31). */
			CHECK(s34_key, MAKER_OF(order) == BY_ATTACKER || certificate == of_company);
			/* The holder agrees to the merchant and the amount that are shown. */
			if
			:: shown = ORDER(0, SHOP, 0, 0, 0, 0)
			:: shown = ORDER(0, SHOP, 0, 0, 1, 0)
			:: shown = ORDER(0, ROGUE_SHOP, 0, 0, 0, 0)
			:: shown = ORDER(0, ROGUE_SHOP, 0, 0, 1, 0)
			fi;
			CHECK(s36_shown, MERCHANT_OF(shown) == MERCHANT_OF(order) && AMOUNT_OF(shown) == AMOUNT_OF(order));
			wallet_order[s] = order; wallet_shown[s] = shown; wallet_state[s] = paid; wallet_payments++;
			card_known = card_known || weaker || certificate != of_company || !DONE(s37_sealing) || !DONE(instruction_nonce);
			printf("S36 wallet: signs order %d, seals instruction %d with the certificate %e\n", order, s, certificate);
			demand_secrets()

		/* S56: a review result under the shop's signature is heard and matched to a payment. */
		:: OFFERED && clock == IN_TIME && EITHER(wallet_state, paid) ->
			PICK(s, wallet_state, paid);
			hear_result(source, approval);
			/* The shop signed what it relayed, the attacker's shop signs anything. */
			if
			:: by_shop = true;
				forged = !(OF_COMPANY(source) && ((shop_relayed[0] | shop_relayed[1]) & (1 << source)))
			:: by_shop = false
			fi;
			CHECK(s56_relay, !forged && by_shop == (MERCHANT_OF(wallet_order[s]) == SHOP));
			CHECK(s56_signature, source != FORGED);
			CHECK(s56_company, SIGNER_OF_RESULT(source) == COMPANY);
			CHECK(s56_order, SAYS(source, company_order, wallet_order[s]));
			CHECK(s56_instruction, SAYS(source, company_instruction, s));
			CHECK(s56_amount, SAYS(source, company_amount, AMOUNT_OF(wallet_order[s])));
			CHECK(s56_parties, SAYS(source, company_merchant, MERCHANT_OF(wallet_order[s])) &&
				SAYS(source, company_purchaser, HOLDER));
			printf("S56 wallet: matches result %d to instruction %d: approved %d\n", source, s, approval);
			demand_wallet_agrees(s, source, approval);
			if
			:: approval
			:: else -> wallet_state[s] = told_declined
			fi;
			REACHES(wallet_is_told, approval && MERCHANT_OF(wallet_order[s]) == SHOP)
		fi;
refused:	skip;
		d_step {
			s = 0; order = 0; shown = 0; source = 0; certificate = 0;
			approval = false; weaker = false; by_shop = false; forged = false
		}
	}
	od
}

/* Once the orders are over the wallet asks the authority itself (K8); without a confirmation nothing was bought. */
inline wallet_asks_authority() {
	d_step {
		wallet_ended[0] = !EITHER(authority_order, wallet_order[0]);
		wallet_ended[1] = !EITHER(authority_order, wallet_order[1])
	}
}
