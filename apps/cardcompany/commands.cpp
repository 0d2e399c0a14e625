// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <iostream>

#include "cardcompany/account_secret.h"
#include "crypto/secret_line.h"
#include "storage/file.h"
#include "storage/passphrase.h"
#include "storage/secret_folder.h"
#include "x509/hosts.h"
#include "x509/pkcs10.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLongestNumber = 40;
constexpr int kShown = 1000;

struct Options {
  std::string request, agreement_request, host;        // init
  std::string holder, expiry, bank, currency = "KRW";  // accounts add
  std::int64_t limit = 0;
  std::string id, purchaser;
  bool json = false;
};

struct KeyFiles {
  std::filesystem::path key, request;
};

Result<void> make_key(const KeyFiles& files, const x509::Name& subject, const x509::AlternativeNames& names,
                      const crypto::SecretBytes& passphrase) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const auto request, x509::make_pkcs10(subject, names, key));
  TRY(const auto pem, crypto::encrypt_private_key(key, passphrase));
  TRY(storage::write_file(files.key, as_bytes(pem), storage::FileMode::kPrivate));
  return storage::write_file(files.request, request, storage::FileMode::kPublic);
}

Result<void> initialize(const CardCompanyConfig& config, const Options& options) {
  TRY(storage::make_private_folder(config.folder));
  for (const auto& key : {config.key(), config.agreement_key()})
    if (std::filesystem::exists(key)) return fail(ErrorCode::kConflict, key.string() + ": exists already");
  TRY(const auto passphrase, storage::read_passphrase(config.passphrase_file));
  TRY(const auto secrets, storage::SecretFolder::open(config.secrets()));
  // An init that was cut off may have made it, and wrapped it.
  if (!std::filesystem::exists(config.wrapped_account_secret())) {
    TRY(secrets.load_or_create(kAccountSecret, cardcompany::kAccountSecretSize));
  }
  if (!config.account_key.empty()) {
    TRY(wrap_account_secret(config));
  }
  x509::AlternativeNames names;
  (x509::ip_octets(options.host) ? names.ip : names.dns) = {options.host};
  TRY(const auto subject, x509::Name::from_text("CN=" + config.name));
  TRY(make_key({config.key(), options.request}, subject, names, passphrase));
  TRY(make_key({config.agreement_key(), options.agreement_request}, subject, {}, passphrase));
  fmt::print(
      "{}, {}: have them certified with `countersign-authority card-companies issue`, and store the answers "
      "as "
      "{}, {}\n",
      options.request, options.agreement_request, config.certificate.string(),
      config.agreement_certificate.string());
  return ok();
}

// A number never stands on a command line, where every user of the machine can read it.
Result<crypto::SecretBytes> read_number() {
  if (::isatty(STDIN_FILENO) == 1) std::cerr << "Number: ";
  auto number = crypto::read_secret_line(STDIN_FILENO, kLongestNumber);
  if (!number) return fail(number.error().code, "number, on standard input: " + number.error().detail);
  return number;
}

Result<void> add_account(const CardCompanyConfig& config, const Options& options) {
  TRY(const auto books, open_books(config));
  TRY(auto number, read_number());
  cardcompany::NewAccount account{documents::CardData{std::move(number), options.expiry, options.holder},
                                  {options.limit, options.currency}};
  if (!options.bank.empty()) {
    auto& card = std::get<documents::CardData>(account.means);
    account.means = documents::AccountData{options.bank, std::move(card.number), options.holder};
  }
  TRY(const auto id, books.accounts->add(account, SystemClock().now()));
  fmt::print("{}\n", id);
  return ok();
}

void print_account(const cardcompany::Account& account, const Options& options) {
  const std::string& currency = account.limit.currency;
  if (options.json) {
    boost::json::object object{{"id", account.id},
                               {"method", documents::method_name(account.method)},
                               {"number", "…" + account.last_digits},
                               {"holder", account.holder},
                               {"currency", currency},
                               {"limit", account.limit.minor_units},
                               {"held", account.held},
                               {"owed", account.owed},
                               {"blocked", account.is_blocked}};
    object["purchaser"] = nullptr;
    if (!account.purchaser.empty()) object["purchaser"] = account.purchaser;
    fmt::print("{}\n", documents::write_json(object));
    return;
  }
  fmt::print("{}  {:7}  …{}  {}  limit {}  held {}  owed {}{}{}\n", account.id,
             documents::method_name(account.method), account.last_digits, account.holder,
             format_amount(account.limit), format_amount({account.held, currency}),
             format_amount({account.owed, currency}), account.is_blocked ? "  blocked" : "",
             account.purchaser.empty() ? "" : "  purchaser " + account.purchaser);
}

