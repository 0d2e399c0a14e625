// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/card_companies.h"
#include "merchant/refund_store.h"

namespace countersign::merchant {

// What a shop asks for.
struct RefundRequest {
  std::string checkout;
  std::int64_t amount = 0;  // minor units, 1 or more
  std::string request_key;  // Idempotency-Key
};

// RefundDesk has what was captured of split payments given back. Durable before the card company is asked;
// whether it answered or not, the same request is the same refund. Thread-safe.
class RefundDesk {
 public:
  RefundDesk(GatewayContext context, CardCompanies& companies) : context_(context), companies_(companies) {}

  // Asks the company, or asks it again where the answer was lost. kNotFound for an unknown checkout,
  // kConflict where nothing is captured or the key was used for another request, kAmountMismatch for more
  // than is left, kMalformed without a key. What the company itself refuses for good is no error, but the
  // refund's state. kUnavailable, whatever went wrong, while nobody knows whether it was refunded: it stays
  // asked, and the same request may come again.
  Result<Refund> refund(const RefundRequest& request);
  // Asks again about those without an answer that are due; the number that have one now. Each by itself: one
  // that fails is logged and tried again later, for ever.
  Result<int> resume_asked();

 private:
  // The order of a checkout whose payment was captured.
  struct Captured {
    std::string order_id;
    Amount total;
    x509::Name company;
    std::string authorization;
  };
  Result<Captured> require_captured(storage::Reader& reader, std::string_view checkout) const;
  Result<Captured> captured_of(const Refund& refund) const;
  Result<Refund> ask(const Captured& captured, const Refund& refund);
  Result<Refund> decide(const Captured& captured, Refund refund);
  Result<void> postpone(const Refund& refund, std::string_view reason);

  const GatewayContext context_;
  CardCompanies& companies_;
};

}  // namespace countersign::merchant
