// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "documents/dialogue_payment.h"
#include "documents/order.h"

// The documents of a split payment (mission F7, profile set): a shop never sees the payment, a card company
// never sees the order, and each can tell that its half belongs to the other.
namespace countersign::documents {

// SplitTerms is what stands in both halves and in the company's answer alike. What SET left out of its dual
// signature and its answers is in here: company with its key, merchant, purchaser, amount, time.
struct SplitTerms {
  PartyReference merchant, purchaser;
  PartyReference card_company;  // with the digest of its key-agreement certificate
  Sha256Digest order;           // SHA-256 of the order's bytes, which nobody guesses: the order has a nonce
  Amount amount;
  std::string transaction;  // the order's id
  TimePoint expires;        // of the order
  friend bool operator==(const SplitTerms&, const SplitTerms&) = default;
};
// terms_of the order that these are the bytes of. kUnsupported for an order of another profile.
Result<SplitTerms> terms_of(const Order& order, BytesView bytes);
// The name of the first member in which two terms differ, as it stands in the documents; empty where they are
// equal.
std::string_view first_difference(const SplitTerms& a, const SplitTerms& b);

// SplitInstruction is what the terminal seals to the card company (F7 S37): type "split-payment-instruction",
// version 1. The nonce keeps whoever knows its digest from trying out card numbers; its length is a multiple
// of kSplitPadding that the names of the parties alone decide, and no card or account.
struct SplitInstruction {
  SplitTerms terms;
  Sha256Digest nonce;
  PaymentData payment;
};
inline constexpr std::size_t kSplitPadding = 2048;
Result<crypto::SecretBytes> write_split_instruction(const SplitInstruction& instruction);
Result<SplitInstruction> parse_split_instruction(const crypto::SecretBytes& json);
// The digest of an instruction's bytes, which the purchaser signs beside the order (x509/cms.h).
Sha256Digest instruction_digest(const crypto::SecretBytes& json);

// Agreement is what the merchant signs for the card company in place of the order (F7 S42): type "agreement",
// version 1, over the terms alone.
Result<Bytes> write_agreement(const SplitTerms& terms);
Result<SplitTerms> parse_agreement(BytesView json);

// ReviewResult is what the card company signs (F7 S50): type "review-result", version 1.
struct ReviewResult {
  SplitTerms terms;
  Sha256Digest instruction;  // digest of the instruction that was reviewed
  bool approved = false;
  std::string authorization;  // 1–64, of an approval: what is captured later
  std::string code;           // 1–64 of a–z and _, why it was declined
  TimePoint decided;
  std::optional<TimePoint> capture_until;  // of an approval: what is not captured by then is freed
  friend bool operator==(const ReviewResult&, const ReviewResult&) = default;
};
Result<Bytes> write_review_result(const ReviewResult& result);
Result<ReviewResult> parse_review_result(BytesView json);
// check_reviewed demands that a result is of these terms and of this instruction: kAmountMismatch for another
// amount or currency, kConflict for any other member. The detail begins with the first member that differs,
// "review-result.order".
Result<void> check_reviewed(const ReviewResult& result, const SplitTerms& terms,
                            const Sha256Digest& instruction);
// The digest by which confirmation and extract name a result: of its JSON, since a signature has two forms.
Sha256Digest review_digest(BytesView json);

}  // namespace countersign::documents
