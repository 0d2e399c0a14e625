// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "merchant/checkout_desk.h"
#include "merchant/receipt_desk.h"
#include "merchant/refund_desk.h"
#include "merchant/registration_desk.h"

namespace countersign::merchant {

// ShopApi is what the merchant's shop asks of the gateway (docs/shop-api.md), with an API key as bearer
// token. Outlives the server.
class ShopApi {
 public:
  ShopApi(GatewayContext context, CheckoutDesk& checkouts, RefundDesk& refunds,
          RegistrationDesk& registrations, const ReceiptDesk& receipts);
  void add_to(http::Router& router);

 private:
  using Answer = Result<http::Response>;
  Answer open_checkout(const http::Request& request);
  Answer show_checkout(const http::Request& request);
  Answer cancel_checkout(const http::Request& request);
  Answer refund_checkout(const http::Request& request);
  Answer forget_information(const http::Request& request);
  Answer open_identification(const http::Request& request);
  Answer show_identification(const http::Request& request);
  Answer list_checkouts(const http::Request& request);
  Answer show_confirmation(const http::Request& request);
  Answer show_receipt(const http::Request& request);
  Answer register_customer(const http::Request& request);
  Answer renew_customer(const http::Request& request);
  Answer apply(const http::Request& request, documents::ConsentKind kind);
  Answer show_registration(const http::Request& request);
  Answer restart_registration(const http::Request& request);
  Answer show_consent_text(const http::Request& request);
  Answer list_webhooks(const http::Request& request);
  Answer replay_webhook(const http::Request& request);

  const GatewayContext context_;
  CheckoutDesk& checkouts_;
  RefundDesk& refunds_;
  RegistrationDesk& registrations_;
  const ReceiptDesk& receipts_;
};

}  // namespace countersign::merchant
