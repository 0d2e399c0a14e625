/* SPDX-License-Identifier: Apache-2.0
 *
 * A purchase in profile `set` with an attacker for a network. README.md says what stands for what, and what it shows.
 *
 *   spin -a -DREMOVED=s49_digest purchase_set.pml     leaves one check out
 *   spin -a -DREACHED=captured_at_shop purchase_set.pml     fails where a run gets there
 */
#include "domains.pml"

/* Every check has the name of its step, by which it can be removed. */
mtype = {
	nothing,
	/* the wallet, on an offer */
	s32_profile, s34_path, s34_status, s34_subject, s34_key, s36_shown, s36_purchaser,
	/* the shop, on a payment */
	s40_signature, s40_purchaser, s41_order,
	/* the card company */
	s44_merchant, s44_company, s45_signature, s45_purchaser, s45_holder, s47_expiry, s47_repeated, s47_one_approval,
	s48_signature, s49_digest, s49_amount, s49_merchant, s49_purchaser, s49_transaction, s49_order, s49_instruction,
	/* shop and wallet, on a review result */
	s52_signature, s52_company, s52_order, s52_instruction, s52_amount, s52_parties,
	s56_relay, s56_signature, s56_company, s56_order, s56_instruction, s56_amount, s56_parties,
	/* the authority */
	confirm_countersignature, confirm_merchant, confirm_signature, confirm_purchaser, confirm_order, confirm_expiry,
	confirm_once, review_signature, review_company, review_approved, review_order, review_instruction, review_amount,
	review_parties,
	/* the card company again */
	capture_signature, capture_review, capture_order, capture_approved, capture_amount, capture_once,
	/* what is not compared but done */
	s33_channel, order_nonce, instruction_nonce, s37_sealing, s43_detaching, release
};
#ifndef REMOVED
#define REMOVED nothing
#endif
#ifndef REMOVED_TOO
#define REMOVED_TOO nothing
#endif
#define DONE(name) (REMOVED != name && REMOVED_TOO != name)
/* A check that fails makes its party refuse: it forgets what it heard and stays as it was. */
#define CHECK(name, condition) if :: (!DONE(name) || (condition)) :: else -> goto refused fi
/* What the bounds leave out. */
#define LEAVE_OUT(condition) if :: (condition) -> goto refused :: else fi

mtype = {
	card_data_is_secret, order_is_secret, shop_agrees_with_wallet, company_agrees_with_wallet, company_agrees_with_shop,
	shop_agrees_with_company, wallet_agrees_with_company, wallet_agrees_with_shop, authority_agrees_with_wallet,
	authority_agrees_with_shop, authority_agrees_with_company, one_confirmation_per_order, what_ended_stays_ended,
	no_capture_without_confirmation, no_capture_beyond_approval, one_charge_per_order, no_hold_is_left
};
/* A property that does not hold ends the search with a trail. */
#define DEMAND(name, condition) if :: (condition) :: else -> printf("VIOLATED %e\n", name); assert(false) fi

/* What the unbroken model must be able to reach: it does not keep its promises by doing nothing. */
mtype = { nowhere, wallet_is_told, captured_at_shop, captured_at_rogue_shop, captured_at_second_try };
#ifndef REACHED
#define REACHED nowhere
#endif
#define REACHES(name, condition) assert(!(REACHED == name && (condition)))

byte clock = IN_TIME;
/* The shop's orders are made and the wallet's payments signed before anything else happens. Nothing can prevent these
 * steps and they only add to what the attacker has: what he can do with them done later, he can with them done first. */
#define OFFERED (wallet_payments == PURCHASES)

#include "parties.pml"
#include "attacker.pml"
#include "properties.pml"
#include "shop.pml"
#include "wallet.pml"
#include "company.pml"
#include "authority.pml"

/* Time passes whenever it likes. */
proctype time() {
	atomic {
		OFFERED -> clock = EXPIRED;
		printf("time: the orders are over\n");
		wallet_asks_authority();
		shop_leaves()
	};
	atomic {
		clock == EXPIRED -> printf("time: the window for captures is over\n");
		company_frees();
		demand_nothing_held();
		clock = WINDOW_OVER
	}
}

init {
	/* spin tries the last one first */
	atomic { run time(); run authority(); run company(); run wallet(); run shop() }
}
