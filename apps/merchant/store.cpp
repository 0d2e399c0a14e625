// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <algorithm>
#include <thread>

#include "merchant/schema.h"
#include "storage/file.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestPem = 16 << 10;
constexpr int kAttempts = 30;
constexpr Seconds kBetweenAttempts{1};

}  // namespace

Result<std::unique_ptr<storage::Database>> open_store(const MerchantConfig& config) {
  TRY(auto database, storage::open_sqlite(config.folder / "merchant.db"));
  TRY(merchant::migrate_gateway(*database));
  return database;
}

Result<std::unique_ptr<merchant::Identity>> open_identity(const MerchantConfig& config) {
  TRY(auto passphrase, storage::read_passphrase(config.passphrase_file));
  return merchant::Identity::open(config.folder / "identity", std::move(passphrase));
}

Result<merchant::NetworkView> find_network(const MerchantConfig& config, const merchant::Identity& identity,
                                           const Clock& clock) {
  TRY(const auto pem, storage::read_file(config.root, kLargestPem));
  TRY(auto root, x509::Certificate::from_pem(as_text(pem)));
  merchant::NetworkPlace place{std::move(root), config.authority_url, config.folder / "network-map.json"};
  if (const auto signer = identity.signer()) {
    TRY(place.data_centre, x509::permitted_subtree(signer->chain.front()));
  }
  auto found = merchant::discover_network(place, clock);
  for (int attempt = 1; attempt < kAttempts && !found && found.error().code == ErrorCode::kUnavailable;
       ++attempt) {
    if (attempt == 1) log_error("authority_not_reached", found.error());
    std::this_thread::sleep_for(kBetweenAttempts);
    found = merchant::discover_network(place, clock);
  }
  return found;
}

}  // namespace countersign::app
