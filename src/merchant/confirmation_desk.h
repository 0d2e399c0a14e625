// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/answer_check.h"
#include "merchant/context.h"

namespace countersign::merchant {

// How a signed order came: alone, as a wallet brings an order of profile direct, or in a dialogue, which has
// asked for everything else before: statement and payment.
enum class OrderPath { kAlone, kDialogue };

// ConfirmationDesk takes signed orders, countersigns them and has them confirmed (K7, K8). Each step is
// durable before the next begins: a countersigned order without an answer is asked about again after any
// crash, with the same bytes, until the authority has answered for good. Thread-safe.
class ConfirmationDesk {
 public:
  ConfirmationDesk(GatewayContext context, ConfirmationAccess& authority);

  // Verifies the signed order (DER) of a checkout's wallet, countersigns and stores it, and asks. A repeat
  // gets the same answer, however it comes. Errors of verify_signed_order; kNotFound before an order was
  // taken, kExpired, kCancelled; kForbidden for an order that only a dialogue may bring and that came alone,
  // and in profile set for one whose payment is not approved; there kConflict for another signature than the
  // one whose payment was.
  Result<CheckedAnswer> accept(std::string_view checkout, BytesView signed_order,
                               OrderPath path = OrderPath::kAlone);
  // The stored answer, or the authority's after asking it (again). An answer that does not check out is an
  // error and not stored; what is not final is returned and asked about later.
  Result<CheckedAnswer> settle(std::string_view order_id);
  // Asks about everything that is due; the number settled for good. Ends early when the authority cannot be
  // reached.
  Result<int> resume_pending();

 private:
  Result<void> countersign(const StoredOrder& order, BytesView signed_order, OrderPath path);
  Result<CheckedAnswer> store(const StoredOrder& order, const CheckedAnswer& answer);
  Result<void> postpone(const StoredCountersignedOrder& countersigned, std::string_view reason);

  const GatewayContext context_;
  ConfirmationAccess& authority_;
};

}  // namespace countersign::merchant
