// SPDX-License-Identifier: Apache-2.0
#include "documents/split_payment.h"

#include <algorithm>

#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kInstructionLimits{.bytes = 16 << 10, .depth = 3, .members = 48, .wiped = true};
constexpr JsonLimits kAgreementLimits{.bytes = 16 << 10, .depth = 3, .members = 48};
// Longer than any payment's JSON: bank of 60 and holder of 100 characters, at most four octets each, number,
// names.
constexpr std::size_t kLongestPayment = 1024;
constexpr std::size_t kMaxAuthorization = 64;
constexpr std::size_t kMaxCode = 64;
constexpr crypto::SecretAccess kAccess{};

void put_terms(const SplitTerms& terms, boost::json::object& object) {
  object["merchant"] = write_party(terms.merchant);
  object["purchaser"] = write_party(terms.purchaser);
  object["cardCompany"] = write_party(terms.card_company);
  object["order"] = hex_encode(terms.order);
  object["amount"] = terms.amount.minor_units;
  object["currency"] = terms.amount.currency;
  object["transaction"] = terms.transaction;
  object["expires"] = format_time(terms.expires);
}

Result<SplitTerms> read_terms(ObjectReader& reader) {
  TRY(PartyReference merchant, read_party(reader, "merchant"));
  TRY(PartyReference purchaser, read_party(reader, "purchaser"));
  TRY(PartyReference company, read_party(reader, "cardCompany"));
  TRY(const Sha256Digest order, reader.digest("order"));
  TRY(Amount amount, read_amount(reader, "amount"));
  TRY(std::string transaction, read_uuid(reader, "transaction", '7'));
  TRY(const TimePoint expires, reader.time("expires"));
  return SplitTerms{std::move(merchant),
                    std::move(purchaser),
                    std::move(company),
                    order,
                    std::move(amount),
                    std::move(transaction),
                    expires};
}

// What belongs to an approval, and what to its opposite.
Result<void> check_whole(const ReviewResult& result) {
  const bool has_approval = !result.authorization.empty() && result.capture_until;
  const bool has_refusal = !result.code.empty();
  if (result.approved && (!has_approval || has_refusal))
    return fail(ErrorCode::kMalformed, "review-result: approved without an authorization, or with a code");
  if (!result.approved && (!result.authorization.empty() || result.capture_until || !has_refusal))
    return fail(ErrorCode::kMalformed, "review-result: declined with an authorization, or without a code");
  if (!result.code.empty() && !is_code(result.code))
    return fail(ErrorCode::kMalformed, "review-result.code: not a name");
  return ok();
}

Result<bool> verdict_of_name(std::string_view name) {
  if (name == "approved") return true;
  if (name == "declined") return false;
  return fail(ErrorCode::kUnsupported, "review-result.verdict: not known");
}

Result<std::optional<TimePoint>> read_capture_until(ObjectReader& reader) {
  TRY(const std::string text, reader.text_or_null("captureUntil", 20));
  if (text.empty()) return std::optional<TimePoint>();
  TRY(const TimePoint time, parse_time(text));
  return std::optional(time);
}

}  // namespace

Result<SplitTerms> terms_of(const Order& order, BytesView bytes) {
  if (order.profile != OrderProfile::kSet || !order.card_company)
    return fail(ErrorCode::kUnsupported, "order.profile: its payment is not split");
  return SplitTerms{order.merchant, order.purchaser, *order.card_company, crypto::sha256(bytes),
                    order.total,    order.id,        order.expires};
}

std::string_view first_difference(const SplitTerms& a, const SplitTerms& b) {
  if (a.order != b.order) return "order";
  if (a.amount != b.amount) return "amount";
  if (!(a.merchant == b.merchant)) return "merchant";
  if (!(a.purchaser == b.purchaser)) return "purchaser";
  if (!(a.card_company == b.card_company)) return "cardCompany";
  if (a.transaction != b.transaction) return "transaction";
  if (a.expires != b.expires) return "expires";
  return "";
}

