// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "merchant/checkout_desk.h"
#include "merchant/confirmation_desk.h"
#include "merchant/dialogue_desk.h"
#include "merchant/receipt_desk.h"

namespace countersign::merchant {

// WalletApi is what a wallet asks of the gateway (docs/protocols/purchase-direct.md, purchase-browser.md).
// The checkout's token is its right to ask; without it nothing is said of any checkout. Outlives the server.
class WalletApi {
 public:
  WalletApi(const Tokens& tokens, CheckoutDesk& checkouts, ConfirmationDesk& confirmations,
            DialogueDesk& dialogues, const ReceiptDesk& receipts);
  void add_to(http::Router& router);

 private:
  Result<http::Response> take_order(const http::Request& request);
  Result<http::Response> accept_signed_order(const http::Request& request);
  Result<http::Response> lead_dialogue(const http::Request& request);
  Result<http::Response> cancel(const http::Request& request);
  Result<http::Response> qr_code(const http::Request& request);
  Result<http::Response> show_receipt(const http::Request& request);
  Result<void> require_token(const http::Request& request, std::string_view token) const;

  const Tokens& tokens_;
  CheckoutDesk& checkouts_;
  ConfirmationDesk& confirmations_;
  DialogueDesk& dialogues_;
  const ReceiptDesk& receipts_;
};

}  // namespace countersign::merchant
