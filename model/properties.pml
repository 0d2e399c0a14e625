/* SPDX-License-Identifier: Apache-2.0
 * What must hold, demanded at the very step that would break it. Nothing is demanded of attackers among themselves.
 */

#define LEAKED(t) (shop_order[t] != NONE && PURCHASER_OF(shop_order[t]) == HOLDER && (order_known[t] || order_at_company[t]))
inline demand_secrets() {
	DEMAND(card_data_is_secret, !card_known);
	DEMAND(order_is_secret, !LEAKED(0) && !LEAKED(1))
}

/* What the wallet signed, and the holder saw. */
#define SIGNED_AND_SHOWN(instruction, order) (OF_WALLET(instruction) && wallet_order[instruction] == (order) && \
	MERCHANT_OF(wallet_shown[instruction]) == MERCHANT_OF(order) && AMOUNT_OF(wallet_shown[instruction]) == AMOUNT_OF(order))

/* S41: the shop takes a signed order. */
inline demand_shop_agrees_with_wallet(t, source, attribute) {
	DEMAND(shop_agrees_with_wallet, PURCHASER_OF(shop_order[t]) != HOLDER ||
		(source == attribute && SIGNED_AND_SHOWN(attribute, shop_order[t])))
}

/* What the company's result k says, is said of this order: the four agree on merchant, purchaser, amount, transaction. */
#define IS_OF(k, order) (company_order[k] == (order) && company_merchant[k] == MERCHANT_OF(order) && \
	company_purchaser[k] == PURCHASER_OF(order) && company_amount[k] == AMOUNT_OF(order) && \
	company_transaction[k] == TRANSACTION_OF(order))

/* S47: the company approves a charge to a card. */
inline demand_company_agrees(k, card) {
	DEMAND(company_agrees_with_wallet, (card == ROGUE_CARD && company_purchaser[k] == ROGUE_BUYER) ||
		(card == OWN_CARD && IS_OF(k, company_order[k]) && SIGNED_AND_SHOWN(company_instruction[k], company_order[k])));
	DEMAND(what_ended_stays_ended, card == ROGUE_CARD || (!wallet_ended[company_instruction[k]] &&
		wallet_state[company_instruction[k]] != told_declined));
	DEMAND(company_agrees_with_shop, company_merchant[k] != SHOP || (shop_signed[company_transaction[k]] &&
		shop_order[company_transaction[k]] == company_order[k] && IS_OF(k, company_order[k])))
}

/* Of the approvals for one transaction of one merchant one can stand at most. */
inline demand_one_charge() {
	DEMAND(one_charge_per_order, !(APPROVED(0) && APPROVED(1) && company_merchant[0] == company_merchant[1] &&
		company_transaction[0] == company_transaction[1]))
}

/* S52, S56, confirmation: what is taken for the company's word on this order and this instruction is that. */
#define COMPANY_SAID(k, approval, order, instruction) (OF_COMPANY(k) && APPROVED(k) == (approval) && IS_OF(k, order) && \
	company_instruction[k] == (instruction))
inline demand_shop_agrees_with_company(t, k, approval) {
	DEMAND(shop_agrees_with_company,
		COMPANY_OF(shop_order[t]) != COMPANY || COMPANY_SAID(k, approval, shop_order[t], shop_attribute[t]))
}
#define RELAYED(order, k) (shop_order[TRANSACTION_OF(order)] == (order) && (shop_relayed[TRANSACTION_OF(order)] & (1 << k)))
inline demand_wallet_agrees(s, k, approval) {
	DEMAND(wallet_agrees_with_company, COMPANY_SAID(k, approval, wallet_order[s], s));
	DEMAND(wallet_agrees_with_shop, MERCHANT_OF(wallet_order[s]) != SHOP || RELAYED(wallet_order[s], k))
}

/* The authority confirms: all four mean the same. */
#define ACCEPTED(order) (shop_order[TRANSACTION_OF(order)] == (order) && shop_state[TRANSACTION_OF(order)] == accepted)
inline demand_authority_agrees(n, order, instruction) {
	DEMAND(authority_agrees_with_wallet, PURCHASER_OF(order) != HOLDER || SIGNED_AND_SHOWN(instruction, order));
	DEMAND(what_ended_stays_ended, PURCHASER_OF(order) != HOLDER || !wallet_ended[instruction]);
	DEMAND(authority_agrees_with_shop, MERCHANT_OF(order) != SHOP || ACCEPTED(order));
	DEMAND(authority_agrees_with_company, COMPANY_OF(order) != COMPANY ||
		COMPANY_SAID(authority_review[n], true, order, instruction));
	DEMAND(one_confirmation_per_order, n == 0 || MERCHANT_OF(authority_order[0]) != MERCHANT_OF(order) ||
		TRANSACTION_OF(authority_order[0]) != TRANSACTION_OF(order))
}

/* The company captures. */
inline demand_capture(k, amount) {
	DEMAND(no_capture_without_confirmation, (authority_order[0] != NONE && authority_review[0] == k) ||
		(authority_order[1] != NONE && authority_review[1] == k));
	DEMAND(no_capture_beyond_approval, APPROVED(k) && amount <= company_amount[k]);
	DEMAND(one_charge_per_order, company_state[k] != captured)
}

/* Everything ended. */
inline demand_nothing_held() {
	DEMAND(no_hold_is_left, company_state[0] != held && company_state[1] != held)
}
