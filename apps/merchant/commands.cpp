// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <fmt/format.h>

#include <memory>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/api_keys.h"
#include "merchant/capture_store.h"
#include "merchant/checkout_store.h"
#include "merchant/registration_erasure.h"
#include "merchant/registration_store.h"
#include "merchant/webhook_store.h"
#include "storage/passphrase.h"
#include "storage/secret_folder.h"
#include "store.h"
#include "x509/origins.h"

namespace countersign::app {
namespace {

constexpr int kListed = 500;

// What a subcommand takes from the command line; lives as long as the program.
struct Arguments {
  std::string label, id, email;
};

Result<void> initialize(const MerchantConfig& config) {
  TRY(const auto passphrase, storage::read_passphrase(config.passphrase_file));
  TRY(merchant::Identity::create(config.folder / "identity", passphrase));
  TRY(const auto secrets, storage::SecretFolder::open(config.folder / "secrets"));
  TRY(secrets.load_or_create("tokens", 32));
  if (!config.webhook_secret_file.empty() && !std::filesystem::exists(config.webhook_secret_file)) {
    TRY(storage::write_file(config.webhook_secret_file, as_bytes(crypto::random_token() + "\n"),
                            storage::FileMode::kPrivate));
  }
  TRY(open_store(config));
  fmt::print("Made the gateway's key in {}.\n", (config.folder / "identity").string());
  return ok();
}

// The applicant of a command that runs beside `serve`; what it needs lives as long as it.
struct OwnApplicant {
  SystemClock clock;
  std::unique_ptr<merchant::Identity> identity;
  std::optional<merchant::NetworkView> network;
  std::unique_ptr<merchant::AuthorityClient> authority;
  std::unique_ptr<merchant::Applicant> applicant;
};

Result<std::unique_ptr<OwnApplicant>> open_applicant(const MerchantConfig& config) {
  auto own = std::make_unique<OwnApplicant>();
  TRY(own->identity, open_identity(config));
  TRY(own->network, find_network(config, *own->identity, own->clock));
  TRY(own->authority, merchant::AuthorityClient::create(*own->network, config.authority_answer));
  if (const auto signer = own->identity->signer()) {
    TRY(own->authority->identify(*signer));
  }
  auto profile = config.applicant;
  TRY(profile.names,
      x509::names_of_origins(config.origins.empty() ? std::vector{config.public_url} : config.origins));
  own->applicant =
      std::make_unique<merchant::Applicant>(config.folder / "identity", std::move(profile), *own->identity,
                                            *own->authority, *own->network, own->clock);
  return own;
}

Result<void> apply(const MerchantConfig& config) {
  TRY(const auto own, open_applicant(config));
  TRY(own->applicant->submit());
  fmt::print("Applied. The running gateway answers the challenge and installs the certificate.\n");
  return ok();
}

Result<void> renew(const MerchantConfig& config) {
  TRY(const auto own, open_applicant(config));
  TRY(own->applicant->renew());
  fmt::print("Renewed. The running gateway takes it over within seconds.\n");
  return ok();
}

Result<void> create_key(const MerchantConfig& config, const std::string& label) {
  TRY(const auto database, open_store(config));
  TRY(const auto created, merchant::create_api_key(*database, label, SystemClock().now()));
  fmt::print("{}\n", created.text);
  return ok();
}

Result<void> list_keys(const MerchantConfig& config) {
  TRY(const auto database, open_store(config));
  TRY(const auto keys, merchant::list_api_keys(*database));
  for (const auto& key : keys)
    fmt::print("{}  {}  {}  {}\n", key.id, format_time(key.created),
               key.revoked ? "revoked " + format_time(*key.revoked) : "valid", key.label);
  return ok();
}

Result<void> revoke_key(const MerchantConfig& config, const std::string& id) {
  TRY(const auto database, open_store(config));
  return merchant::revoke_api_key(*database, id, SystemClock().now());
}

Result<void> list_checkouts(const MerchantConfig& config) {
  TRY(const auto database, open_store(config));
  return database->read([](storage::Reader& reader) -> Result<void> {
    TRY(const auto checkouts, merchant::list_checkouts(reader, "", kListed));
    for (const auto& checkout : checkouts)
      fmt::print("{}  {}  {:<10}  {}  {}\n", checkout.id, format_time(checkout.created),
                 merchant::checkout_state_name(checkout.state), format_amount(checkout.total),
                 checkout.reference);
    return ok();
  });
}

Result<void> list_webhooks(const MerchantConfig& config) {
  TRY(const auto database, open_store(config));
  return database->read([](storage::Reader& reader) -> Result<void> {
    TRY(const auto webhooks, merchant::list_webhooks(reader, "", kListed));
    for (const auto& webhook : webhooks) {
      const auto state = webhook.next_attempt ? "waiting" : webhook.delivered ? "delivered" : "given up";
      fmt::print("{}  {}  {:<20}  {:<9}  {} tries  {}\n", webhook.id, format_time(webhook.created),
                 webhook.event, state, webhook.attempts, webhook.last_error);
    }
    return ok();
  });
}

Result<void> replay_webhook(const MerchantConfig& config, const std::string& id) {
  TRY(const auto database, open_store(config));
  return database->write([&](storage::Transaction& transaction) {
    return merchant::replay_webhook(transaction, id, SystemClock().now());
  });
}

Result<void> list_captures(const MerchantConfig& config, const std::string& after) {
  TRY(const auto database, open_store(config));
  return database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto captures, merchant::list_uncaptured(reader, after, kListed));
    for (const auto& capture : captures)
      fmt::print("{}  {:<7}  {} tries  {}\n", capture.order_id, merchant::capture_state_name(capture.state),
                 capture.attempts, capture.last_error);
    return ok();
  });
}

