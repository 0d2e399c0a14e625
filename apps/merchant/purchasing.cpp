// SPDX-License-Identifier: Apache-2.0
#include "purchasing.h"

#include "merchant/certificate_status.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

constexpr int kBuyingThreads = 4;  // each at another seller's gateway

}  // namespace

Result<enterprise::PurchaseBook> open_purchase_book(const MerchantConfig& config, storage::Database& database,
                                                    const Clock& clock) {
  return enterprise::PurchaseBook::open(database, clock, {config.approval, config.purchase_lifetime});
}

Result<std::unique_ptr<merchant::Identity>> open_purchasing_identity(const MerchantConfig& config) {
  const auto folder = config.folder / "purchasing";
  TRY(auto passphrase, storage::read_passphrase(config.passphrase_file));
  const auto created = merchant::Identity::create(folder, passphrase);
  if (!created && created.error().code != ErrorCode::kConflict) return fail(created.error());
  return merchant::Identity::open(folder, std::move(passphrase));
}

Result<std::unique_ptr<Purchasing>> Purchasing::open(const MerchantConfig& config,
                                                     const merchant::GatewayContext& context,
                                                     merchant::AuthorityClient& authority) {
  TRY(auto book, open_purchase_book(config, context.database, context.clock));
  std::unique_ptr<Purchasing> purchasing(new Purchasing(context.database, std::move(book), config.buys));
  if (!config.buys) return purchasing;
  Means& means = purchasing->means_;
  TRY(means.identity, open_purchasing_identity(config));
  TRY(means.access, enterprise::HttpPurchasingAccess::create(context.network, config.authority_answer));
  means.certificate = std::make_unique<enterprise::PurchasingCertificate>(
      *means.identity, context.identity, context.network, *means.access, context.clock);
  wallet::AnswerLimits limits;
  limits.authority = config.authority_answer;
  means.sellers = wallet::make_http_peers(config.seller_addresses, context.clock, limits);
  means.authorities = wallet::make_http_peers(http::AddressPolicy::kAny, context.clock, limits);
  const auto require_good = [&authority, &network = context.network,
                             &clock = context.clock](const x509::Certificate& certificate) {
    return merchant::verify_purchaser(certificate, network, authority, clock.now());
  };
  means.buyer = std::make_unique<enterprise::Buyer>(
      enterprise::BuyerParts{purchasing->book_, *means.identity, context.network, *means.sellers,
                             *means.authorities, require_good, context.clock});
  return purchasing;
}

void Purchasing::add_to(merchant::GatewayOptions& options) {
  options.more_routes = [this](http::Router& router) { api_.add_to(router); };
  if (!means_.buyer) return;
  options.more_metrics = [this](http::Metrics& metrics) {
    awaiting_ = &metrics.gauge("countersign_purchase_orders_awaiting_approval",
                               "Purchase orders that people have to approve.");
    pending_ = &metrics.gauge("countersign_purchase_orders_pending",
                              "Signed purchase orders without an answer or the authority's own copy of it.");
  };
  options.more_work.push_back({"purchase_order_counts", [this]() -> Result<void> {
                                 TRY(const auto counts, book_.count());
                                 awaiting_->set(counts.awaiting_approval);
                                 pending_->set(counts.pending);
                                 return ok();
                               }});
  options.more_work.push_back({"purchasing_certificate", [this] { return means_.certificate->tick(); }});
  for (int i = 0; i < kBuyingThreads; ++i)
    options.more_work.push_back({"purchase_orders", [this] { return means_.buyer->work(); }});
}

}  // namespace countersign::app
