// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/document_samples.h"
#include "documents/split_payment.h"

// Documents of a split payment, for tests.
namespace countersign::documents {

inline Order sample_split_order() {
  const TimePoint created = parse_time("2026-11-22T08:30:00Z").value();
  return {
      .id = "0192f0c1-2a3b-7c4d-8e5f-001122334455",
      .profile = OrderProfile::kSet,
      .merchant = sample_merchant(),
      .purchaser = sample_purchaser(),
      .origin = "https://shop.example",
      .checkout = "c-81f2",
      .authority = sample_data_centre(),
      .card_company =
          PartyReference{
              sample_name("CN=Han River Card,OU=card-companies,OU=seoul-1,OU=kr,O=Countersign Demo"),
              Sha256Digest{3}},
      .lines = {{"MOON-JAR-1", "White porcelain moon jar", 1, 48000}, {"TEA-100", "녹차 100 g", 1, 14000}},
      .total = {62000, "KRW"},
      .created = created,
      .expires = created + std::chrono::minutes(15),
      .nonce = Sha256Digest{4}};
}

inline SplitTerms sample_terms() {
  const Order order = sample_split_order();
  return terms_of(order, write_order(order).value()).value();
}

inline ReviewResult sample_approval() {
  const SplitTerms terms = sample_terms();
  return {.terms = terms,
          .instruction = Sha256Digest{5},
          .approved = true,
          .authorization = "0192f0c1-3b4c-7d5e-8f60-112233445566",
          .code = "",
          .decided = terms.expires - std::chrono::minutes(10),
          .capture_until = terms.expires + std::chrono::hours(168)};
}

inline ReviewResult sample_decline() {
  ReviewResult result = sample_approval();
  result.approved = false;
  result.authorization.clear();
  result.code = "insufficient_funds";
  result.capture_until.reset();
  return result;
}

}  // namespace countersign::documents
