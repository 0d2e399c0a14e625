// SPDX-License-Identifier: Apache-2.0
#include "documents/confirmation.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

ConfirmedParty sample_party(const PartyReference& party) {
  return {party.subject,
          sample_name("CN=Certification Authority 1,OU=seoul-1,OU=kr,O=Countersign Demo"),
          x509::SerialNumber::from_hex("8f00aa").value(),
          "",
          x509::KeyOrigin::kHolder,
          {0x30, 0x03, 0x0a, 0x01, 0x00}};
}

Confirmation sample_confirmation() {
  Confirmation confirmation{"f3d1c2b4-5a69-4788-9abc-def012345678",
                            sample_data_centre(),
                            41,
                            parse_time("2026-11-22T08:31:00Z").value(),
                            "0192f0c1-2a3b-7c4d-8e5f-001122334455",
                            Sha256Digest{6},
                            {32'500, "KRW"},
                            {0x30, 0x80, 0xff},
                            std::nullopt,
                            sample_party(sample_merchant()),
                            sample_party(sample_purchaser())};
  confirmation.purchaser.registered_by = sample_merchant().subject.text();
  confirmation.purchaser.key_origin = x509::KeyOrigin::kAuthority;
  return confirmation;
}

void expect_same_party(const ConfirmedParty& read, const ConfirmedParty& written) {
  EXPECT_EQ(read.subject, written.subject);
  EXPECT_EQ(read.issuer, written.issuer);
  EXPECT_EQ(read.serial, written.serial);
  EXPECT_EQ(read.registered_by, written.registered_by);
  EXPECT_EQ(read.key_origin, written.key_origin);
  EXPECT_EQ(read.ocsp, written.ocsp);
}

TEST(Confirmation, ReadsBackAsItWasWritten) {
  const Confirmation confirmation = sample_confirmation();
  const Result<Confirmation> read = parse_confirmation(write_confirmation(confirmation));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().id, confirmation.id);
  EXPECT_EQ(read.value().data_centre, confirmation.data_centre);
  EXPECT_EQ(read.value().index, confirmation.index);
  EXPECT_EQ(read.value().time, confirmation.time);
  EXPECT_EQ(read.value().order_id, confirmation.order_id);
  EXPECT_EQ(read.value().order_digest, confirmation.order_digest);
  EXPECT_EQ(read.value().total, confirmation.total);
  EXPECT_EQ(read.value().countersigned_order, confirmation.countersigned_order);
  EXPECT_FALSE(read.value().review);
  expect_same_party(read.value().merchant, confirmation.merchant);
  expect_same_party(read.value().purchaser, confirmation.purchaser);
}

TEST(Confirmation, SaysUntilWhenNothingElseWasKnownOfAPartyWhereThatIsNotNow) {
  Confirmation confirmation = sample_confirmation();
  confirmation.merchant.as_of = parse_time("2026-11-22T08:30:58Z").value();
  confirmation.purchaser.as_of = parse_time("2026-11-22T08:29:00Z").value();
  confirmation.purchaser.degraded = true;
  const Bytes written = write_confirmation(confirmation);
  EXPECT_EQ(write_json(parse_json(written).value()), as_text(written));
  const Result<Confirmation> read = parse_confirmation(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().merchant.as_of, confirmation.merchant.as_of);
  EXPECT_FALSE(read.value().merchant.degraded);
  EXPECT_EQ(read.value().purchaser.as_of, confirmation.purchaser.as_of);
  EXPECT_TRUE(read.value().purchaser.degraded);
  EXPECT_FALSE(parse_confirmation(write_confirmation(sample_confirmation())).value().purchaser.as_of);
}

TEST(Confirmation, NamesTheLogThatItsIndexCountsInWhereThereIsOne) {
  Confirmation confirmation = sample_confirmation();
  EXPECT_FALSE(parse_confirmation(write_confirmation(confirmation)).value().log) << "from before the log";
  confirmation.log = "seoul-1.example/log";
  const Bytes written = write_confirmation(confirmation);
  EXPECT_EQ(write_json(parse_json(written).value()), as_text(written));
  EXPECT_THAT(to_text(written), testing::HasSubstr(R"("index":41,"log":"seoul-1.example/log","time":)"));
  const Result<Confirmation> read = parse_confirmation(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().log, confirmation.log);
}

TEST(Confirmation, CarriesReviewAndUnstatedKeyOrigin) {
  Confirmation confirmation = sample_confirmation();
  confirmation.review = Review{Sha256Digest{7}, "approved \"once\" \\"};
  confirmation.merchant.key_origin.reset();
  const Result<Confirmation> read = parse_confirmation(write_confirmation(confirmation));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().review->digest, confirmation.review->digest);
  EXPECT_EQ(read.value().review->code, confirmation.review->code);
  EXPECT_FALSE(read.value().merchant.key_origin);
}

