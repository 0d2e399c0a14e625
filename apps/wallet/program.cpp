// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <thread>

#include "crypto/random.h"

namespace countersign::app {
namespace {

constexpr std::size_t kOfficerPinSize = 24;

bool has_token(const WalletConfig& config) {
  std::error_code error;
  return !std::filesystem::is_empty(config.token_folder, error) && !error;
}

}  // namespace

wallet::PaymentDesk Wallet::payments() {
  return wallet::PaymentDesk(parties(),
                             [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
}

Result<std::unique_ptr<Wallet>> open_wallet(const WalletConfig& config) {
  auto wallet = std::make_unique<Wallet>();
  if (!config.token_folder.empty()) {
    if (!has_token(config))
      return fail(ErrorCode::kNotFound,
                  config.token_folder.string() + ": no token yet; run `countersign-wallet init` first");
    TRY(card::use_soft_tokens(config.token_folder.string()));
  }
  TRY(wallet->store, wallet::WalletStore::open(config.folder));
  TRY(wallet->card, card::open_pkcs11_card(config.card));
  wallet->maps = std::make_unique<wallet::NetworkMaps>(config.folder, wallet->clock);
  wallet->peers = wallet::make_http_peers(config.addresses, wallet->clock, config.limits);
  return wallet;
}

Result<void> initialize_wallet(const WalletConfig& config, const crypto::SecretBytes& pin) {
  TRY(storage::make_private_folder(config.folder));
  if (config.token_folder.empty()) return ok();
  TRY(storage::make_private_folder(config.token_folder));
  if (has_token(config))
    return fail(ErrorCode::kConflict, config.token_folder.string() + ": has a token already");
  // Nobody needs the security officer's PIN again: a token whose PIN is lost is made anew, with new keys.
  std::string officer_pin = crypto::random_token(kOfficerPinSize);
  const crypto::SecretBytes officer(to_bytes(officer_pin));
  crypto::wipe({reinterpret_cast<std::uint8_t*>(officer_pin.data()), officer_pin.size()});
  return card::initialize_soft_token(config.token_folder.string(), config.card.token_label, officer, pin);
}

}  // namespace countersign::app
