// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/log.h"
#include "enterprise/purchase_order.h"
#include "http/address_policy.h"
#include "merchant/applicant.h"
#include "merchant/certificate_keeper.h"
#include "merchant/dialogue_desk.h"

namespace countersign::app {

// MerchantConfig is everything that etc/merchant.toml sets.
struct MerchantConfig {
  merchant::ApplicantProfile applicant;  // without names: they follow from the origins
  std::vector<std::string> origins;
  merchant::CertificateKeeper::Application application = merchant::CertificateKeeper::Application::kByItself;

  std::string address;
  unsigned short port = 0;
  std::string public_url;
  int worker_threads = 32;

  std::filesystem::path root;
  std::string authority_url;

  std::filesystem::path folder;
  std::filesystem::path passphrase_file;

  Seconds checkout_lifetime{1800};
  int registrations_per_hour = 60;
  std::chrono::milliseconds authority_answer{15000}, card_company_answer{15000};  // to be waited for at most
  Seconds registration_retention{std::chrono::days(1826)};
  std::size_t max_connections_per_address = 128;

  std::vector<documents::OrderProfile> profiles;
  std::vector<documents::RequestedField> fields;
  merchant::DialogueTerms dialogue;
  bool seals_payments = false;
  std::string card_company_url;      // empty: no payment passes through the gateway
  std::string card_company_subject;  // RFC 4514 text of the name in its certificate
  // Those of [companies.<name>], which payments of profile set are sealed to.
  struct Company {
    std::string url;
    std::string subject;  // as above
  };
  std::vector<Company> companies;

  std::string webhook_url;
  std::filesystem::path webhook_secret_file;
  http::AddressPolicy webhook_addresses = http::AddressPolicy::kPublicOnly;

  std::filesystem::path shop_catalogue;  // empty: no demo shop
  std::filesystem::path shop_pictures;
  struct Partner {
    std::string seller;             // id in the catalogue
    std::string gateway;            // https origin
    std::filesystem::path api_key;  // file of one line
  };
  std::vector<Partner> shop_partners;
  http::AddressPolicy partner_addresses = http::AddressPolicy::kPublicOnly;

  bool buys = false;  // from other merchants, with a purchasing certificate
  enterprise::ApprovalPolicy approval;
  Seconds purchase_lifetime{std::chrono::hours(24)};
  http::AddressPolicy seller_addresses = http::AddressPolicy::kPublicOnly;

  LogLevel log_level = LogLevel::kInfo;
};

// Reads and checks the file; every setting that it does not know is refused.
Result<MerchantConfig> load_config(const std::filesystem::path& file);

}  // namespace countersign::app
