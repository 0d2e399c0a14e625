/* SPDX-License-Identifier: Apache-2.0
 * The attacker is the network and the mediator: what anybody sends he has, and what anybody hears he chose. Each inline
 * below is one thing that is heard; it picks any that he saw, or can build with the keys of his shop, buyer and card
 * company. To drop a message is not to pick it, to replay it is to pick it again.
 */
bool card_known = false;             /* the number of OWN_CARD */
bool order_known[PURCHASES] = false; /* the content of an order of the shop's, whose digest is known to all */
bool order_at_company[PURCHASES] = false;

/* An offer to the wallet (S33): the shop's own, which its channel carries unread, or any that he made. */
inline hear_offer(order) {
	if
	:: shop_order[0] != NONE -> order = shop_order[0]
	:: shop_order[1] != NONE -> order = shop_order[1]
	:: select(order : ORDER(0, 0, 0, 0, 0, BY_ATTACKER) .. ORDER(1, 1, 1, 1, 1, BY_ATTACKER))
	fi
}

/* An order with its content, to be countersigned: one of the shop's that he has seen, or one of his own making: what the
 * wallet signed, what he buys of himself, and one in the name of each honest party, for his card company to approve. */
inline hear_order(order) {
	if
	:: shop_order[0] != NONE && order_known[0] -> order = shop_order[0]
	:: shop_order[1] != NONE && order_known[1] -> order = shop_order[1]
	:: wallet_order[0] != NONE && MAKER_OF(wallet_order[0]) == BY_ATTACKER -> order = wallet_order[0]
	:: wallet_order[1] != NONE && MAKER_OF(wallet_order[1]) == BY_ATTACKER -> order = wallet_order[1]
	:: order = ROGUE_ORDER
	:: order = ROGUE_ORDER_ELSEWHERE
	:: order = ORDER(0, SHOP, HOLDER, ROGUE_COMPANY, 1, BY_ATTACKER)
	:: order = ORDER(0, SHOP, ROGUE_BUYER, ROGUE_COMPANY, 1, BY_ATTACKER)
	:: order = ORDER(0, ROGUE_SHOP, HOLDER, ROGUE_COMPANY, 1, BY_ATTACKER)
	fi
}

/* A digest of an order: one that is in use, or another, for which ROGUE_ORDER's stands. */
inline hear_digest(digest) {
	if
	:: wallet_order[0] != NONE -> digest = wallet_order[0]
	:: wallet_order[1] != NONE -> digest = wallet_order[1]
	:: shop_order[0] != NONE -> digest = shop_order[0]
	:: shop_order[1] != NONE -> digest = shop_order[1]
	:: digest = ROGUE_ORDER
	fi
}

/* A signed order: of one of the wallet's payments, of his buyer, or signed by nobody in the holder's name. */
inline hear_signed_order(source, digest, attribute, expected_digest, expected_attribute) {
	if
	:: wallet_order[0] != NONE -> source = 0; digest = wallet_order[0]; attribute = 0
	:: wallet_order[1] != NONE -> source = 1; digest = wallet_order[1]; attribute = 1
	:: source = BY_ROGUE; digest = expected_digest; attribute = expected_attribute
	:: source = FORGED; digest = expected_digest; attribute = expected_attribute
	fi
}
#define SIGNER_OF_ORDER(source) (source == BY_ROGUE -> ROGUE_BUYER : HOLDER)

/* A review result: of the card company, of his card company, or signed by nobody in the company's name. */
inline hear_result(source, approval) {
	if
	:: company_state[0] != undecided -> source = 0; approval = APPROVED(0)
	:: company_state[1] != undecided -> source = 1; approval = APPROVED(1)
	:: source = BY_ROGUE; approval = true
	:: source = BY_ROGUE; approval = false
	:: source = FORGED; approval = true
	:: source = FORGED; approval = false
	fi
}
#define OF_COMPANY(source) ((source) < DECISIONS)
#define SIGNER_OF_RESULT(source) (source == BY_ROGUE -> ROGUE_COMPANY : COMPANY)
/* Whether it says what its reader expects: where the attacker wrote it, yes. */
#define SAYS(source, member, expected) (!OF_COMPANY(source) || member[source] == (expected))
