// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/confirmation.h"
#include "merchant/checkout_desk.h"

namespace countersign::merchant {

// A step of a transaction that has been taken, and when.
enum class StepKind {
  kOpened,
  kTaken,
  kPaymentDeclined,
  kPaid,
  kCountersigned,
  kConfirmed,
  kReceived,
  kRefused,
  kCancelled,
  kExpired
};
struct TimelineStep {
  StepKind kind;
  std::optional<TimePoint> at;  // where a time is recorded
};

// What the shop shows a customer of one of her orders. Documents are empty until they exist.
struct ShopOrder {
  Checkout checkout;
  std::string order_id;
  Bytes order;                // JSON as it was signed
  Bytes signed_order;         // CMS of the purchaser
  Bytes countersigned_order;  // CMS of the merchant
  std::optional<StoredAnswer> answer;
  std::vector<documents::AnsweredField> information;    // what the holder released
  std::optional<PaymentAttempt> payment;                // the newest
  std::optional<documents::Confirmation> confirmation;  // of the answer; it was verified before it was stored
  std::vector<TimelineStep> timeline;
  bool has_lost_terminal = false;  // undecided, and its mediator has gone
};

// The content of a confirmation that was verified before it was stored.
Result<documents::Confirmation> read_confirmation(BytesView der);
// Whether the holder released that she has completed that many years.
bool shows_age(const std::vector<documents::AnsweredField>& information, int age);

// ShopOrders remembers which browser opened which checkout of the demo shop, and shows an order to that
// browser alone. Sessions are stored as digests. Thread-safe.
class ShopOrders {
 public:
  ShopOrders(GatewayContext context, CheckoutDesk& checkouts) : context_(context), checkouts_(checkouts) {}
  // Brings the tables (component "shop") to the present version.
  static Result<void> migrate(storage::Database& database);

  Result<void> remember(std::string_view session, std::string_view checkout);
  // kNotFound for another browser's, too.
  Result<ShopOrder> find(std::string_view session, std::string_view checkout);
  // The session's newest orders, without age checks.
  Result<std::vector<Checkout>> newest(std::string_view session, int limit);
  // Id of this session's newest age check that showed that age, or a higher one; empty when there is none. A
  // check is good for one person, and until a purchase that rests on it is given up: that may have been
  // somebody else's.
  Result<std::string> age_check(std::string_view session, int age);

 private:
  const GatewayContext context_;
  CheckoutDesk& checkouts_;
};

}  // namespace countersign::merchant
