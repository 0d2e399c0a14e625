// SPDX-License-Identifier: Apache-2.0
#include "documents/extract.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Extract sample_extract() {
  return {.confirmation = "f3d1c2b4-5a69-4788-9abc-def012345678",
          .data_centre = sample_data_centre(),
          .index = 41,
          .time = parse_time("2026-11-22T08:31:00Z").value(),
          .order_id = "0192f0c1-2a3b-7c4d-8e5f-001122334455",
          .order_digest = {5},
          .total = {62000, "KRW"},
          .merchant = sample_merchant().subject,
          .purchaser = sample_purchaser().subject,
          .review = Review{{6}, "0192f0c1-3b4c-7d5e-8f60-112233445566"}};
}

void expect_same(const Extract& a, const Extract& b) {
  EXPECT_EQ(a.confirmation, b.confirmation);
  EXPECT_EQ(a.data_centre, b.data_centre);
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.log, b.log);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.order_id, b.order_id);
  EXPECT_EQ(a.order_digest, b.order_digest);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.merchant, b.merchant);
  EXPECT_EQ(a.purchaser, b.purchaser);
  ASSERT_EQ(a.review.has_value(), b.review.has_value());
  if (!a.review) return;
  EXPECT_EQ(a.review->digest, b.review->digest);
  EXPECT_EQ(a.review->code, b.review->code);
}

TEST(Extract, ReadsBackAsItWasWritten) {
  Extract extract = sample_extract();
  const Bytes json = write_extract(extract).value();
  const auto read = parse_extract(json);
  ASSERT_TRUE(read) << read.error().detail;
  expect_same(read.value(), extract);
  expect_exact_members(json, parse_extract);

  extract.log = "seoul-1.example/log";
  EXPECT_THAT(to_text(write_extract(extract).value()),
              testing::HasSubstr(R"("index":41,"log":"seoul-1.example/log","time":)"));
  expect_same(parse_extract(write_extract(extract).value()).value(), extract);

  extract.review.reset();
  expect_same(parse_extract(write_extract(extract).value()).value(), extract);
}

TEST(Extract, SaysOfAConfirmationAllButTheOrderAndTheStatuses) {
  const ConfirmedParty merchant{sample_merchant().subject,
                                sample_data_centre(),
                                x509::SerialNumber::from_hex("8f00").value(),
                                "",
                                std::nullopt,
                                Bytes{1}};
  ConfirmedParty purchaser = merchant;
  purchaser.subject = sample_purchaser().subject;
  const Confirmation confirmation{sample_extract().confirmation,
                                  sample_data_centre(),
                                  41,
                                  sample_extract().time,
                                  sample_extract().order_id,
                                  {5},
                                  {62000, "KRW"},
                                  to_bytes(std::string_view("the whole order")),
                                  sample_extract().review,
                                  merchant,
                                  purchaser};
  expect_same(extract_of(confirmation), sample_extract());
  Confirmation logged = confirmation;
  logged.log = "seoul-1.example/log";
  EXPECT_EQ(extract_of(logged).log, logged.log);
  const std::string text = to_text(write_extract(extract_of(confirmation)).value());
  EXPECT_EQ(text.find(base64_encode(as_bytes("the whole order"))), std::string::npos);
}

TEST(Extract, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  const auto order = [](auto& o) -> boost::json::object& { return o["order"].get_object(); };
  const auto review = [](auto& o) -> boost::json::object& { return o["review"].get_object(); };
  expect_refusals(
      write_extract(sample_extract()).value(), parse_extract,
      {{"a confirmation", [](auto& o) { o["type"] = "confirmation"; }, kUnsupported, "type"},
       {"an id that tells something", [](auto& o) { o["confirmation"] = o["order"].at("id"); }, kMalformed,
        "confirmation"},
       {"index below zero", [](auto& o) { o["index"] = -1; }, kMalformed, "index"},
       {"a log that is none", [](auto& o) { o["log"] = "seoul-1.example/log/"; }, kMalformed, "log"},
       {"no total", [&](auto& o) { order(o).erase("total"); }, kMalformed, "total"},
       {"a line of the order", [&](auto& o) { order(o)["lines"] = boost::json::array(); }, kMalformed,
        "lines"},
       {"a review without authorization", [&](auto& o) { review(o)["code"] = ""; }, kMalformed, "code"}});
}

}  // namespace
}  // namespace countersign::documents
