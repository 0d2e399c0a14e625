/* SPDX-License-Identifier: Apache-2.0
 * What each honest party has done. As all that is sent passes through the attacker's hands, it is at once what he saw.
 */

/* The wallet: per payment the order that it signed (S36) and whose digest it enclosed (S37). */
mtype = { unsigned_yet, paid, told_declined };
byte wallet_payments = 0;
byte wallet_order[PURCHASES] = NONE;
byte wallet_shown[PURCHASES] = NONE; /* merchant and amount that the holder saw, in the form of an order */
mtype wallet_state[PURCHASES] = unsigned_yet;
bool wallet_ended[PURCHASES] = false; /* the order was over and not confirmed: the holder is told that nothing was bought */

/* The shop: per order of its own, whose number is the transaction. */
mtype = { unmade, ordered, agreed, accepted };
byte shop_orders = 0;
byte shop_order[PURCHASES] = NONE;
mtype shop_state[PURCHASES] = unmade;
bool shop_signed[PURCHASES] = false;   /* the agreement is out (S42) */
byte shop_payment[PURCHASES] = NONE;   /* whose signed order it took (S41) ... */
byte shop_attribute[PURCHASES] = NONE; /* ... and the digest of the instruction in there */
byte shop_relayed[PURCHASES] = 0;      /* the company's results that it signed for the holder (S53), a bit for each */

/* The card company: per decision what its review result says (S50). */
mtype = { undecided, declined, held, freed, captured };
byte company_decisions = 0;
mtype company_state[DECISIONS] = undecided;
byte company_order[DECISIONS] = NONE;
byte company_instruction[DECISIONS] = NONE;
bit company_amount[DECISIONS] = 0;
bit company_merchant[DECISIONS] = 0;
bit company_purchaser[DECISIONS] = 0;
bit company_transaction[DECISIONS] = 0;
#define APPROVED(k) (company_state[k] == held || company_state[k] == freed || company_state[k] == captured)

/* The authority: per confirmation the order, the review result, and the instruction that the signed order names. */
byte authority_confirmations = 0;
byte authority_order[CONFIRMATIONS] = NONE;
byte authority_review[CONFIRMATIONS] = NONE;
byte authority_instruction[CONFIRMATIONS] = NONE;

#define EITHER(array, value) (array[0] == (value) || array[1] == (value))
#define PICK(index, array, value) if :: array[0] == value -> index = 0 :: array[1] == value -> index = 1 fi
