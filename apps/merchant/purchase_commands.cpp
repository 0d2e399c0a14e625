// SPDX-License-Identifier: Apache-2.0
// purchasing, purchase-credentials, purchase-orders: an enterprise that buys. What is decided here is carried
// out by the running gateway.
#include <fmt/format.h>

#include <memory>

#include "base/log.h"
#include "commands.h"
#include "crypto/secret.h"
#include "documents/json.h"
#include "purchasing.h"
#include "storage/file.h"
#include "storage/passphrase.h"
#include "store.h"

namespace countersign::app {
namespace {

constexpr int kListed = 500;
constexpr std::size_t kLargestRequest = 16 << 10;

struct PurchaseArguments {
  std::string id, name, digest, reason, state, after, key;
  std::string credential_file, request_file;
  bool may_ask = false, may_approve = false, is_software = false;
};

// The store with its purchase orders.
struct OpenBook {
  SystemClock clock;
  std::unique_ptr<storage::Database> database;
  std::optional<enterprise::PurchaseBook> book;
};
Result<std::unique_ptr<OpenBook>> open_book(const MerchantConfig& config) {
  auto open = std::make_unique<OpenBook>();
  TRY(open->database, open_store(config));
  TRY(open->book, open_purchase_book(config, *open->database, open->clock));
  return open;
}

// Whose act it is. It keeps nobody out who has the gateway's shell: `purchase-credentials create` asks for no
// credential, so that who makes credentials is to be trusted, and each one made is logged.
Result<enterprise::Credential> caller_of(OpenBook& open, const PurchaseArguments& arguments) {
  TRY(const auto text, storage::read_passphrase(arguments.credential_file));
  return enterprise::verify_credential(*open.database, as_text(text.reveal(crypto::SecretAccess())));
}

Result<void> require_buying(const MerchantConfig& config) {
  if (config.buys) return ok();
  return fail(ErrorCode::kForbidden, "this gateway buys nothing: purchasing.enabled");
}

Result<void> show_certificate(const MerchantConfig& config) {
  TRY(require_buying(config));
  TRY(const auto identity, open_purchasing_identity(config));
  const auto signer = identity->signer();
  if (!signer) return fail(ErrorCode::kNotFound, "no purchasing certificate yet");
  fmt::print("{}\n  serial {}, until {}\n", signer->certificate.subject().text(),
             signer->certificate.serial().hex(), format_time(signer->certificate.not_after()));
  return ok();
}

Result<void> renew_certificate(const MerchantConfig& config) {
  TRY(require_buying(config));
  const SystemClock clock;
  TRY(const auto merchant, open_identity(config));
  TRY(const auto purchasing, open_purchasing_identity(config));
  TRY(const auto network, find_network(config, *merchant, clock));
  TRY(const auto access, enterprise::HttpPurchasingAccess::create(network, config.authority_answer));
  enterprise::PurchasingCertificate certificate(*purchasing, *merchant, network, *access, clock);
  TRY(const bool is_installed, certificate.obtain());
  fmt::print("{}\n", is_installed ? "Issued. The running gateway takes it over within seconds."
                                  : "Applied. An operator of the data centre decides.");
  return ok();
}

Result<void> create_credential(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(const auto created,
      enterprise::create_credential(
          *open->database, arguments.name,
          arguments.is_software ? enterprise::Bearer::kSoftware : enterprise::Bearer::kPerson,
          {arguments.may_ask, arguments.may_approve}, open->clock.now()));
  const auto& credential = created.credential;
  log_event(LogLevel::kInfo, "purchase_credential_created",
            {{"credential", credential.id},
             {"bearer", arguments.is_software ? "software" : "person"},
             {"ask", credential.rights.ask ? "yes" : "no"},
             {"approve", credential.rights.approve ? "yes" : "no"}});
  fmt::print("{}\n", created.text);
  return ok();
}

Result<void> list_credentials(const MerchantConfig& config) {
  TRY(const auto open, open_book(config));
  TRY(const auto credentials, enterprise::list_credentials(*open->database));
  for (const auto& one : credentials)
    fmt::print("{}  {}  {:<8} {:<3} {:<7}  {}  {}\n", one.id, format_time(one.created),
               one.bearer == enterprise::Bearer::kSoftware ? "software" : "person",
               one.rights.ask ? "ask" : "", one.rights.approve ? "approve" : "",
               one.revoked ? "revoked " + format_time(*one.revoked) : "valid", one.name);
  return ok();
}

Result<void> revoke_credential(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(enterprise::revoke_credential(*open->database, arguments.id, open->clock.now()));
  log_event(LogLevel::kInfo, "purchase_credential_revoked", {{"credential", arguments.id}});
  return ok();
}

Result<void> list_orders(const MerchantConfig& config, const PurchaseArguments& arguments) {
  std::optional<enterprise::PurchaseState> state;
  if (!arguments.state.empty()) {
    state = enterprise::state_of_name(arguments.state);
    if (!state) return fail(ErrorCode::kMalformed, "--state: no such state");
  }
  TRY(const auto open, open_book(config));
  TRY(const auto orders, open->book->list(state, arguments.after, kListed));
  for (const auto& order : orders)
    fmt::print("{}  {}  {:<17}  {}  {}  {}\n", order.id, format_time(order.created), state_name(order.state),
               format_amount(order.request.total), order.request.merchant, order.code);
  if (orders.size() == kListed) fmt::print("more: --after {}\n", orders.back().id);
  return ok();
}

Result<void> show_order(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(const auto view, open->book->find(arguments.id));
  TRY(const auto description, enterprise::describe_purchase(view));
  fmt::print("{}\n", documents::write_json(description));
  return ok();
}

Result<void> ask_for_order(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(require_buying(config));
  TRY(const auto open, open_book(config));
  TRY(const auto caller, caller_of(*open, arguments));
  TRY(const auto body, storage::read_file(arguments.request_file, kLargestRequest));
  TRY(const auto request, enterprise::read_purchase_request(body, arguments.key, caller));
  TRY(const auto order, open->book->ask(request));
  fmt::print("{}\n", order.id);
  return ok();
}

Result<void> approve_order(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(const auto caller, caller_of(*open, arguments));
  TRY(const auto bytes, hex_decode(arguments.digest));
  Sha256Digest digest{};
  if (bytes.size() != digest.size()) return fail(ErrorCode::kMalformed, "--digest: 64 hexadecimal digits");
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  TRY(open->book->approve(arguments.id, caller, digest));
  TRY(const auto view, open->book->find(arguments.id));
  fmt::print("{}\n", state_name(view.order.state));
  return ok();
}

Result<void> reject_order(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(const auto caller, caller_of(*open, arguments));
  return open->book->reject(arguments.id, caller, arguments.reason);
}

Result<void> withdraw_order(const MerchantConfig& config, const PurchaseArguments& arguments) {
  TRY(const auto open, open_book(config));
  TRY(const auto caller, caller_of(*open, arguments));
  return open->book->withdraw(arguments.id, enterprise::requester_of(caller));
}

using Arguments = std::shared_ptr<PurchaseArguments>;

void add_credentials(CLI::App& app, const Arguments& arguments, Command& command) {
  auto* credentials =
      app.add_subcommand("purchase-credentials", "Who may ask for purchase orders and approve them.")
          ->require_subcommand(1);
  auto* create =
      add_leaf(*credentials, "create", "Make a credential and print it, this once.", command,
               [arguments](const MerchantConfig& config) { return create_credential(config, *arguments); });
  create->add_option("name", arguments->name, "Whose it is; the same name for all of one person.")
      ->required();
  create->add_flag("--software", arguments->is_software,
                   "A program bears it, and names the person it asks for.");
  create->add_flag("--ask", arguments->may_ask, "May ask for purchase orders.");
  create->add_flag("--approve", arguments->may_approve, "May approve and reject those of others.");
  add_leaf(*credentials, "list", "List credentials.", command, list_credentials);
  add_leaf(*credentials, "revoke",
           "Revoke a credential; what it approved and is not signed yet counts no more.", command,
           [arguments](const MerchantConfig& config) { return revoke_credential(config, *arguments); })
      ->add_option("id", arguments->id, "The credential's id.")
      ->required();
}

CLI::App* add_decision(CLI::App& group, const Arguments& arguments, const char* name, const char* help,
                       Command& command,
                       Result<void> (*work)(const MerchantConfig&, const PurchaseArguments&)) {
  auto* leaf = add_leaf(group, name, help, command,
                        [arguments, work](const MerchantConfig& config) { return work(config, *arguments); });
  leaf->add_option("--credential-file", arguments->credential_file,
                   "File with the credential of who decides.")
      ->required();
  return leaf;
}

void add_orders(CLI::App& app, const Arguments& arguments, Command& command) {
  auto* orders = app.add_subcommand("purchase-orders", "What the enterprise orders.")->require_subcommand(1);
  auto* list =
      add_leaf(*orders, "list", "List the newest.", command,
               [arguments](const MerchantConfig& config) { return list_orders(config, *arguments); });
  list->add_option("--state", arguments->state, "Those in this state alone, such as awaiting_approval.");
  list->add_option("--after", arguments->after, "Go on behind this id.");
  add_leaf(*orders, "show", "Show one with lines, digest, approvals and evidence, as JSON.", command,
           [arguments](const MerchantConfig& config) { return show_order(config, *arguments); })
      ->add_option("id", arguments->id, "The purchase order's id.")
      ->required();
  auto* ask = add_decision(*orders, arguments, "ask", "Ask for one; prints its id.", command, ask_for_order);
  ask->add_option("--request", arguments->request_file, "File with the JSON that the API takes.")->required();
  ask->add_option("--key", arguments->key, "The same key is the same purchase order.")->required();
  auto* approve =
      add_decision(*orders, arguments, "approve", "Approve these very bytes.", command, approve_order);
  approve->add_option("id", arguments->id, "The purchase order's id.")->required();
  approve->add_option("--digest", arguments->digest, "Digest of the order, as `show` says.")->required();
  auto* reject = add_decision(*orders, arguments, "reject", "Reject one for good.", command, reject_order);
  reject->add_option("id", arguments->id, "The purchase order's id.")->required();
  reject->add_option("--reason", arguments->reason, "Why.")->required();
  auto* withdraw = add_decision(*orders, arguments, "withdraw", "Withdraw one's own before it is signed.",
                                command, withdraw_order);
  withdraw->add_option("id", arguments->id, "The purchase order's id.")->required();
}

}  // namespace

void add_purchase_commands(CLI::App& app, Command& command) {
  const auto arguments = std::make_shared<PurchaseArguments>();
  auto* purchasing = app.add_subcommand("purchasing", "The certificate that the enterprise buys with.")
                         ->require_subcommand(1);
  add_leaf(*purchasing, "show", "Show it.", command, show_certificate);
  add_leaf(*purchasing, "renew", "Apply for it, or renew it now with a new key.", command, renew_certificate);
  add_credentials(app, arguments, command);
  add_orders(app, arguments, command);
}

}  // namespace countersign::app
