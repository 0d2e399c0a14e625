// SPDX-License-Identifier: Apache-2.0
#include "documents/split_payment.h"

#include <set>

#include "crypto/digest.h"
#include "documents/document_samples.h"
#include "documents/split_samples.h"

namespace countersign::documents {
namespace {

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}
Bytes bytes_of(const crypto::SecretBytes& secret_bytes) {
  return to_bytes(secret_bytes.reveal(crypto::SecretAccess()));
}
SplitInstruction sample_instruction(std::string_view number = "4000000000000002") {
  return {sample_terms(), Sha256Digest{9}, CardData{secret(number), "2031-12", "HONG GILDONG"}};
}
Result<SplitInstruction> parse_instruction_bytes(BytesView json) {
  return parse_split_instruction(crypto::SecretBytes::copy_of(json));
}

TEST(SplitTerms, AreThoseOfTheOrder) {
  const Order order = sample_split_order();
  const Bytes bytes = write_order(order).value();
  const SplitTerms terms = terms_of(order, bytes).value();
  EXPECT_EQ(terms.merchant, order.merchant);
  EXPECT_EQ(terms.purchaser, order.purchaser);
  EXPECT_EQ(terms.card_company, *order.card_company);
  EXPECT_EQ(terms.order, crypto::sha256(bytes));
  EXPECT_EQ(terms.amount, order.total);
  EXPECT_EQ(terms.transaction, order.id);
  EXPECT_EQ(terms.expires, order.expires);
}

TEST(SplitTerms, AreNotThereForAnOrderPaidOtherwise) {
  Order order = sample_split_order();
  order.profile = OrderProfile::kSession;
  order.card_company.reset();
  EXPECT_EQ(terms_of(order, write_order(order).value()).error().code, ErrorCode::kUnsupported);
}

TEST(SplitTerms, SayInWhichMemberTheyDiffer) {
  struct Change {
    const char* member;
    std::function<void(SplitTerms&)> make;
  };
  const Change changes[] = {
      {"merchant", [](SplitTerms& t) { t.merchant.certificate = {7}; }},
      {"purchaser", [](SplitTerms& t) { t.purchaser = sample_merchant(); }},
      {"cardCompany", [](SplitTerms& t) { t.card_company.certificate = {7}; }},
      {"order", [](SplitTerms& t) { t.order = {7}; }},
      {"amount", [](SplitTerms& t) { t.amount.minor_units += 1; }},
      {"amount", [](SplitTerms& t) { t.amount.currency = "EUR"; }},
      {"transaction", [](SplitTerms& t) { t.transaction = "0192f0c1-2a3b-7c4d-8e5f-001122334456"; }},
      {"expires", [](SplitTerms& t) { t.expires += Seconds(1); }},
  };
  EXPECT_EQ(first_difference(sample_terms(), sample_terms()), "");
  for (const Change& change : changes) {
    SplitTerms changed = sample_terms();
    change.make(changed);
    EXPECT_EQ(first_difference(sample_terms(), changed), change.member);
    EXPECT_FALSE(changed == sample_terms()) << change.member;
  }
}

TEST(SplitInstruction, ReadsBackAsItWasWritten) {
  const auto read = parse_split_instruction(write_split_instruction(sample_instruction()).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().terms, sample_terms());
  EXPECT_EQ(read.value().nonce, Sha256Digest{9});
  const auto& card = std::get<CardData>(read.value().payment);
  EXPECT_EQ(bytes_of(card.number), to_bytes(std::string_view("4000000000000002")));
  EXPECT_EQ(card.expiry, "2031-12");
  EXPECT_EQ(card.holder, "HONG GILDONG");
}

TEST(SplitInstruction, PaysFromAnAccountToo) {
  const SplitInstruction instruction{
      sample_terms(), {9}, AccountData{"Han River Bank", secret("110-222-333"), "HONG GILDONG"}};
  const auto read = parse_split_instruction(write_split_instruction(instruction).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(std::get<AccountData>(read.value().payment).bank, "Han River Bank");
}

// Whoever sees the envelope must not learn how long a name or a number is, however long the parties' names
// are.
TEST(SplitInstruction, HasALengthThatTellsNothingOfThePayment) {
  std::string name = "CN=Shop,O=Countersign Demo";
  for (int extra = 0; extra < 5; ++extra) {
    name.insert(name.find(",O="), ",OU=" + std::string(60, 'S'));
    SplitTerms terms = sample_terms();
    terms.merchant.subject = terms.purchaser.subject = terms.card_company.subject = sample_name(name);
    std::set<std::size_t> sizes;
    for (const auto* number : {"400000000000", "4000000000000002", "4000000000000000006"})
      for (const auto& holder : {std::string("A"), std::string("HONG GILDONG"), std::string(100, 'A')})
        sizes.insert(write_split_instruction({terms, {9}, CardData{secret(number), "2031-12", holder}})
                         .value()
                         .size());
    std::string longest;
    for (int i = 0; i < 60; ++i) longest += "\U0001F3E6";
    sizes.insert(
        write_split_instruction(
            {terms, {9}, AccountData{longest, secret(std::string(40, '1')), longest + std::string(40, '"')}})
            .value()
            .size());
    ASSERT_EQ(sizes.size(), 1U) << extra;
    EXPECT_EQ(*sizes.begin() % kSplitPadding, 0U) << extra;
  }
}

// Without the nonce a shop would try numbers until one had the digest that the purchaser signed.
TEST(SplitInstruction, HasADigestThatChangesWithItsNonce) {
  auto instruction = sample_instruction();
  const auto one = instruction_digest(write_split_instruction(instruction).value());
  instruction.nonce = {10};
  EXPECT_NE(instruction_digest(write_split_instruction(instruction).value()), one);
}

TEST(SplitInstruction, HasExactlyItsMembers) {
  expect_exact_members(bytes_of(write_split_instruction(sample_instruction()).value()),
                       parse_instruction_bytes);
}

TEST(SplitInstruction, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  const auto payment = [](auto& o) -> boost::json::object& { return o["payment"].get_object(); };
  expect_refusals(
      bytes_of(write_split_instruction(sample_instruction()).value()), parse_instruction_bytes,
      {{"another type", [](auto& o) { o["type"] = "payment-instruction"; }, kUnsupported, "type"},
       {"another version", [](auto& o) { o["version"] = 2; }, kUnsupported, "version"},
       {"no nonce", [](auto& o) { o["nonce"] = ""; }, kMalformed, "nonce"},
       {"amount below zero", [](auto& o) { o["amount"] = -1; }, kMalformed, "amount"},
       {"currency in small letters", [](auto& o) { o["currency"] = "krw"; }, kMalformed, "currency"},
       {"transaction not an order's id", [](auto& o) { o["transaction"] = "1"; }, kMalformed, "transaction"},
       {"number with letters", [&](auto& o) { payment(o)["number"] = "4000x00000000002"; }, kMalformed,
        "number"},
       {"month that does not exist", [&](auto& o) { payment(o)["expiry"] = "2031-13"; }, kMalformed,
        "expiry"},
       {"more padding than there can be",
        [](auto& o) { o["padding"] = std::string(kSplitPadding + 1024, '0'); }, kMalformed, "padding"}});
}

TEST(Agreement, ReadsBackAsItWasWritten) {
  const auto read = parse_agreement(write_agreement(sample_terms()).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value(), sample_terms());
  expect_exact_members(write_agreement(sample_terms()).value(), parse_agreement);
}

TEST(Agreement, HoldsNothingOfTheOrderButItsDigest) {
  const std::string text = to_text(
      write_agreement(terms_of(sample_split_order(), write_order(sample_split_order()).value()).value())
          .value());
  for (const OrderLine& line : sample_split_order().lines) {
    EXPECT_EQ(text.find(line.sku), std::string::npos);
    EXPECT_EQ(text.find(line.description), std::string::npos);
  }
}

TEST(ReviewResult, ReadsBackAsItWasWritten) {
  for (const ReviewResult& result : {sample_approval(), sample_decline()}) {
    const Bytes json = write_review_result(result).value();
    const auto read = parse_review_result(json);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value(), result);
    EXPECT_EQ(review_digest(json), crypto::sha256(json));
    expect_exact_members(json, parse_review_result);
  }
}

TEST(ReviewResult, IsOfTheTermsAndTheInstructionThatWereReviewed) {
  for (const ReviewResult& result : {sample_approval(), sample_decline()})
    EXPECT_TRUE(check_reviewed(result, sample_terms(), Sha256Digest{5}));
}

TEST(ReviewResult, IsRefusedForOtherTermsOrAnotherInstruction) {
  struct Change {
    std::string member;
    std::function<void(ReviewResult&)> make;
    ErrorCode code;
  };
  using enum ErrorCode;
  const Change changes[] = {
      {"order", [](auto& r) { r.terms.order = {7}; }, kConflict},
      {"amount", [](auto& r) { r.terms.amount.minor_units += 1; }, kAmountMismatch},
      {"amount", [](auto& r) { r.terms.amount.currency = "EUR"; }, kAmountMismatch},
      {"merchant", [](auto& r) { r.terms.merchant.certificate = {7}; }, kConflict},
      {"purchaser", [](auto& r) { r.terms.purchaser.certificate = {7}; }, kConflict},
      {"cardCompany", [](auto& r) { r.terms.card_company.certificate = {7}; }, kConflict},
      {"transaction", [](auto& r) { r.terms.transaction = "0192f0c1-2a3b-7c4d-8e5f-001122334456"; },
       kConflict},
      {"expires", [](auto& r) { r.terms.expires += Seconds(1); }, kConflict},
      {"instruction", [](auto& r) { r.instruction = {7}; }, kConflict},
  };
  for (const Change& change : changes) {
    ReviewResult result = sample_approval();
    change.make(result);
    const auto checked = check_reviewed(result, sample_terms(), Sha256Digest{5});
    ASSERT_FALSE(checked) << change.member;
    EXPECT_EQ(checked.error().code, change.code) << change.member;
    EXPECT_EQ(checked.error().detail.rfind("review-result." + change.member + ":", 0), 0U)
        << checked.error().detail;
  }
}

TEST(ReviewResult, RefusesAVerdictThatIsNotWhole) {
  using enum ErrorCode;
  expect_refusals(
      write_review_result(sample_approval()).value(), parse_review_result,
      {{"approved, with a reason", [](auto& o) { o["code"] = "card_expired"; }, kMalformed, "approved"},
       {"approved, without authorization", [](auto& o) { o["authorization"] = nullptr; }, kMalformed,
        "approved"},
       {"approved for ever", [](auto& o) { o["captureUntil"] = nullptr; }, kMalformed, "approved"},
       {"a verdict in between", [](auto& o) { o["verdict"] = "perhaps"; }, kUnsupported, "verdict"},
       {"of no instruction", [](auto& o) { o["instruction"] = "00"; }, kMalformed, "instruction"},
       {"turned into a decline", [](auto& o) { o["verdict"] = "declined"; }, kMalformed, "declined"}});
  expect_refusals(
      write_review_result(sample_decline()).value(), parse_review_result,
      {{"declined, without a reason", [](auto& o) { o["code"] = nullptr; }, kMalformed, "declined"},
       {"declined, with an authorization", [](auto& o) { o["authorization"] = "a-1"; }, kMalformed,
        "declined"},
       {"a reason that is no name", [](auto& o) { o["code"] = "Card Expired"; }, kMalformed, "code"},
       {"turned into an approval", [](auto& o) { o["verdict"] = "approved"; }, kMalformed, "approved"}});
}

}  // namespace
}  // namespace countersign::documents
