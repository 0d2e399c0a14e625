// SPDX-License-Identifier: Apache-2.0
// Captures on the authority's word, and refunds.
#include "cardcompany/ledger/statement.h"
#include "cardcompany/split/extract_check.h"
#include "cardcompany/testing/sample_split.h"
#include "sample/second_data_centre.h"

namespace countersign::cardcompany {
namespace {

class SplitMovementTest : public SplitTest {
 protected:
  void TearDown() override { expect_balance(); }
  documents::Extract confirmed(std::int64_t amount = 30'000) {
    return extract_of(take(authorize(request(sale(amount)))));
  }
  void expect_refused(const documents::CaptureRequest& asked, ErrorCode code, std::string_view detail) {
    const std::int64_t owed = account().owed;
    const auto captured = capture_split(asked);
    ASSERT_FALSE(captured) << detail;
    EXPECT_EQ(captured.error().code, code) << captured.error().detail;
    EXPECT_THAT(captured.error().detail, testing::StartsWith(std::string(detail)));
    EXPECT_EQ(account().owed, owed) << "nothing is captured";
  }
  documents::CaptureRequest capture_signed_by(const x509::Issuer& somebody,
                                              const documents::Extract& extract) {
    return {extract.order_id, sign(somebody, take(documents::write_extract(extract))), extract.total};
  }
};

TEST_F(SplitMovementTest, CapturesWhatWasConfirmed) {
  const auto extract = confirmed();
  const auto captured = take(capture_split(capture_of(extract)));
  EXPECT_EQ(captured.kind, "capture");
  EXPECT_EQ(captured.reference, extract.order_id);
  EXPECT_EQ(captured.authorization, extract.review->code);
  EXPECT_EQ(captured.amount, (Amount{30'000, "KRW"}));
  EXPECT_EQ(captured.made, clock.now());
  EXPECT_EQ(account().owed, 30'000);
  EXPECT_EQ(account().held, 0);
}

TEST_F(SplitMovementTest, CapturesOnceAndAnswersTheSameRequestAlike) {
  const auto extract = confirmed();
  const auto first = take(capture_split(capture_of(extract)));
  clock.advance(Seconds{5});
  EXPECT_EQ(take(capture_split(capture_of(extract))), first);
  EXPECT_EQ(account().owed, 30'000);
  auto again = capture_of(extract);
  again.reference = "another";
  expect_refused(again, ErrorCode::kConflict, "authorization");
  auto less = capture_of(extract);
  less.amount.minor_units -= 1;
  expect_refused(less, ErrorCode::kConflict, "reference");
}

TEST_F(SplitMovementTest, CapturesNoMoreThanWasApproved) {
  auto asked = capture_of(confirmed());
  asked.amount.minor_units += 1;
  expect_refused(asked, ErrorCode::kAmountMismatch, "amount");
  asked.amount = {30'000, "USD"};
  expect_refused(asked, ErrorCode::kAmountMismatch, "amount");
  asked.amount = {0, "KRW"};
  expect_refused(asked, ErrorCode::kAmountMismatch, "amount");
  asked.amount = {12'000, "KRW"};
  EXPECT_EQ(take(capture_split(asked)).amount.minor_units, 12'000);
}

TEST_F(SplitMovementTest, RefusesAnExtractOfAnotherDataCentresAuthority) {
  const sample::SecondDataCentre other(network.root, network.ca.certificate, network.now);
  take(trust->take(other.signed_map()));
  const auto stranger = other.signer(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  const auto signed_there = [&](const documents::Extract& extract) {
    return documents::CaptureRequest{extract.order_id,
                                     take(x509::sign_cms(stranger, take(documents::write_extract(extract)),
                                                         {.signing_time = clock.now()})),
                                     extract.total};
  };
  auto extract = confirmed();
  expect_refused(signed_there(extract), ErrorCode::kForbidden, "extract.dataCentre");
  extract.data_centre = other.name;
  expect_refused(signed_there(extract), ErrorCode::kForbidden, "extract.merchant");
}

TEST_F(SplitMovementTest, RefusesAnExtractThatTheAuthorityDidNotSign) {
  const auto extract = confirmed();
  auto altered = capture_of(extract);
  altered.extract.back() ^= 1U;
  expect_refused(altered, ErrorCode::kSignatureInvalid, "extract");
  for (const auto* other : {&merchant, &signing, &responder}) {
    const auto asked = capture_split(capture_signed_by(*other, extract));
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, ErrorCode::kWrongRole) << asked.error().detail;
  }
  const x509::SampleNetwork elsewhere;
  const auto stranger =
      elsewhere.issue(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  auto foreign = capture_of(extract);
  foreign.extract = take(x509::sign_cms(
      elsewhere.signer_of(stranger), take(documents::write_extract(extract)), {.signing_time = clock.now()}));
  expect_refused(foreign, ErrorCode::kCertificateUnknown, "extract");
}

TEST_F(SplitMovementTest, RefusesWhatTheAuthoritySignedAsSomethingElse) {
  const auto extract = confirmed();
  auto asked = capture_of(extract);
  asked.extract = sign(confirmation, take(documents::write_extract(extract)), random_digest());
  expect_refused(asked, ErrorCode::kSignatureInvalid, "extract: cms: the signature covers a payment");
  asked.extract =
      take(cms_signer(confirmation)
               .sign(take(documents::write_extract(extract)),
                     {.content_type = x509::ContentType::kSignedData, .signing_time = clock.now()}));
  expect_refused(asked, ErrorCode::kUnsupported, "extract: signed as something else");
  asked.extract = sign(confirmation, as_bytes("{}"));
  expect_refused(asked, ErrorCode::kMalformed, "extract");
}

TEST_F(SplitMovementTest, RefusesTheExtractOfAnotherMerchant) {
  const auto asked = capture_of(confirmed());
  const auto captured = split->capture(other_merchant.certificate, asked);
  ASSERT_FALSE(captured);
  EXPECT_EQ(captured.error().code, ErrorCode::kForbidden);
}

TEST_F(SplitMovementTest, RefusesAConfirmationWithoutAReview) {
  auto extract = confirmed();
  extract.review.reset();
  expect_refused(capture_of(extract), ErrorCode::kConflict, "extract.review");
}

TEST_F(SplitMovementTest, FindsNoApprovalThatItNeverGave) {
  auto extract = confirmed();
  extract.review->code = crypto::random_uuid_v7(clock.now());
  expect_refused(capture_of(extract), ErrorCode::kNotFound, "authorization");
}

TEST_F(SplitMovementTest, FindsNoApprovalOfAnotherMerchant) {
  auto extract = confirmed();
  extract.merchant = other_merchant.certificate.subject();
  const auto captured = split->capture(other_merchant.certificate, capture_of(extract));
  ASSERT_FALSE(captured);
  EXPECT_EQ(captured.error().code, ErrorCode::kNotFound);
}

TEST_F(SplitMovementTest, RefusesAConfirmationOfSomethingElseThanWasApproved) {
  struct Row {
    std::string member;
    std::function<void(documents::Extract&)> change;
  };
  const std::vector<Row> rows = {
      {"review.digest", [](auto& extract) { extract.review->digest = random_digest(); }},
      {"order.digest", [](auto& extract) { extract.order_digest = random_digest(); }},
      {"order.id", [](auto& extract) { extract.order_id = crypto::random_uuid_v7(extract.time); }},
      {"order.total", [](auto& extract) { extract.total.minor_units -= 1; }},
      {"order.total", [](auto& extract) { extract.total.currency = "JPY"; }},
      {"purchaser", [&](auto& extract) { extract.purchaser = other_purchaser.certificate.subject(); }},
  };
  for (const auto& row : rows) {
    auto extract = confirmed(1'000);
    row.change(extract);
    auto asked = capture_of(extract);
    asked.amount = {1'000, "KRW"};
    expect_refused(asked, ErrorCode::kConflict, "extract." + row.member + ": not what was approved");
  }
}

TEST_F(SplitMovementTest, RefusesTheReviewOfOneOrderInTheConfirmationOfAnother) {
  const auto one = confirmed(), another = confirmed();
  auto swapped = one;
  swapped.review = another.review;
  expect_refused(capture_of(swapped), ErrorCode::kConflict, "extract.order.digest");
}

TEST_F(SplitMovementTest, RefusesAConfirmationOfWhatWasDeclined) {
  const Bytes declined = take(authorize(request(sale(100'001))));
  auto extract = extract_of(declined);
  std::optional<StoredReview> review;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto all, list_authorizations(reader, "", 1));
    extract.review->code = all.front().id;
    TRY(review, find_review(reader, kShop, all.front().id));
    return ok();
  }));
  ASSERT_TRUE(review);
  expect_refused(capture_of(extract), ErrorCode::kConflict, "extract.review: was declined");
}

TEST_F(SplitMovementTest, MovesNothingOnPaymentsThatAreNotSplit) {
  const auto plain = approve(question("plain"));
  auto extract = confirmed();
  extract.review->code = plain;
  expect_refused(capture_of(extract), ErrorCode::kNotFound, "authorization");
  take(capture(order("c-1", plain, 30'000)));
  const auto refunded = split->refund(merchant.certificate, {"f-1", plain, {1, "KRW"}});
  ASSERT_FALSE(refunded);
  EXPECT_EQ(refunded.error().code, ErrorCode::kNotFound);
}

TEST_F(SplitMovementTest, CapturesNothingThatWasReleasedAndReleasesNothingThatWasCaptured) {
  const auto asked = request(sale());
  const Bytes answer = take(authorize(asked));
  const auto reference = hex_encode(result_of(answer).instruction);
  const auto released = extract_of(answer);
  take(desk.release(kShop, reference));
  expect_refused(capture_of(released), ErrorCode::kConflict, "authorization");
  const Bytes other = take(authorize(request(sale())));
  take(capture_split(capture_of(extract_of(other))));
  const auto refused = desk.release(kShop, hex_encode(result_of(other).instruction));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(SplitMovementTest, CapturesWhatFreedItselfWhereTheLimitStillAllowsIt) {
  const auto extract = confirmed();
  clock.advance(std::chrono::hours(25));
  ASSERT_EQ(take(desk.free_expired()), 1);
  EXPECT_TRUE(capture_split(capture_of(extract)));
  EXPECT_EQ(account().owed, 30'000);
}

TEST_F(SplitMovementTest, CapturesNothingThatFreedItselfAndWasReleasedThen) {
  const std::string transaction = crypto::random_uuid_v7(clock.now());
  const auto asked = request(sale(30'000, transaction));
  const Bytes answer = take(authorize(asked));
  const auto extract = extract_of(answer);
  clock.advance(std::chrono::hours(25));
  ASSERT_EQ(take(desk.free_expired()), 1);
  for (int time = 0; time < 2; ++time) take(desk.release(kShop, hex_encode(result_of(answer).instruction)));
  expect_refused(capture_of(extract), ErrorCode::kConflict, "authorization");
  const auto again = authorize(asked);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(review(request(sale(30'000, transaction))).approved) << "it counts no more";
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitMovementTest, GivesBackOnceUnderEachReference) {
  const auto extract = confirmed();
  const documents::RefundRequest asked{"f-1", extract.review->code, {10'000, "KRW"}};
  const auto early = split->refund(merchant.certificate, asked);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kConflict);
  take(capture_split(capture_of(extract)));
  const auto first = take(split->refund(merchant.certificate, asked));
  EXPECT_EQ(first.kind, "refund");
  clock.advance(Seconds{5});
  EXPECT_EQ(take(split->refund(merchant.certificate, asked)), first);
  EXPECT_EQ(account().owed, 20'000);
  const auto more = split->refund(merchant.certificate, {"f-2", extract.review->code, {20'001, "KRW"}});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kAmountMismatch);
  const auto others = split->refund(other_merchant.certificate, asked);
  ASSERT_FALSE(others);
  EXPECT_EQ(others.error().code, ErrorCode::kNotFound);
}

TEST_F(SplitMovementTest, StandsOnTheStatementsOfHolderAndMerchant) {
  const auto extract = confirmed();
  take(capture_split(capture_of(extract)));
  take(split->refund(merchant.certificate, {"f-1", extract.review->code, {10'000, "KRW"}}));
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    using Kind = LedgerAccount::Kind;
    for (const auto& [kind, owner] :
         {std::pair(Kind::kHolder, id), std::pair(Kind::kMerchant, std::string(kShop))}) {
      TRY(const auto statements,
          make_statements(reader, kind, owner, from_unix_seconds(0), clock.now() + Seconds{1}));
      EXPECT_EQ(statements.size(), 1U);
      EXPECT_EQ(statements.at(0).lines.size(), 2U);
      EXPECT_EQ(statements.at(0).closing, 20'000);
    }
    return ok();
  }));
}

}  // namespace
}  // namespace countersign::cardcompany
