// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/log.h"
#include "card/card.h"
#include "http/client.h"
#include "wallet/link_service.h"

namespace countersign::app {

// WalletConfig is etc/wallet.toml, which explains each setting.
struct WalletConfig {
  std::filesystem::path folder;        // of the wallet's store
  std::filesystem::path web;           // pages of the local screen
  std::filesystem::path token_folder;  // of the software token; empty: another token
  card::Pkcs11Options card;
  http::AddressPolicy addresses = http::AddressPolicy::kAny;
  wallet::AnswerLimits limits;
  documents::OrderProfile weakest_profile = documents::OrderProfile::kSession;
  unsigned short screen_port = 0;
  std::optional<wallet::LinkOptions> link;  // absent: no PC can start purchases
  LogLevel log_level = LogLevel::kWarning;
};
Result<WalletConfig> load_config(const std::filesystem::path& file);

}  // namespace countersign::app
