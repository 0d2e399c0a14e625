// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config.h"
#include "enterprise/buyer.h"
#include "enterprise/purchase_api.h"
#include "enterprise/purchasing_certificate.h"
#include "merchant/authority_client.h"
#include "merchant/gateway.h"

namespace countersign::app {

// The purchase orders of the gateway's store, under the rules of its configuration.
Result<enterprise::PurchaseBook> open_purchase_book(const MerchantConfig& config, storage::Database& database,
                                                    const Clock& clock);
// The purchasing key, made when there is none, and its certificate once there is one.
Result<std::unique_ptr<merchant::Identity>> open_purchasing_identity(const MerchantConfig& config);

// Purchasing is what a running gateway needs to buy. One that buys nothing shows what was bought before.
// Outlives the gateway that it is added to.
class Purchasing {
 public:
  static Result<std::unique_ptr<Purchasing>> open(const MerchantConfig& config,
                                                  const merchant::GatewayContext& context,
                                                  merchant::AuthorityClient& authority);
  void add_to(merchant::GatewayOptions& options);

 private:
  // Of a gateway that buys.
  struct Means {
    std::unique_ptr<merchant::Identity> identity;
    std::unique_ptr<enterprise::HttpPurchasingAccess> access;
    std::unique_ptr<enterprise::PurchasingCertificate> certificate;
    std::unique_ptr<wallet::Peers> sellers, authorities;
    std::unique_ptr<enterprise::Buyer> buyer;
  };
  Purchasing(storage::Database& database, enterprise::PurchaseBook book, bool buys)
      : book_(std::move(book)),
        api_(database, book_,
             buys ? enterprise::PurchaseApi::Buying::kOn : enterprise::PurchaseApi::Buying::kOff) {}

  enterprise::PurchaseBook book_;
  enterprise::PurchaseApi api_;
  Means means_;
  http::Gauge* awaiting_ = nullptr;  // of the gateway, once it asked for them
  http::Gauge* pending_ = nullptr;
};

}  // namespace countersign::app
