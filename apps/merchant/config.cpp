// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "apps/settings.h"
#include "documents/text_rules.h"

namespace countersign::app {
namespace {

using merchant::CertificateKeeper;

// As many as one question to a wallet can name.
constexpr std::size_t kMostCompanies = 16;

Result<void> read_merchant(Config& file, MerchantConfig& config) {
  TRY(config.applicant.name, file.text("merchant.name"));
  TRY(config.applicant.email, file.text("merchant.email"));
  TRY(config.applicant.contact, file.text("merchant.contact"));
  TRY(config.applicant.telephone, file.text("merchant.telephone"));
  TRY(config.origins, file.texts("merchant.origins", {}));
  using Application = CertificateKeeper::Application;
  TRY(config.application, file.choice<Application>("merchant.apply", "automatic",
                                                   {{"automatic", Application::kByItself},
                                                    {"operator", Application::kByOperator}}));
  TRY(const auto challenge_port, file.integer("merchant.challenge_port", 0, 65535, 0));
  if (challenge_port != 0) config.applicant.challenge_port = static_cast<unsigned short>(challenge_port);
  return ok();
}

Result<void> read_gateway(Config& file, MerchantConfig& config) {
  TRY(config.address, file.text("gateway.address", "127.0.0.1"));
  TRY(const auto port, file.integer("gateway.port", 0, 65535));
  config.port = static_cast<unsigned short>(port);
  TRY(config.public_url, file.text("gateway.public_url", ""));
  TRY(const auto threads, file.integer("gateway.worker_threads", 1, 256, 32));
  config.worker_threads = static_cast<int>(threads);
  TRY(const auto lifetime, file.duration("checkouts.lifetime", std::chrono::minutes(30)));
  config.checkout_lifetime = std::chrono::duration_cast<Seconds>(lifetime);
  if (config.checkout_lifetime < std::chrono::minutes(1) || config.checkout_lifetime > std::chrono::hours(24))
    return fail(ErrorCode::kMalformed, "checkouts.lifetime: one minute to one day");
  TRY(const auto registrations, file.integer("limits.registrations_per_hour", 1, 1'000'000, 60));
  config.registrations_per_hour = static_cast<int>(registrations);
  TRY(config.authority_answer, read_limit(file, "limits.authority_answer", config.authority_answer));
  TRY(config.card_company_answer, read_limit(file, "limits.card_company_answer", config.card_company_answer));
  TRY(const auto most, file.integer("gateway.max_connections_per_address", 1, 1024, 128));
  config.max_connections_per_address = static_cast<std::size_t>(most);
  TRY(const auto retention, file.duration("registrations.retention", std::chrono::days(1826)));
  config.registration_retention = std::chrono::duration_cast<Seconds>(retention);
  if (config.registration_retention < std::chrono::days(1))
    return fail(ErrorCode::kMalformed, "registrations.retention: one day at least");
  return ok();
}

// A list of words, each of which `meaning_of` knows.
template <typename Meaning>
Result<std::vector<Meaning>> read_list(Config& file, std::string_view setting,
                                       std::vector<std::string> fallback,
                                       Result<Meaning> (*meaning_of)(std::string_view)) {
  TRY(const auto words, file.texts(setting, std::move(fallback)));
  std::vector<Meaning> meanings;
  for (const auto& word : words) {
    const auto meaning = meaning_of(word);
    if (!meaning) return fail(ErrorCode::kMalformed, std::string(setting) + ": " + word + " is not known");
    meanings.push_back(meaning.value());
  }
  return meanings;
}

Result<void> read_companies(Config& file, MerchantConfig& config) {
  for (const auto& name : file.tables("companies")) {
    const std::string table = "companies." + name;
    MerchantConfig::Company company;
    TRY(company.url, file.text(table + ".url"));
    if (!company.url.starts_with("https://"))
      return fail(ErrorCode::kMalformed, table + ".url: an https URL");
    TRY(company.subject, file.text(table + ".subject"));
    for (const auto& other : config.companies)
      if (other.subject == company.subject)
        return fail(ErrorCode::kMalformed, table + ".subject: of another company, too");
    config.companies.push_back(std::move(company));
  }
  if (config.companies.size() > kMostCompanies) return fail(ErrorCode::kMalformed, "companies: 16 at most");
  return ok();
}

Result<void> read_payment(Config& file, MerchantConfig& config) {
  using Ask = merchant::DialogueTerms::Ask;
  TRY(config.card_company_url, file.text("payment.card_company", ""));
  TRY(config.card_company_subject, file.text("payment.card_company_subject", ""));
  const bool has_company = !config.card_company_url.empty();
  if (has_company && config.card_company_subject.empty())
    return fail(ErrorCode::kMalformed, "payment.card_company_subject: needed with payment.card_company");
  TRY(config.profiles,
      read_list<documents::OrderProfile>(
          file, "payment.profiles",
          has_company ? std::vector<std::string>{"session", "plain"} : std::vector<std::string>{"direct"},
          documents::profile_of_name));
  TRY(read_companies(file, config));
  for (const auto profile : config.profiles) {
    if (profile == documents::OrderProfile::kSet) {
      if (!config.companies.empty()) continue;
      return fail(ErrorCode::kMalformed, "payment.profiles: set needs a card company, [companies.<name>]");
    }
    if (profile != documents::OrderProfile::kDirect && !has_company)
      return fail(ErrorCode::kMalformed, "payment.profiles: plain and session need payment.card_company");
  }
  if (config.profiles.empty()) return fail(ErrorCode::kMalformed, "payment.profiles: empty");
  TRY(config.dialogue.payment,
      file.choice<Ask>("payment.ask", "at-once",
                       {{"at-once", Ask::kAtOnce}, {"separately", Ask::kSeparately}}));
  TRY(config.dialogue.methods, read_list<documents::PaymentMethod>(
                                   file, "payment.methods", {"card", "account"}, documents::method_of_name));
  if (config.dialogue.methods.empty()) return fail(ErrorCode::kMalformed, "payment.methods: empty");
  TRY(config.seals_payments, file.boolean("payment.seal", false));
  TRY(config.fields,
      read_list<documents::RequestedField>(file, "information.fields", {}, documents::field_of_name));
  return ok();
}

Result<void> read_webhooks(Config& file, MerchantConfig& config) {
  TRY(config.webhook_url, file.text("webhooks.url", ""));
  TRY(config.webhook_secret_file, file.file("webhooks.secret_file", ""));
  TRY(config.webhook_addresses, read_address_policy(file, "webhooks.addresses", "public"));
  if (!config.webhook_url.empty() && config.webhook_secret_file.empty())
    return fail(ErrorCode::kMalformed, "webhooks.secret_file: needed with webhooks.url");
  return ok();
}

Result<void> read_shop(Config& file, MerchantConfig& config) {
  TRY(config.shop_catalogue, file.file("shop.catalogue", ""));
  TRY(config.shop_pictures, file.file("shop.pictures", ""));
  if (!config.shop_catalogue.empty() && config.shop_pictures.empty())
    return fail(ErrorCode::kMalformed, "shop.pictures: needed with shop.catalogue");
  TRY(const auto partners, file.texts("shop.partners", {}));
  for (const auto& seller : partners) {
    MerchantConfig::Partner partner{seller, "", {}};
    const std::string gateway = "partners." + seller + ".gateway";
    TRY(partner.gateway, file.text(gateway));
    if (!documents::is_https_origin(partner.gateway))
      return fail(ErrorCode::kMalformed,
                  gateway + ": an https origin and nothing after it, such as https://shop.example:8443");
    TRY(partner.api_key, file.file("partners." + seller + ".api_key_file"));
    config.shop_partners.push_back(std::move(partner));
  }
  TRY(config.partner_addresses, read_address_policy(file, "shop.partner_addresses", "public"));
  return ok();
}

Result<void> read_purchasing(Config& file, MerchantConfig& config) {
  TRY(config.buys, file.boolean("purchasing.enabled", false));
  TRY(const auto free, file.texts("purchasing.free_up_to", {}));
  auto approval = enterprise::parse_approval_policy(free);
  if (!approval) return fail(ErrorCode::kMalformed, "purchasing.free_up_to: " + approval.error().detail);
  config.approval = std::move(approval).value();
  TRY(config.purchase_lifetime, read_delay(file, "purchasing.lifetime", config.purchase_lifetime));
  if (config.purchase_lifetime > std::chrono::days(30))
    return fail(ErrorCode::kMalformed, "purchasing.lifetime: one minute to 30 days");
  TRY(config.seller_addresses, read_address_policy(file, "purchasing.seller_addresses", "public"));
  return ok();
}

}  // namespace

Result<MerchantConfig> load_config(const std::filesystem::path& path) {
  TRY(auto file, Config::load(path));
  MerchantConfig config;
  TRY(read_merchant(file, config));
  TRY(read_gateway(file, config));
  TRY(read_payment(file, config));
  TRY(read_webhooks(file, config));
  TRY(read_shop(file, config));
  TRY(read_purchasing(file, config));
  TRY(config.root, file.file("network.root"));
  TRY(config.authority_url, file.text("authority.service_url"));
  TRY(config.folder, file.file("storage.folder"));
  TRY(config.passphrase_file, file.file("keys.passphrase_file"));
  TRY(config.log_level, read_log_level(file, "info"));
  TRY(file.finish());
  return config;
}

}  // namespace countersign::app
