// SPDX-License-Identifier: Apache-2.0
// install, uninstall, status: what browsers and desktop must know of the mediator.
#include <sys/stat.h>

#include <iostream>

#include "program.h"

namespace countersign::app {
namespace {

Result<std::vector<mediator::Browser>> browsers_of(const Options& options) {
  std::vector<mediator::Browser> browsers;
  for (const mediator::Browser browser : mediator::kBrowsers) {
    const auto& named = options.browsers;
    if (named.empty() ||
        std::find(named.begin(), named.end(), mediator::browser_name(browser)) != named.end()) {
      browsers.push_back(browser);
    }
  }
  return browsers;
}

void print_parts(const mediator::Equipment& equipment) {
  for (const mediator::Part& part : equipment.parts) {
    std::cout << part.name << ": " << part.state << "\n";
    if (!part.remedy.empty()) std::cout << "    " << part.remedy << "\n";
  }
}

Result<void> run_install(const MediatorConfig& config, const Options& options) {
  umask(S_IWGRP | S_IWOTH);  // browsers of other users read what is installed for the system
  TRY(const auto browsers, browsers_of(options));
  TRY(mediator::install(installation_of(config, options.for_system), browsers));
  std::cout << "Installed. `countersign-mediator status` shows the parts.\n";
  return ok();
}

// The link key is one user's, and all of that user's browsers have it in common.
Result<void> check_pairings_option(const Options& options) {
  if (!options.with_pairings) return ok();
  if (options.for_system)
    return fail(
        ErrorCode::kUnsupported,
        "--pairings goes without --system: each user has pairings of their own. Run `countersign-mediator "
        "uninstall --pairings` as that user, without sudo; then `uninstall --system`.");
  if (!options.browsers.empty())
    return fail(ErrorCode::kUnsupported,
                "--pairings goes without --browser: all browsers use the same pairings. Run "
                "`countersign-mediator uninstall --pairings` when none is to use them any more.");
  return ok();
}

Result<void> run_uninstall(const MediatorConfig& config, const Options& options) {
  TRY(check_pairings_option(options));
  TRY(const auto browsers, browsers_of(options));
  TRY(mediator::uninstall(installation_of(config, options.for_system), browsers));
  if (options.with_pairings) {
    TRY(const bool was_there, mediator::forget_terminals(config.folder));
    const std::string folder = config.folder.string();
    if (was_there) {
      std::cout << "Uninstalled. The link key and all pairings in " << folder
                << " are overwritten and gone; unpair this computer at the terminal, too.\n";
    } else {
      std::cout << "Uninstalled. There was no link key and no pairing in " << folder << ".\n";
    }
    return ok();
  }
  std::cout << "Uninstalled. Link key and pairings stay; `countersign-mediator uninstall --pairings` removes "
               "them.\n";
  return ok();
}

Result<void> run_status(const MediatorConfig& config) {
  const mediator::Equipment equipment = equipment_of(config);
  print_parts(equipment);
  std::cout << "paired terminals: " << equipment.pairings << "\n";
  return ok();
}

}  // namespace

void add_install_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command) {
  CLI::App* const install =
      add_leaf(cli, "install", "Register with browsers, and for countersign: links", command,
               [options](const MediatorConfig& config) { return run_install(config, *options); });
  CLI::App* const uninstall =
      add_leaf(cli, "uninstall", "Remove what install wrote", command,
               [options](const MediatorConfig& config) { return run_uninstall(config, *options); });
  for (CLI::App* const leaf : {install, uninstall}) {
    leaf->add_option("--browser", options->browsers, "Only for this browser (may be given several times)")
        ->check(CLI::IsMember({"chromium", "chrome", "firefox"}));
    leaf->add_flag("--system", options->for_system, "For all users of this computer");
  }
  uninstall->add_flag("--pairings", options->with_pairings,
                      "Remove this computer's link key and all pairings, too");
  add_leaf(cli, "status", "Say which part is missing, if one is", command, run_status);
}

}  // namespace countersign::app
