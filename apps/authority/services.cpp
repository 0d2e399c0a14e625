// SPDX-License-Identifier: Apache-2.0
// services: the certificates under which the authority itself works, and their renewal.
#include <fmt/format.h>

#include <iostream>

#include "authority/issuing/service_certificates.h"
#include "card/card.h"
#include "commands.h"
#include "program.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

struct ServiceOptions {
  int within_days = 30;
};

Result<void> list(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config, ExpiredServices::kTolerated));
  for (const authority::ServiceExpiry& one : authority::service_expiries(authority->keys))
    std::cout << fmt::format("{:<14} until {}\n", one.name, format_time(one.not_after));
  return ok();
}

// What there was not yet when the data centre was made.
Result<std::vector<x509::Certificate>> make_missing(const AuthorityConfig& config,
                                                    const Authority& authority) {
  TRY(auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  const authority::KeyShelf shelf{config.certificates, std::move(passphrase), card::load_token_key};
  return authority::make_missing_services(*authority.context, config.plan(), shelf, operator_name());
}

void print_what_stays_missing(const AuthorityConfig& config, const Authority& authority) {
  for (const auto& [kind, can_be_made] : authority::missing_services(authority.keys, config.plan()))
    if (!can_be_made)
      std::cout << "No certificate for " << kind.name
                << ": the CA's is from before there were any. Have the root certify the CA once more "
                   "(network certify-ca), then renew again.\n";
}

Result<void> renew(const std::string& config_file, const ServiceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config, ExpiredServices::kTolerated));
  const TimePoint due = authority->store->clock.now() + std::chrono::days(options.within_days);
  TRY(std::vector<x509::Certificate> renewed,
      authority::renew_service_certificates(*authority->context, config.plan(), due, operator_name()));
  TRY(const std::vector<x509::Certificate> made, make_missing(config, *authority));
  renewed.insert(renewed.end(), made.begin(), made.end());
  for (const x509::Certificate& certificate : renewed)
    std::cout << fmt::format("{}\n  serial {}, until {}\n", certificate.subject().text(),
                             certificate.serial().hex(), format_time(certificate.not_after()));
  print_what_stays_missing(config, *authority);
  std::cout << (renewed.empty() ? "None was due.\n" : "Restart the server: it takes them then.\n");
  return ok();
}

}  // namespace

void add_service_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("services", "Certificates of the authority's own services");
  group->require_subcommand(1);
  group->fallthrough();
  add_leaf(*group, "list", "Show until when they are valid", command,
           [&config_file] { return list(config_file); });
  auto options = std::make_shared<ServiceOptions>();
  CLI::App* renewal =
      add_leaf(*group, "renew", "Renew those that end soon, for the same keys; make those that are missing",
               command, [options, &config_file] { return renew(config_file, *options); });
  renewal->add_option("--within-days", options->within_days, "Soon means so many days from now")
      ->check(CLI::Range(0, 36'500));
}

}  // namespace countersign::app
