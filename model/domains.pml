/* SPDX-License-Identifier: Apache-2.0
 * Who and what there is. Everything is small and finite; README.md lists the bounds.
 */

#define NONE 255

/* How often each thing happens at most. */
#define PURCHASES 2     /* payments that the wallet signs, and orders that the shop makes */
#define DECISIONS 2     /* review results of the card company */
#define CONFIRMATIONS 2 /* of the authority */

/* The honest shop, purchaser and card company are 0; those of the attacker, registered like them, are 1. */
#define SHOP 0
#define ROGUE_SHOP 1
#define HOLDER 0
#define ROGUE_BUYER 1
#define COMPANY 0
#define ROGUE_COMPANY 1

/* The holder's card, whose number nobody else has; another of the holder's, whose number was stolen; the attacker's. */
#define OWN_CARD 0
#define STOLEN_CARD 1
#define ROGUE_CARD 2

/* An order is a number of six bits, and so is its digest: digests are injective, and to know the digest is not to know
 * the order. The maker's bit stands for lines and nonce: what the shop made is known only to whom it was shown. */
#define ORDER(transaction, merchant, purchaser, company, amount, maker) \
	((transaction) | (merchant) << 1 | (purchaser) << 2 | (company) << 3 | (amount) << 4 | (maker) << 5)
#define TRANSACTION_OF(order) ((order) & 1)
#define MERCHANT_OF(order) (((order) >> 1) & 1)
#define PURCHASER_OF(order) (((order) >> 2) & 1)
#define COMPANY_OF(order) (((order) >> 3) & 1)
#define AMOUNT_OF(order) (((order) >> 4) & 1)
#define MAKER_OF(order) (((order) >> 5) & 1)
#define BY_SHOP 0
#define BY_ATTACKER 1

/* What the attacker's buyer orders at the attacker's shop: one order for each card company. */
#define ROGUE_ORDER ORDER(1, ROGUE_SHOP, ROGUE_BUYER, COMPANY, 1, BY_ATTACKER)
#define ROGUE_ORDER_ELSEWHERE ORDER(1, ROGUE_SHOP, ROGUE_BUYER, ROGUE_COMPANY, 0, BY_ATTACKER)

/* A payment instruction is known by its digest: 0 and 1 are those of the wallet's payments, the others the attacker
 * made, one for each order. */
#define ROGUE_INSTRUCTION(order) (100 + (order))
#define OF_WALLET(instruction) ((instruction) < PURCHASES)

/* Where a signed thing comes from: 0, 1, ... is the honest signer's own, as it was sent; else the attacker signed it in
 * his own name, or nobody did. What he writes himself he fills in as its reader expects it, unless a choice is spelled
 * out: anything else would be refused. */
#define BY_ROGUE 100
#define FORGED 101

/* Time: orders last, orders are over, and the company's window for captures is over too. */
#define IN_TIME 0
#define EXPIRED 1
#define WINDOW_OVER 2