Result<crypto::SecretBytes> write_split_instruction(const SplitInstruction& instruction) {
  boost::json::object object(begin_document("split-payment-instruction"), wiped_storage());
  put_terms(instruction.terms, object);
  object["nonce"] = hex_encode(instruction.nonce);
  boost::json::object payment(wiped_storage());
  write_payment(instruction.payment, payment);
  object["payment"] = std::move(payment);
  object["padding"] = "";
  const std::size_t size = write_secret_json(object).size();
  // What the payment is shorter than the longest that there can be, first: so the whole length is that of the
  // names.
  const std::size_t shorter = kLongestPayment - write_secret_json(object["payment"]).size();
  const std::size_t longest = size + shorter;
  object["padding"] = std::string(shorter + (kSplitPadding - longest % kSplitPadding) % kSplitPadding, '0');
  crypto::SecretBytes bytes = write_secret_json(object);
  TRY(parse_split_instruction(bytes));
  return bytes;
}

Result<SplitInstruction> parse_split_instruction(const crypto::SecretBytes& json) {
  TRY(ObjectReader reader, ObjectReader::parse(json.reveal(kAccess), "instruction", kInstructionLimits));
  TRY(reader.expect("split-payment-instruction", 1));
  TRY(SplitTerms terms, read_terms(reader));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  TRY(ObjectReader object, reader.object("payment"));
  TRY(PaymentData payment, read_payment_data(std::move(object)));
  TRY(reader.text("padding", kSplitPadding - 1 + kLongestPayment, 0));
  TRY(reader.finish());
  return SplitInstruction{std::move(terms), nonce, std::move(payment)};
}

Sha256Digest instruction_digest(const crypto::SecretBytes& json) {
  return crypto::sha256(json.reveal(kAccess));
}

Result<Bytes> write_agreement(const SplitTerms& terms) {
  boost::json::object object = begin_document("agreement");
  put_terms(terms, object);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_agreement(bytes));
  return bytes;
}

Result<SplitTerms> parse_agreement(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "agreement", kAgreementLimits));
  TRY(reader.expect("agreement", 1));
  TRY(SplitTerms terms, read_terms(reader));
  TRY(reader.finish());
  return terms;
}

Result<Bytes> write_review_result(const ReviewResult& result) {
  boost::json::object object = begin_document("review-result");
  put_terms(result.terms, object);
  object["instruction"] = hex_encode(result.instruction);
  object["verdict"] = result.approved ? "approved" : "declined";
  object["authorization"] = text_or_null(result.authorization);
  object["code"] = text_or_null(result.code);
  object["decided"] = format_time(result.decided);
  object["captureUntil"] = text_or_null(result.capture_until ? format_time(*result.capture_until) : "");
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_review_result(bytes));
  return bytes;
}

Result<ReviewResult> parse_review_result(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "review-result", kAgreementLimits));
  TRY(reader.expect("review-result", 1));
  TRY(SplitTerms terms, read_terms(reader));
  TRY(const Sha256Digest instruction, reader.digest("instruction"));
  TRY(const std::string verdict, reader.text("verdict", 16));
  TRY(const bool approved, verdict_of_name(verdict));
  TRY(std::string authorization, reader.text_or_null("authorization", kMaxAuthorization));
  TRY(std::string code, reader.text_or_null("code", kMaxCode));
  TRY(const TimePoint decided, reader.time("decided"));
  TRY(const std::optional<TimePoint> capture_until, read_capture_until(reader));
  TRY(reader.finish());
  ReviewResult result{std::move(terms), instruction, approved,     std::move(authorization),
                      std::move(code),  decided,     capture_until};
  TRY(check_whole(result));
  return result;
}

Result<void> check_reviewed(const ReviewResult& result, const SplitTerms& terms,
                            const Sha256Digest& instruction) {
  if (const std::string_view member = first_difference(result.terms, terms); !member.empty())
    return fail(member == "amount" ? ErrorCode::kAmountMismatch : ErrorCode::kConflict,
                "review-result." + std::string(member) + ": not the order's");
  if (result.instruction != instruction)
    return fail(ErrorCode::kConflict,
                "review-result.instruction: not the payment that the purchaser signed with the order");
  return ok();
}

Sha256Digest review_digest(BytesView json) {
  return crypto::sha256(json);
}

}  // namespace countersign::documents
