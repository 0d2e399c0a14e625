// SPDX-License-Identifier: Apache-2.0
#include "evidence/inspect.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "crypto/digest.h"
#include "documents/extract.h"
#include "evidence/testing/trade.h"
#include "x509/cms_detached.h"

namespace countersign::evidence {
namespace {

namespace json = boost::json;

const Trade& trade() {
  static const Trade made;
  return made;
}

std::string text(const json::value& tree, const std::string& pointer) {
  const json::value& found = tree.at_pointer(pointer);
  return std::string(std::string_view(found.as_string()));
}

TEST(Inspect, ShowsAReviewResultThroughBothSignatures) {
  const auto result = trade().review_of(trade().split_order());
  const Bytes review = trade().sign(trade().company, take(documents::write_review_result(result)));
  const auto tree = take(inspect(trade().sign(trade().merchant, review, x509::ContentType::kSignedData)));
  EXPECT_EQ(text(tree, "/signer/role"), "merchant");
  EXPECT_EQ(text(tree, "/content/signer/role"), "card-company");
  EXPECT_EQ(text(tree, "/content/content/document/type"), "review-result");
  EXPECT_EQ(text(tree, "/content/content/document/authorization"), "authorization-1");
}

TEST(Inspect, ShowsAnAgreement) {
  const auto terms = trade().review_of(trade().split_order()).terms;
  const auto tree = take(inspect(trade().sign(trade().merchant, take(documents::write_agreement(terms)))));
  EXPECT_EQ(text(tree, "/content/document/type"), "agreement");
  EXPECT_EQ(text(tree, "/content/document/order"), hex_encode(terms.order));
}

TEST(Inspect, ShowsAnExtract) {
  const auto order = trade().split_order();
  const auto extract = documents::extract_of(trade().confirmation(trade().countersigned(order), order));
  const auto tree = take(inspect(trade().sign(trade().confirmer, take(documents::write_extract(extract)))));
  EXPECT_EQ(text(tree, "/content/document/type"), "extract");
  EXPECT_EQ(text(tree, "/content/document/review/code"), "authorization-1");
}

TEST(Inspect, ShowsThePaymentThatAnOrdersSignatureCovers) {
  const auto order = trade().split_order();
  const Bytes signed_order = trade().signed_order(order);
  EXPECT_EQ(text(take(inspect(signed_order)), "/paymentDigest"), hex_encode(trade().payment));
  const auto alone = take(inspect(trade().signed_order(trade().order())));
  EXPECT_EQ(alone.as_object().if_contains("paymentDigest"), nullptr);
  const auto detached = take(inspect(take(x509::detach_content(signed_order))));
  EXPECT_EQ(text(detached, "/kind"), "detached-signed-data");
  EXPECT_EQ(text(detached, "/signer/role"), "purchaser");
  EXPECT_EQ(text(detached, "/contentDigest"), hex_encode(crypto::sha256(trade().order_bytes(order))));
  EXPECT_EQ(text(detached, "/paymentDigest"), hex_encode(trade().payment));
}

TEST(Inspect, SaysThatItBelievesNothing) {
  const auto tree = take(inspect(trade().signed_order(trade().split_order())));
  EXPECT_TRUE(write_inspection_text(tree).starts_with("Not verified"));
}

TEST(Inspect, RefusesWhatIsNothingOfTheNetwork) {
  EXPECT_EQ(inspect({}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(inspect(to_bytes("approved")).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::evidence