TEST(Confirmation, EscapesNamesThatNeedIt) {
  Confirmation confirmation = sample_confirmation();
  confirmation.merchant.subject =
      x509::Name::from_attributes({{"O", "Countersign Demo"}, {"CN", "\"Quoted\", \\ back + 한국"}}).value();
  const Result<Confirmation> read = parse_confirmation(write_confirmation(confirmation));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().merchant.subject, confirmation.merchant.subject);
}

TEST(Confirmation, IsWrittenAsTheGeneralWriterWouldWriteIt) {
  const Bytes written = write_confirmation(sample_confirmation());
  EXPECT_EQ(write_json(parse_json(written).value()), as_text(written));
}

TEST(Confirmation, DemandsEveryMemberAndNoOther) {
  expect_exact_members(write_confirmation(sample_confirmation()), parse_confirmation);
}

TEST(Confirmation, RefusesWhatNoAuthorityStates) {
  expect_refusals(
      write_confirmation(sample_confirmation()), parse_confirmation,
      {
          {"AnotherType", [](auto& o) { o["type"] = "refusal"; }, ErrorCode::kUnsupported, "type"},
          {"IdOfVersion7", [](auto& o) { o["id"] = "0192f0c1-2a3b-7c4d-8e5f-001122334455"; },
           ErrorCode::kMalformed, "id"},
          {"NegativeIndex", [](auto& o) { o["index"] = -1; }, ErrorCode::kMalformed, "index"},
          {"LogNull", [](auto& o) { o["log"] = nullptr; }, ErrorCode::kMalformed, "log"},
          {"LogEmpty", [](auto& o) { o["log"] = ""; }, ErrorCode::kMalformed, "log"},
          {"LogWithItsScheme", [](auto& o) { o["log"] = "https://seoul-1.example/log"; },
           ErrorCode::kMalformed, "log"},
          {"LogThatNoKeyIsNamedAfter", [](auto& o) { o["log"] = "seoul-1.example/log+1"; },
           ErrorCode::kMalformed, "log"},
          {"OrderWithMore", [](auto& o) { o["order"].get_object()["x"] = 1; }, ErrorCode::kMalformed,
           "order.x"},
          {"OrderWithoutDigest", [](auto& o) { o["order"].get_object().erase("digest"); },
           ErrorCode::kMalformed, "digest"},
          {"OrderNotBase64", [](auto& o) { o["countersignedOrder"] = "****"; }, ErrorCode::kMalformed,
           "countersignedOrder"},
          {"OrderBase64InSecondSpelling", [](auto& o) { o["countersignedOrder"] = "MIB/\n"; },
           ErrorCode::kMalformed, "countersignedOrder"},
          {"ReviewWithoutCode",
           [](auto& o) {
             o["review"] = {{"digest", std::string(64, '0')}};
           },
           ErrorCode::kMalformed, "review.code"},
          {"StatusNotGood", [](auto& o) { o["merchant"].get_object()["status"] = "revoked"; },
           ErrorCode::kMalformed, "status"},
          {"StatusUnproven", [](auto& o) { o["purchaser"].get_object().erase("ocsp"); },
           ErrorCode::kMalformed, "ocsp"},
          {"KeyOriginUnknown", [](auto& o) { o["purchaser"].get_object()["keyOrigin"] = "found"; },
           ErrorCode::kUnsupported, "keyOrigin"},
          {"SerialInCapitals", [](auto& o) { o["merchant"].get_object()["serial"] = "8F00AA"; },
           ErrorCode::kMalformed, "serial"},
          {"AsOfNull", [](auto& o) { o["purchaser"].get_object()["asOf"] = nullptr; }, ErrorCode::kMalformed,
           "asOf"},
          {"DegradedWithoutAsOf", [](auto& o) { o["purchaser"].get_object()["degraded"] = true; },
           ErrorCode::kMalformed, "without asOf"},
          {"DegradedFalse",
           [](auto& o) {
             o["purchaser"].get_object()["asOf"] = "2026-11-22T08:30:00Z";
             o["purchaser"].get_object()["degraded"] = false;
           },
           ErrorCode::kMalformed, "degraded"},
          {"RegistrationNotAName", [](auto& o) { o["purchaser"].get_object()["registration"] = "shop"; },
           ErrorCode::kMalformed, "confirmation"},
      });
}

}  // namespace
}  // namespace countersign::documents