Result<void> retry_capture(const MerchantConfig& config, const std::string& order) {
  TRY(const auto database, open_store(config));
  return database->write([&](storage::Transaction& transaction) {
    return merchant::retry_capture(transaction, order, SystemClock().now());
  });
}

Result<void> list_consents(const MerchantConfig& config, const std::string& after) {
  TRY(const auto database, open_store(config));
  return database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto consents, merchant::list_consents(reader, after, kListed));
    for (const auto& consent : consents)
      fmt::print("{}  given {}  {}\n", consent.id, format_time(consent.given), consent.enrolment);
    return ok();
  });
}

// The digest is that of the signed consent, so that a copy which somebody shows can be told from any other.
Result<void> show_consent(const MerchantConfig& config, const std::string& id) {
  TRY(const auto database, open_store(config));
  return database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto consent, merchant::find_consent(reader, id));
    if (!consent) return fail(ErrorCode::kNotFound, "consents: no such id");
    TRY(const auto erased, merchant::find_erased_consent(reader, id));
    const Bytes digest = erased ? erased->document_digest : to_bytes(crypto::sha256(consent->document));
    fmt::print("{}  given {}  {}\nSHA-256 of the signed consent: {}\n", id, format_time(consent->given),
               erased ? "erased " + format_time(erased->erased) : "kept", hex_encode(digest));
    return ok();
  });
}

Result<void> erase(const MerchantConfig& config, const std::string& email) {
  TRY(const auto database, open_store(config));
  TRY(const int erased, merchant::erase_registrations_of(*database, email, SystemClock().now()));
  fmt::print("Erased {} registration(s). Confirmations stay verifiable. The authority erases on its own.\n",
             erased);
  return ok();
}

}  // namespace

void add_commands(CLI::App& app, Command& command) {
  add_purchase_commands(app, command);
  const auto arguments = std::make_shared<Arguments>();
  add_leaf(app, "init", "Make the gateway's key and its folders.", command, initialize);
  add_leaf(app, "apply", "Apply to the authority for the gateway's certificate.", command, apply);
  add_leaf(app, "renew", "Renew the certificate now, with a new key.", command, renew);
  add_leaf(app, "serve", "Run the gateway.", command, serve);

  add_leaf(app, "erase", "Erase a customer's registrations; evidence of purchases stays.", command,
           [arguments](const MerchantConfig& config) { return erase(config, arguments->email); })
      ->add_option("--email", arguments->email, "The customer's address.")
      ->required();

  auto* consents = app.add_subcommand("consents", "Signed consents of customers.")->require_subcommand(1);
  add_leaf(*consents, "list", "List those kept, in order of id.", command,
           [arguments](const MerchantConfig& config) { return list_consents(config, arguments->id); })
      ->add_option("--after", arguments->id, "Go on behind this id.");
  add_leaf(*consents, "show", "Show when one was given and erased, and its digest.", command,
           [arguments](const MerchantConfig& config) { return show_consent(config, arguments->id); })
      ->add_option("id", arguments->id, "The consent's id.")
      ->required();

  auto* keys = app.add_subcommand("keys", "API keys of shops.")->require_subcommand(1);
  add_leaf(*keys, "create", "Make a key and print it, this once.", command,
           [arguments](const MerchantConfig& config) { return create_key(config, arguments->label); })
      ->add_option("label", arguments->label, "Whose key it is.")
      ->required();
  add_leaf(*keys, "list", "List keys.", command, list_keys);
  add_leaf(*keys, "revoke", "Revoke a key, effective with the next request.", command,
           [arguments](const MerchantConfig& config) { return revoke_key(config, arguments->id); })
      ->add_option("id", arguments->id, "The key's id.")
      ->required();

  auto* checkouts = app.add_subcommand("checkouts", "Checkouts.")->require_subcommand(1);
  add_leaf(*checkouts, "list", "List the newest.", command, list_checkouts);

  auto* captures =
      app.add_subcommand("captures", "Confirmed split payments to be captured.")->require_subcommand(1);
  add_leaf(*captures, "list", "List those that wait or failed, in order of the orders' ids.", command,
           [arguments](const MerchantConfig& config) { return list_captures(config, arguments->id); })
      ->add_option("--after", arguments->id, "Go on behind this order's id.");
  add_leaf(*captures, "retry", "Try one that failed again.", command,
           [arguments](const MerchantConfig& config) { return retry_capture(config, arguments->id); })
      ->add_option("--order", arguments->id, "The order's id.")
      ->required();

  auto* webhooks = app.add_subcommand("webhooks", "Events sent to the shop.")->require_subcommand(1);
  add_leaf(*webhooks, "list", "List the newest.", command, list_webhooks);
  add_leaf(*webhooks, "replay", "Send one again.", command,
           [arguments](const MerchantConfig& config) { return replay_webhook(config, arguments->id); })
      ->add_option("id", arguments->id, "The event's id.")
      ->required();
}

}  // namespace countersign::app
