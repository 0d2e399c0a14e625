// SPDX-License-Identifier: Apache-2.0
#include "documents/confirmation.h"
#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Refusal sample_refusal() {
  return {sample_data_centre(),
          parse_time("2026-11-22T08:30:00Z").value(),
          Sha256Digest{5},
          "0192f0c1-2a3b-7c4d-8e5f-001122334455",
          {{ErrorCode::kCertificateRevoked, "purchaser: revoked"}, {ErrorCode::kExpired, ""}},
          true};
}

TEST(Refusal, ReadsBackAsItWasWritten) {
  const Refusal refusal = sample_refusal();
  const Bytes written = write_refusal(refusal);
  const Result<Refusal> read = parse_refusal(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().data_centre, refusal.data_centre);
  EXPECT_EQ(read.value().time, refusal.time);
  EXPECT_EQ(read.value().request, refusal.request);
  EXPECT_EQ(read.value().order_id, refusal.order_id);
  ASSERT_EQ(read.value().reasons.size(), 2U);
  EXPECT_EQ(read.value().reasons[0].code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(read.value().reasons[0].detail, "purchaser: revoked");
  EXPECT_TRUE(read.value().final);
  expect_exact_members(written, parse_refusal);
}

TEST(Refusal, IsReadableWhateverTheDetailHolds) {
  Refusal refusal = sample_refusal();
  refusal.order_id = "not an id";
  refusal.reasons = {{ErrorCode::kMalformed, "a\n\x01\xFF\xE2\x80\xAE" + std::string(600, 'x')}};
  const Result<Refusal> read = parse_refusal(write_refusal(refusal));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().order_id, "");
  EXPECT_EQ(read.value().reasons[0].detail.substr(0, 6), "a?????");
  EXPECT_EQ(read.value().reasons[0].detail.size(), 500U);
}

TEST(Refusal, RefusesWhatSaysNothing) {
  expect_refusals(
      write_refusal(sample_refusal()), parse_refusal,
      {
          {"NoReason", [](auto& o) { o["reasons"].get_array().clear(); }, ErrorCode::kMalformed, "reasons"},
          {"CodeUnknown", [](auto& o) { o["reasons"].get_array()[0].get_object()["code"] = "because"; },
           ErrorCode::kUnsupported, "code"},
          {"FinalMissing", [](auto& o) { o["final"] = nullptr; }, ErrorCode::kMalformed, "final"},
          {"OrderIdNotOne", [](auto& o) { o["orderId"] = "1"; }, ErrorCode::kMalformed, "orderId"},
          {"AnotherType", [](auto& o) { o["type"] = "confirmation"; }, ErrorCode::kUnsupported, "type"},
      });
}

}  // namespace
}  // namespace countersign::documents
