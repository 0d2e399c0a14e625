// SPDX-License-Identifier: Apache-2.0
// enrolments and erase: how far purchasers' enrolments have come, and the end of what is personal of a
// holder.
#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr int kPage = 200;

struct HolderOptions {
  std::string state, after, address, holder;
};

Result<void> list(const std::string& config_file, const HolderOptions& options) {
  std::optional<authority::EnrolmentState> state;
  if (!options.state.empty()) {
    state = authority::enrolment_state_of_name(options.state);
    if (!state) return fail(ErrorCode::kMalformed, "--state: no such state");
  }
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const std::vector<authority::Enrolment> found,
      authority->enrolments->list(state, options.after, kPage));
  for (const authority::Enrolment& enrolment : found)
    std::cout << fmt::format("{}  {:<20} {}  {}\n", enrolment.id, enrolment_state_name(enrolment.state),
                             enrolment.holder, enrolment.registered_by);
  if (found.size() == kPage) std::cout << "more: --after " << found.back().id << "\n";
  return ok();
}

Result<void> erase(const std::string& config_file, const HolderOptions& options) {
  if (options.address.empty() == options.holder.empty())
    return fail(ErrorCode::kMalformed, "say whom: either --address or --holder");
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  if (!options.holder.empty()) {
    TRY(authority->erasure->erase_holder(options.holder, operator_name()));
    std::cout << "Erased.\n";
    return ok();
  }
  TRY(const int erased, authority->erasure->erase_address(options.address, operator_name()));
  std::cout << fmt::format("Erased {} holder(s) registered under this address.\n", erased);
  return ok();
}

}  // namespace

void add_holder_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<HolderOptions>();
  CLI::App* group = app.add_subcommand("enrolments", "Enrolments of purchasers");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* listing = add_leaf(*group, "list", "List them, oldest first", command,
                               [options, &config_file] { return list(config_file, *options); });
  listing->add_option("--state", options->state,
                      "awaiting_fetch, awaiting_completion, active, expired, objected or revoked");
  listing->add_option("--after", options->after, "Go on behind this id");
  CLI::App* erasure = add_leaf(app, "erase", "Erase what is personal of a holder; evidence stays verifiable",
                               command, [options, &config_file] { return erase(config_file, *options); });
  erasure->add_option("--address", options->address, "Everyone registered under this mail address");
  erasure->add_option("--holder", options->holder, "One holder, by the UID in its certificates");
}

}  // namespace countersign::app
