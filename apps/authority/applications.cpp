// SPDX-License-Identifier: Apache-2.0
// applications: what merchants applied for, and the operator's word on it.
#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr int kPage = 200;

struct ApplicationOptions {
  std::string id, state, reason, after;
};

void print(const authority::Application& application) {
  std::cout << fmt::format("{}  {:<19} {}  {}{}\n", application.id, application_state_name(application.state),
                           format_time(application.created), application.subject,
                           application.reason.empty() ? "" : "  (" + application.reason + ")");
  for (const std::string& origin : application.origins) std::cout << "    " << origin << "\n";
}

Result<void> list(const std::string& config_file, const ApplicationOptions& options) {
  std::optional<authority::ApplicationState> state;
  if (!options.state.empty()) {
    state = authority::application_state_of_name(options.state);
    if (!state) return fail(ErrorCode::kMalformed, "--state: no such state");
  }
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const std::vector<authority::Application> found,
      authority->applications->list(state, options.after, kPage));
  for (const authority::Application& application : found) print(application);
  if (found.size() == kPage) std::cout << "more: --after " << found.back().id << "\n";
  return ok();
}

Result<void> approve(const std::string& config_file, const ApplicationOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const authority::Application application,
      authority->applications->approve(options.id, operator_name()));
  print(application);
  return ok();
}

Result<void> reject(const std::string& config_file, const ApplicationOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const authority::Application application,
      authority->applications->reject(options.id, options.reason, operator_name()));
  print(application);
  return ok();
}

}  // namespace

void add_application_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("applications", "Merchants' applications for certificates");
  group->require_subcommand(1);
  group->fallthrough();
  auto options = std::make_shared<ApplicationOptions>();
  CLI::App* listing = add_leaf(*group, "list", "List them, oldest first", command,
                               [options, &config_file] { return list(config_file, *options); });
  listing->add_option("--state", options->state,
                      "awaiting_challenge, awaiting_approval, issued, rejected or expired");
  listing->add_option("--after", options->after, "Go on behind this id");
  CLI::App* approval = add_leaf(*group, "approve", "Approve one: its certificate is issued", command,
                                [options, &config_file] { return approve(config_file, *options); });
  approval->add_option("id", options->id, "Its id")->required();
  CLI::App* rejection = add_leaf(*group, "reject", "Reject one", command,
                                 [options, &config_file] { return reject(config_file, *options); });
  rejection->add_option("id", options->id, "Its id")->required();
  rejection->add_option("--reason", options->reason, "What the applicant is told")->required();
}

}  // namespace countersign::app
