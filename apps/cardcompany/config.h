// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/config.h"
#include "base/log.h"
#include "cardcompany/rules.h"

namespace countersign::app {

// CardCompanyConfig is everything that etc/cardcompany.toml sets.
struct CardCompanyConfig {
  std::string name;  // asked for in the certificate

  std::string address;
  unsigned short port = 0;
  int worker_threads = 32;

  std::filesystem::path root;  // of the network
  std::string status_url;      // of the data centre's authority
  std::string service_url;     // of the same; empty: no network map is fetched

  std::filesystem::path folder;
  // PEM: own certificate, then its CA.
  std::filesystem::path certificate;            // for signatures and TLS
  std::filesystem::path agreement_certificate;  // for key agreement
  std::filesystem::path passphrase_file;

  std::string account_key;  // pkcs11: URI of what the accounts' secret is wrapped for; empty: it is not

  cardcompany::Rules rules;
  std::chrono::milliseconds sweep{30'000};  // between two searches for what is to be freed by itself

  LogLevel log_level = LogLevel::kInfo;

  std::filesystem::path key() const { return folder / "key.pem"; }
  std::filesystem::path agreement_key() const { return folder / "agreement-key.pem"; }
  std::filesystem::path database() const { return folder / "cardcompany.db"; }
  std::filesystem::path wrapped_account_secret() const { return folder / "account-secret.wrapped"; }
  std::filesystem::path secrets() const { return folder / "secrets"; }
};

// Reads and checks the file; every setting that it does not know is refused.
Result<CardCompanyConfig> load_config(const std::filesystem::path& file);

}  // namespace countersign::app
