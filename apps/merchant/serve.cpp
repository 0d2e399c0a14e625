// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signals.h"
#include "commands.h"
#include "documents/json.h"
#include "merchant/card_company_client.h"
#include "merchant/gateway.h"
#include "purchasing.h"
#include "storage/passphrase.h"
#include "storage/secret_folder.h"
#include "store.h"
#include "x509/origins.h"

namespace countersign::app {
namespace {

std::filesystem::path ports_file(const MerchantConfig& config) {
  return config.folder / "ports.json";
}

// The port to listen on: the configured one; for 0 the one of the last run, since the certificate names it,
// or any.
Result<unsigned short> choose_port(const MerchantConfig& config) {
  if (config.port != 0) return config.port;
  if (const auto stored = storage::read_file(ports_file(config), 4096)) {
    TRY(auto reader, documents::ObjectReader::parse(stored.value(), "ports"));
    TRY(const auto port, reader.integer("gateway", 1, 65535));
    return static_cast<unsigned short>(port);
  }
  http::ServerOptions probe;
  probe.address = config.address;
  TRY(const auto server, http::Server::start(std::move(probe), {}));
  return server->port();
}

// One for each seller of the catalogue, so that whatever is in a cart can be ordered.
Result<merchant::Partners> partners_of(const MerchantConfig& config, const merchant::Catalogue& catalogue,
                                       const merchant::NetworkView& network) {
  merchant::Partners partners;
  for (const auto& [seller, gateway, api_key] : config.shop_partners) {
    if (catalogue.find_seller(seller) == nullptr)
      return fail(ErrorCode::kMalformed, "shop.partners: " + seller + " is no seller of the catalogue");
    TRY(auto key, storage::read_passphrase(api_key));
    TRY(auto access, merchant::make_partner_access(gateway, std::move(key), {{}, network.trust},
                                                   config.partner_addresses));
    partners.emplace(seller, merchant::Partner{gateway, std::move(access)});
  }
  for (const auto& seller : catalogue.sellers()) {
    if (!partners.contains(seller.id))
      return fail(ErrorCode::kMalformed, "shop.partners: none for the catalogue's seller " + seller.id);
  }
  return partners;
}

Result<std::optional<merchant::ShopOptions>> demo_shop(const MerchantConfig& config,
                                                       const merchant::ShopProfile& profile,
                                                       const merchant::NetworkView& network) {
  if (config.shop_catalogue.empty()) return std::nullopt;
  if (std::ranges::find(profile.origins, profile.public_url) == profile.origins.end())
    return fail(ErrorCode::kMalformed,
                "shop: its pages are at gateway.public_url, which is not among merchant.origins");
  merchant::ShopOptions shop;
  TRY(shop.catalogue, merchant::Catalogue::load(config.shop_catalogue, config.shop_pictures));
  shop.public_url = profile.public_url;
  TRY(shop.partners, partners_of(config, shop.catalogue, network));
  return std::optional(std::move(shop));
}

Result<merchant::GatewayOptions> gateway_options(const MerchantConfig& config,
                                                 const merchant::NetworkView& network) {
  merchant::GatewayOptions options;
  TRY(options.listener.port, choose_port(config));
  options.listener.address = config.address;
  options.listener.worker_threads = config.worker_threads;
  options.listener.max_connections_per_address = config.max_connections_per_address;
  options.folder = config.folder / "identity";
  options.shop.public_url = config.public_url.empty()
                                ? fmt::format("https://{}:{}", config.address, options.listener.port)
                                : config.public_url;
  options.shop.origins = config.origins.empty() ? std::vector{options.shop.public_url} : config.origins;
  options.shop.checkout_lifetime = config.checkout_lifetime;
  options.shop.profiles = config.profiles;
  options.shop.fields = config.fields;
  options.dialogue = config.dialogue;
  if (config.seals_payments) {
    TRY(options.sealing, merchant::SealingKey::make(SystemClock().now()));
  }
  TRY(options.demo_shop, demo_shop(config, options.shop, network));
  options.applicant = config.applicant;
  TRY(options.applicant.names, x509::names_of_origins(options.shop.origins));
  options.application = config.application;
  options.registrations_per_hour = config.registrations_per_hour;
  options.registration_retention = config.registration_retention;
  if (!config.webhook_url.empty()) {
    TRY(options.webhook_target,
        merchant::http_webhook_target(config.webhook_url, network.trust, config.webhook_addresses));
    TRY(options.webhook_secret, storage::read_passphrase(config.webhook_secret_file));
  }
  return options;
}

// A card company, judged by the name that the operator gave.
Result<std::unique_ptr<merchant::CardCompanyClient>> reach_company(const std::string& url, x509::Name subject,
                                                                   const MerchantConfig& config,
                                                                   const merchant::NetworkView& network) {
  http::PeerCheck peer;
  peer.role = x509::Role::kCardCompany;
  peer.expected_subject = std::move(subject);
  return std::make_unique<merchant::CardCompanyClient>(
      url, merchant::PeerRule{std::move(peer), network.trust}, config.card_company_answer);
}

// The one that checks payments; null when there is none.
Result<std::unique_ptr<merchant::CardCompanyClient>> card_company(const MerchantConfig& config,
                                                                  const merchant::NetworkView& network) {
  if (config.card_company_url.empty()) return nullptr;
  TRY(auto subject, x509::Name::from_text(config.card_company_subject));
  return reach_company(config.card_company_url, std::move(subject), config, network);
}

// Those that payments are sealed to.
struct Companies {
  std::vector<std::unique_ptr<merchant::CardCompanyClient>> clients;
  std::vector<merchant::CardCompany> companies;
};
Result<Companies> card_companies(const MerchantConfig& config, const merchant::NetworkView& network) {
  Companies all;
  for (const auto& [url, subject] : config.companies) {
    TRY(auto name, x509::Name::from_text(subject));
    TRY(auto client, reach_company(url, name, config, network));
    all.clients.push_back(std::move(client));
    all.companies.push_back({std::move(name), *all.clients.back()});
  }
  return all;
}

}  // namespace

Result<void> serve(const MerchantConfig& config) {
  const sigset_t signals = hold_signals();
  const SystemClock clock;
  TRY(const auto identity, open_identity(config));
  TRY(const auto database, open_store(config));
  TRY(const auto secrets, storage::SecretFolder::open(config.folder / "secrets"));
  TRY(const auto token_secret, secrets.load_or_create("tokens", 32));
  TRY(const auto network, find_network(config, *identity, clock));
  TRY(const auto authority,
      merchant::AuthorityClient::create(network, config.authority_answer,
                                        http::StatusLimits::for_workers(config.worker_threads)));
  TRY(auto options, gateway_options(config, network));
  options.fetch_map = [&authority] { return authority->network_map(); };

  TRY(const auto company, card_company(config, network));
  TRY(const auto companies, card_companies(config, network));

  const merchant::AuthorityPorts ports{*authority,
                                       *authority,
                                       *authority,
                                       *authority,
                                       [&](const x509::Signer& signer) -> Result<void> {
                                         TRY(authority->identify(signer));
                                         if (company) {
                                           TRY(company->identify(signer));
                                         }
                                         for (const auto& client : companies.clients) {
                                           TRY(client->identify(signer));
                                         }
                                         return ok();
                                       },
                                       company.get(),
                                       companies.companies};
  TRY(const auto purchasing, Purchasing::open(config, {*database, clock, network, *identity}, *authority));
  purchasing->add_to(options);
  TRY(const auto gateway, merchant::Gateway::start({*database, clock, network, *identity}, ports,
                                                   token_secret, std::move(options)));
  const std::string listening = fmt::format(R"({{"gateway":{}}})", gateway->port());
  TRY(storage::write_file(ports_file(config), as_bytes(listening), storage::FileMode::kPublic));
  log_event(LogLevel::kInfo, "listening",
            {{"address", config.address}, {"port", std::to_string(gateway->port())}});

  int signal = 0;
  sigwait(&signals, &signal);
  log_event(LogLevel::kInfo, "stopping");
  return ok();
}

}  // namespace countersign::app