Result<void> list_accounts(const CardCompanyConfig& config, const Options& options) {
  TRY(const auto books, open_books(config));
  std::string after;
  for (;;) {
    TRY(const auto accounts, books.accounts->list(after, kShown));
    for (const auto& account : accounts) {
      print_account(account, options);
      after = account.id;
    }
    if (accounts.size() < kShown) return ok();
  }
}

void add_binding_commands(CLI::App& accounts, const std::shared_ptr<Options>& options, Command& command) {
  CLI::App* bind =
      add_leaf(accounts, "bind", "Let a purchaser, and nobody else, pay with it in split payments", command,
               [options](const CardCompanyConfig& config) -> Result<void> {
                 TRY(const auto books, open_books(config));
                 return books.accounts->bind(options->id, options->purchaser);
               });
  bind->add_option("--id", options->id, "Of `accounts list`")->required();
  bind->add_option("--purchaser", options->purchaser,
                   "Subject of the purchaser's certificate: UID=…,OU=purchasers,OU=seoul-1,OU=kr,O=…")
      ->required();
  add_leaf(accounts, "unbind", "Let nobody pay with it in split payments", command,
           [options](const CardCompanyConfig& config) -> Result<void> {
             TRY(const auto books, open_books(config));
             return books.accounts->unbind(options->id);
           })
      ->add_option("--id", options->id, "Of `accounts list`")
      ->required();
}

void add_account_commands(CLI::App& app, const std::shared_ptr<Options>& options, Command& command) {
  CLI::App* accounts = app.add_subcommand("accounts", "Cards and bank accounts");
  accounts->require_subcommand(1);
  accounts->fallthrough();
  CLI::App* add =
      add_leaf(*accounts, "add", "Open one; its number is read from standard input", command,
               [options](const CardCompanyConfig& config) { return add_account(config, *options); });
  add->add_option("--holder", options->holder, "Name of the holder")->required();
  add->add_option("--limit", options->limit, "Credit limit or balance, in minor units")->required();
  add->add_option("--currency", options->currency, "ISO 4217 code");
  auto* expiry = add->add_option("--expiry", options->expiry, "Of a card: YYYY-MM");
  auto* bank = add->add_option("--bank", options->bank, "Of a bank account: the bank");
  expiry->excludes(bank);
  add_leaf(*accounts, "list", "Show all, numbers masked", command,
           [options](const CardCompanyConfig& config) { return list_accounts(config, *options); })
      ->add_flag("--json", options->json, "One object a line");
  CLI::App* limit = add_leaf(*accounts, "limit", "Set the limit, also below what is used", command,
                             [options](const CardCompanyConfig& config) -> Result<void> {
                               TRY(const auto books, open_books(config));
                               return books.accounts->set_limit(options->id, options->limit);
                             });
  limit->add_option("--id", options->id, "Of `accounts list`")->required();
  limit->add_option("--limit", options->limit, "Credit limit or balance, in minor units")->required();
  add_leaf(*accounts, "wrap-secret", "Seal what opens the numbers to the key that keys.account_key names",
           command, wrap_account_secret);
  const auto add_use = [&](const char* name, const char* help, cardcompany::AccountStore::Use use) {
    add_leaf(*accounts, name, help, command,
             [options, use](const CardCompanyConfig& config) -> Result<void> {
               TRY(const auto books, open_books(config));
               return books.accounts->set_use(options->id, use);
             })
        ->add_option("--id", options->id, "Of `accounts list`")
        ->required();
  };
  add_use("block", "Decline all payments from now on", cardcompany::AccountStore::Use::kBlocked);
  add_use("unblock", "Permit payments again", cardcompany::AccountStore::Use::kPermitted);
  add_binding_commands(*accounts, options, command);
}

}  // namespace

void add_commands(CLI::App& app, Command& command) {
  app.require_subcommand(0, 1);
  app.fallthrough();
  const auto options = std::make_shared<Options>();
  CLI::App* init =
      add_leaf(app, "init", "Make both keys, and a request for a certificate of each", command,
               [options](const CardCompanyConfig& config) { return initialize(config, *options); });
  init->add_option("--request", options->request, "File for the PKCS#10 of the key that signs, DER")
      ->required();
  init->add_option("--agreement-request", options->agreement_request,
                   "File for the PKCS#10 of the key that payment instructions are sealed to, DER")
      ->required();
  init->add_option("--host", options->host, "How merchants reach the service: DNS name or address")
      ->required();
  add_leaf(app, "serve", "Answer merchants until SIGTERM", command, serve);
  add_account_commands(app, options, command);
  add_ledger_commands(app, command);
}

}  // namespace countersign::app
