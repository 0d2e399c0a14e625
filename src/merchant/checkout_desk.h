// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "merchant/authority_access.h"
#include "merchant/capture_store.h"
#include "merchant/checkout_store.h"
#include "merchant/context.h"
#include "merchant/payment_store.h"
#include "merchant/refund_store.h"
#include "merchant/tokens.h"

namespace countersign::merchant {

// Where wallets reach the gateway, and what its checkouts are for.
struct ShopProfile {
  std::string public_url;            // https, without path
  std::vector<std::string> origins;  // of the shop's pages; all stand in the certificate
  Seconds checkout_lifetime{1800};   // at most 24 h
  // How orders may be paid, best first, and what is asked of purchasers that come by the browser.
  std::vector<documents::OrderProfile> profiles = {documents::OrderProfile::kDirect};
  std::vector<documents::RequestedField> fields = {};
};

// What a shop sees of a checkout.
struct CheckoutView {
  Checkout checkout;
  std::string order_id;  // or empty
  std::optional<StoredAnswer> answer;
  std::vector<documents::AnsweredField> information;  // what the purchaser released
  std::string holder;                                 // who logged in: the certificate's subject; else empty
  std::optional<PaymentAttempt> payment;              // the newest
  std::string company;                   // whose result the order's payment needs (profile set); else empty
  std::optional<StoredCapture> capture;  // of a confirmed order of profile set
  std::vector<Refund> refunds;           // of what was captured, the oldest first
};

// CheckoutDesk offers checkouts and hands out their orders (K7, docs/protocols/purchase-direct.md).
// Thread-safe.
class CheckoutDesk {
 public:
  CheckoutDesk(GatewayContext context, const Tokens& tokens, StatusAccess& status, ShopProfile profile);

  // The same idempotency key with the same request is the same checkout, with another request kConflict.
  // kWrongOrigin for an origin that is not the merchant's, kTooLarge for lines that fit into no order. What
  // is no purchase has no lines, and asks for something. A purchase can rest on an identification: kNotFound
  // where there is none, kConflict where nobody has passed it, or its statement was erased.
  Result<Checkout> open(const CheckoutRequest& request);
  // countersign:pay link; its token is the right to take the checkout.
  std::string link_to(std::string_view checkout) const;
  // The element for the shop's page, with the same token.
  std::string tag_of(const Checkout& checkout) const;
  Result<CheckoutView> view(std::string_view id);

  // How long a checkout is open.
  Seconds lifetime() const { return profile_.checkout_lifetime; }
  // The profiles in which this merchant takes the order of this checkout, strongest first.
  std::vector<documents::OrderProfile> profiles_of(const Checkout& checkout) const;
  // kForbidden where the purchase rests on an identification that another person passed: whoever holds this
  // certificate is asked for nothing, and gets no order.
  Result<void> require_holder(const Checkout& checkout, const x509::Certificate& purchaser) const;
  // The order's bytes for the wallet with this certificate (DER), which has the checkout from here on. The
  // same certificate, profile, group and card company again get the same bytes, others kConflict.
  // kUnsupported for a profile that this merchant does not take, kExpired, kCancelled, and what
  // require_holder and verify_purchaser say.
  Result<Bytes> take(std::string_view id, BytesView purchaser, const OrderTerms& terms = {});
  // Ends a checkout that is not countersigned yet; kConflict afterwards. Cancelling twice is success.
  Result<void> cancel(std::string_view id);
  // Ends checkouts whose time is over; their number.
  Result<int> expire_overdue();

 private:
  Result<Bytes> bind(const Checkout& seen, const x509::Certificate& purchaser, const OrderTerms& terms);
  void announce(std::string_view checkout, CheckoutState state) const;
  Result<void> finish(storage::Transaction& transaction, Checkout checkout, CheckoutState state);

  const GatewayContext context_;
  const Tokens& tokens_;
  StatusAccess& status_;
  const ShopProfile profile_;
};

}  // namespace countersign::merchant
