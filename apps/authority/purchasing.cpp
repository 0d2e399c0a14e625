// SPDX-License-Identifier: Apache-2.0
// purchasing: merchants that want to buy from others, and the operator's word on it.
#include <fmt/format.h>

#include <iostream>

#include "authority/issuing/purchasing_certificates.h"
#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr int kPage = 200;

struct PurchasingOptions {
  std::string merchant, reason, after;
};

void print(const authority::PurchasingRight& right) {
  std::cout << fmt::format("{:<19} {}  {}{}\n", purchasing_state_name(right.state), format_time(right.asked),
                           right.merchant, right.reason.empty() ? "" : "  (" + right.reason + ")");
}

// Runs `work` on the rights of the data centre.
template <typename Work>
Result<void> with_rights(const std::string& config_file, Work&& work) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const auto purchasing, authority::PurchasingCertificates::open(*authority->context));
  return work(*purchasing);
}

Result<void> list(const std::string& config_file, const PurchasingOptions& options) {
  return with_rights(config_file, [&](authority::PurchasingCertificates& purchasing) -> Result<void> {
    TRY(const auto rights, purchasing.list(options.after, kPage));
    for (const auto& right : rights) print(right);
    if (rights.size() == kPage) std::cout << "more: --after '" << rights.back().merchant << "'\n";
    return ok();
  });
}

Result<void> approve(const std::string& config_file, const PurchasingOptions& options) {
  return with_rights(config_file, [&](authority::PurchasingCertificates& purchasing) -> Result<void> {
    TRY(const auto right, purchasing.grant(options.merchant, operator_name()));
    print(right);
    return ok();
  });
}

Result<void> refuse(const std::string& config_file, const PurchasingOptions& options) {
  return with_rights(config_file, [&](authority::PurchasingCertificates& purchasing) -> Result<void> {
    TRY(const auto right, purchasing.refuse(options.merchant, options.reason, operator_name()));
    print(right);
    return ok();
  });
}

}  // namespace

void add_purchasing_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("purchasing", "Merchants that want to buy from others");
  group->require_subcommand(1);
  group->fallthrough();
  auto options = std::make_shared<PurchasingOptions>();
  CLI::App* listing = add_leaf(*group, "list", "List who asked, and what was decided", command,
                               [options, &config_file] { return list(config_file, *options); });
  listing->add_option("--after", options->after, "Go on behind this merchant");
  CLI::App* approval =
      add_leaf(*group, "approve", "Certify this merchant as a purchaser, too, when it asks next", command,
               [options, &config_file] { return approve(config_file, *options); });
  approval->add_option("merchant", options->merchant, "Its subject, as listed")->required();
  CLI::App* refusal = add_leaf(*group, "refuse", "Certify it no more; its certificates stay until revoked",
                               command, [options, &config_file] { return refuse(config_file, *options); });
  refusal->add_option("merchant", options->merchant, "Its subject, as listed")->required();
  refusal->add_option("--reason", options->reason, "What the merchant is told")->required();
}

}  // namespace countersign::app
