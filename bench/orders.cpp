// SPDX-License-Identifier: Apache-2.0
#include "bench/orders.h"

#include <future>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/order.h"

namespace countersign::bench {

Shops shops_of(const Site& site, const Parties& parties, std::string_view address) {
  return {site.keys.data_centre, origin_at(address), parties.merchants};
}

Bytes countersigned_order(const Shops& shops, const x509::Signer& merchant, const x509::Signer& purchaser) {
  const TimePoint now = SystemClock().now();
  const documents::Order order{
      .id = crypto::random_uuid_v7(now),
      .profile = documents::OrderProfile::kDirect,
      .merchant = documents::reference_to(merchant.certificate),
      .purchaser = documents::reference_to(purchaser.certificate),
      .origin = shops.origin,
      .checkout = "checkout-1",
      .authority = shops.data_centre,
      .card_company = std::nullopt,
      .lines = {{"tea-1", "Green tea, first flush, 100 g", 2, 12'000}, {"ship", "Delivery", 1, 3'000}},
      .total = {27'000, "KRW"},
      .created = whole_seconds(now),
      .expires = whole_seconds(now) + std::chrono::hours(12),
      .nonce = crypto::sha256(crypto::random_bytes(32)),
  };
  const Bytes signed_order =
      take(x509::sign_cms(purchaser, take(documents::write_order(order)), {x509::ContentType::kData, now}));
  return take(x509::sign_cms(merchant, signed_order, {x509::ContentType::kSignedData, now}));
}

std::vector<std::vector<Bytes>> prepare_orders(const Shops& shops,
                                               const std::vector<x509::Signer>& purchasers, int connections,
                                               int orders) {
  std::vector<std::future<std::vector<Bytes>>> workers;
  for (int c = 0; c < connections; ++c) {
    workers.push_back(std::async(std::launch::async, [&shops, &purchasers, c, count = orders / connections] {
      const x509::Signer& merchant = shops.merchants[static_cast<std::size_t>(c) % shops.merchants.size()];
      std::vector<Bytes> requests;
      for (int i = 0; i < count; ++i) {
        const auto purchaser = static_cast<std::size_t>(c * count + i) % purchasers.size();
        requests.push_back(countersigned_order(shops, merchant, purchasers[purchaser]));
      }
      return requests;
    }));
  }
  std::vector<std::vector<Bytes>> requests;
  for (auto& worker : workers) requests.push_back(worker.get());
  return requests;
}

}  // namespace countersign::bench
