// SPDX-License-Identifier: Apache-2.0
// keys: the keys under which the authority works, and their change.
#include <fmt/format.h>

#include <iostream>

#include "authority/issuing/key_rollover.h"
#include "card/card.h"
#include "commands.h"
#include "program.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

struct KeyOptions {
  std::string service, token_uri, out, certificate, id;
  bool leaked = false;
};

// What a change of keys works with.
struct KeyWork {
  AuthorityConfig config;
  std::unique_ptr<Authority> authority;
  authority::DataCentrePlan plan;
  authority::KeyShelf shelf;

  authority::KeyRollover rollover() const {
    return authority::KeyRollover({*authority->context, plan, shelf, operator_name()});
  }
};

Result<KeyWork> open_keys(const std::string& config_file) {
  TRY(AuthorityConfig config, load_config(config_file));
  TRY(auto authority, open_authority(config, ExpiredServices::kTolerated));
  TRY(auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  authority::DataCentrePlan plan = config.plan();
  authority::KeyShelf shelf{config.certificates, std::move(passphrase), card::load_token_key};
  return KeyWork{std::move(config), std::move(authority), std::move(plan), std::move(shelf)};
}

void print_key(std::string_view kind, std::string_view state, const x509::Certificate& certificate) {
  std::cout << fmt::format("{:<13} {}  {:<8} until {}\n", kind, authority::key_id(certificate.public_key()),
                           state, format_time(certificate.not_after()));
}

Result<void> list(const std::string& config_file) {
  TRY(const KeyWork work, open_keys(config_file));
  const authority::AuthorityKeys& keys = work.authority->keys;
  print_key("ca", "in use", keys.ca.certificate);
  for (const authority::ServiceKind& kind : authority::service_kinds())
    if (const auto* certificate = authority::certificate_in_use(keys, kind))
      print_key(kind.name, "in use", *certificate);
  for (const authority::EarlierCa& each : keys.earlier) {
    print_key("ca", each.key ? "earlier" : "no key", each.certificate);
    if (each.ocsp) print_key("  its ocsp", "earlier", each.ocsp->certificate);
  }
  return ok();
}

Result<void> roll_over(const std::string& config_file, const KeyOptions& options) {
  TRY(const KeyWork work, open_keys(config_file));
  for (const authority::ServiceKind& kind : authority::service_kinds()) {
    if (kind.name != options.service) continue;
    TRY(const auto made, work.rollover().roll_over_service(kind, options.token_uri));
    for (const x509::Certificate& certificate : made)
      std::cout << fmt::format("{}\n  key {}, serial {}, until {}\n", certificate.subject().text(),
                               authority::key_id(certificate.public_key()), certificate.serial().hex(),
                               format_time(certificate.not_after()));
    std::cout << "Restart the server: it takes the new key then.\n";
    return ok();
  }
  return fail(ErrorCode::kMalformed, "keys roll-over: ocsp, confirmation, tls or time-stamp");
}

Result<void> request_ca(const std::string& config_file, const KeyOptions& options) {
  TRY(const KeyWork work, open_keys(config_file));
  TRY(const Bytes request, work.rollover().request_ca(options.token_uri));
  TRY(storage::write_file(options.out, request, storage::FileMode::kPublic));
  std::cout
      << "request of the next CA key in " << options.out
      << "\nNow: network certify-ca --request, where the root is; then a map that names both CA keys.\n";
  return ok();
}

// The CAs that the map in force names for us; without a map none.
Result<std::vector<x509::Certificate>> mapped_cas(const KeyWork& work) {
  TRY(const auto kept, open_kept_map(work.config, work.authority->store->clock));
  const auto view = kept->current();
  if (!view) return fail(view.error(), "network map");
  const auto* const own = documents::find_data_centre(view.value()->map, work.authority->keys.data_centre);
  if (own == nullptr) return std::vector<x509::Certificate>();
  return own->ca_certificates;
}

Result<void> take_ca(const std::string& config_file, const KeyOptions& options) {
  TRY(const KeyWork work, open_keys(config_file));
  TRY(const x509::Certificate ca, authority::read_certificate(options.certificate));
  TRY(const auto mapped, mapped_cas(work));
  TRY(work.rollover().take_ca(ca, mapped));
  std::cout << fmt::format(
      "CA key {}, until {}\nRestart the server now: what is issued from here on is of this "
      "key.\n",
      authority::key_id(ca.public_key()), format_time(ca.not_after()));
  return ok();
}

Result<void> retire_ca(const std::string& config_file, const KeyOptions& options) {
  using Reason = authority::KeyRollover::Reason;
  TRY(const KeyWork work, open_keys(config_file));
  TRY(work.rollover().retire_ca(options.id, options.leaked ? Reason::kLeaked : Reason::kAllHasEnded));
  std::cout << "Restart the server: certificates of that CA key are unknown from then on.\n";
  return ok();
}

Result<void> destroy(const std::string& config_file, const KeyOptions& options) {
  TRY(const KeyWork work, open_keys(config_file));
  TRY(const std::filesystem::path file, work.rollover().destroy_key(options.id));
  std::cout << file.string() << ": overwritten and removed\n";
  if (file.extension() == ".uri")
    std::cout << "The key itself is in the token: remove it with the token's tools.\n";
  return ok();
}

void add_service_roll_over(CLI::App& group, const std::string& config_file,
                           const std::shared_ptr<KeyOptions>& options, Command& command) {
  CLI::App* leaf = add_leaf(group, "roll-over", "Make a new key of a service, with its certificates", command,
                            [options, &config_file] { return roll_over(config_file, *options); });
  leaf->add_option("service", options->service, "ocsp, confirmation, tls or time-stamp")
      ->required()
      ->check(CLI::IsMember({"ocsp", "confirmation", "tls", "time-stamp"}));
  leaf->add_option("--token-uri", options->token_uri, "The new key is this one of a PKCS#11 token");
}

void add_ca_commands(CLI::App& group, const std::string& config_file,
                     const std::shared_ptr<KeyOptions>& options, Command& command) {
  CLI::App* request =
      add_leaf(group, "request-ca", "Make the next CA key, and a request for its certificate", command,
               [options, &config_file] { return request_ca(config_file, *options); });
  request->add_option("--out", options->out, "PKCS#10 file to write")->required();
  request->add_option("--token-uri", options->token_uri, "The new key is this one of a PKCS#11 token");

  CLI::App* take = add_leaf(group, "take-ca", "Issue under the next CA key from now on", command,
                            [options, &config_file] { return take_ca(config_file, *options); });
  take->add_option("certificate", options->certificate, "What `network certify-ca` wrote")->required();

  CLI::App* retire = add_leaf(group, "retire-ca", "Put an earlier CA key out of force", command,
                              [options, &config_file] { return retire_ca(config_file, *options); });
  retire->add_option("id", options->id, "As `keys list` shows it")->required();
  retire->add_flag("--leaked", options->leaked,
                   "Although certificates of it are in force: all of them are refused from then on");
}

}  // namespace

void add_key_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("keys", "The authority's own keys, and their change");
  group->require_subcommand(1);
  group->fallthrough();
  const auto options = std::make_shared<KeyOptions>();
  add_leaf(*group, "list", "Show those that are at work", command,
           [&config_file] { return list(config_file); });
  add_service_roll_over(*group, config_file, options, command);
  add_ca_commands(*group, config_file, options, command);
  CLI::App* end = add_leaf(*group, "destroy", "Overwrite and remove a private key that is at work no more",
                           command, [options, &config_file] { return destroy(config_file, *options); });
  end->add_option("id", options->id, "As `keys list` showed it while it was")->required();
}

}  // namespace countersign::app
