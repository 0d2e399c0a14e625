// SPDX-License-Identifier: Apache-2.0
#include "documents/forwarded_order.h"

#include "documents/document_samples.h"
#include "x509/sample_network.h"

namespace countersign::documents {
namespace {

using enum ErrorCode;

const x509::SampleNetwork kNetwork;
const Bytes kOrder = to_bytes(std::string_view("an order"));
const Bytes kReview = to_bytes(std::string_view("a review"));

TEST(ForwardedOrder, ReadsBackAsItWasWritten) {
  const x509::Certificate merchant =
      kNetwork.issue(x509::Role::kMerchant, "CN=Shop,OU=merchants").certificate;
  const Bytes json = write_forwarded_order({merchant, kOrder, kReview}).value();
  const auto read = parse_forwarded_order(json).value();
  EXPECT_EQ(read.merchant, merchant);
  EXPECT_EQ(read.countersigned_order, kOrder);
  EXPECT_EQ(read.review, kReview);
  EXPECT_EQ(parse_forwarded_order(write_forwarded_order({merchant, kOrder, {}}).value()).value().review,
            std::nullopt);
  expect_exact_members(json, parse_forwarded_order);
  expect_refusals(
      json, parse_forwarded_order,
      {{"no certificate", [](auto& o) { o["merchant"] = "AAAA"; }, kMalformed, "merchant"},
       {"an order without end", [](auto& o) { o["countersignedOrder"] = std::string(400'000, 'A'); },
        kTooLarge, "countersignedOrder"}});
}

}  // namespace
}  // namespace countersign::documents
