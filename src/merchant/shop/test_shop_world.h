// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/dialogue_store.h"
#include "merchant/shop/shop_orders.h"
#include "merchant/shop/shop_routes.h"
#include "merchant/test_wallet.h"

// What the tests of the shop's routes have in common.
namespace countersign::merchant {

// The shop's routes over its own tables.
inline http::Router routes_of(TestShop& shop, ShopRoutes& routes) {
  take(ShopOrders::migrate(*shop.database));
  http::Router router;
  routes.add_to(router);
  return router;
}

// What a wallet and its gateway do about a log-in or age check.
inline void pass(TestShop& shop, const TestWallet& wallet, const Checkout& identification) {
  documents::InformationRequest request;
  request.nonce = {1};
  request.purpose = identification.purpose;
  request.fields = identification.fields;
  const Dialogue dialogue{identification.id,
                          request.profile,
                          wallet.merchant,
                          wallet.signing.certificate.der(),
                          wallet.agreement.certificate.der(),
                          wallet.nonce,
                          request.nonce,
                          wallet.sign(wallet.statement(request, identification.id)),
                          {}};
  take(shop.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(put_dialogue(transaction, dialogue));
    return set_checkout_state(transaction, identification.id, CheckoutState::kConfirmed);
  }));
}

}  // namespace countersign::merchant
