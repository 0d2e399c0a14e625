// SPDX-License-Identifier: Apache-2.0
// services: the certificates under which the authority itself works, and their renewal.
#include <fmt/format.h>

#include <iostream>

#include "authority/issuing/service_certificates.h"
#include "commands.h"
#include "program.h"

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

Result<void> renew(const std::string& config_file, const ServiceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config, ExpiredServices::kTolerated));
  const TimePoint due = authority->store->clock.now() + std::chrono::days(options.within_days);
  TRY(const std::vector<x509::Certificate> renewed,
      authority::renew_service_certificates(*authority->context, config.plan(), due, operator_name()));
  for (const x509::Certificate& certificate : renewed)
    std::cout << fmt::format("{}\n  serial {}, until {}\n", certificate.subject().text(),
                             certificate.serial().hex(), format_time(certificate.not_after()));
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
  CLI::App* renewal = add_leaf(*group, "renew", "Renew those that end soon, for the same keys", command,
                               [options, &config_file] { return renew(config_file, *options); });
  renewal->add_option("--within-days", options->within_days, "Soon means so many days from now")
      ->check(CLI::Range(0, 36'500));
}

}  // namespace countersign::app
