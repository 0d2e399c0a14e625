// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config.h"
#include "wallet/enrolment.h"
#include "wallet/holder.h"
#include "wallet/holder_data.h"
#include "wallet/payment.h"

namespace countersign::app {

// Wallet is the holder's store, card and connections, and what can be done with them.
struct Wallet {
  SystemClock clock;
  std::unique_ptr<wallet::WalletStore> store;
  std::unique_ptr<card::Card> card;
  std::unique_ptr<wallet::Peers> peers;
  std::unique_ptr<wallet::NetworkMaps> maps;

  wallet::Parties parties() { return {*store, *card, *peers, clock, maps.get()}; }
  wallet::PaymentDesk payments();
};
// kNotFound when the software token was not made yet: says which command makes it.
Result<std::unique_ptr<Wallet>> open_wallet(const WalletConfig& config);

// initialize_wallet makes the folders and, where the configuration names a token folder, the software token
// with its first PIN. kConflict when there is a token already.
Result<void> initialize_wallet(const WalletConfig& config, const crypto::SecretBytes& pin);

}  // namespace countersign::app
