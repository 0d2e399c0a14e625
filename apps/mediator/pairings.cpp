// SPDX-License-Identifier: Apache-2.0
// pair, pairings list, pairings revoke: which terminals this PC knows.
#include <iostream>

#include "mediator/terminal_qr.h"
#include "program.h"

namespace countersign::app {
namespace {

Result<void> run_pair(const MediatorConfig& config) {
  TRY(const auto links, open_links(config));
  TRY(const link::PairingOffer offer, links->store->create_offer(config.name, links->clock.now()));
  const std::string text = offer.text();
  TRY(const std::string picture, mediator::terminal_qr(text));
  std::cout << picture
            << "\nScan this with your wallet, or copy this text into it. It works once, within ten minutes.\n"
            << text << "\n\nWaiting for your terminal …\n"
            << std::flush;
  const auto connection = links->dialer->pair(offer);
  if (!connection) {
    return fail(connection.error().error.code, connection.error().error.detail + ". " +
                                                   std::string(link::remedy(connection.error().obstacle)));
  }
  std::cout << "Paired with " << connection.value()->pairing().name << " ("
            << connection.value()->pairing().id << ").\n";
  connection.value()->close();
  return ok();
}

Result<void> run_list(const MediatorConfig& config) {
  TRY(const auto links, open_links(config));
  TRY(const auto pairings, links->store->pairings());
  for (const link::Pairing& pairing : pairings) {
    std::cout << pairing.id << "  " << pairing.name << "  paired " << format_time(pairing.created)
              << "  last used " << format_time(pairing.last_used) << "\n";
  }
  if (pairings.empty()) std::cout << "No terminal is paired. Run `countersign-mediator pair`.\n";
  return ok();
}

Result<void> run_revoke(const MediatorConfig& config, const std::string& id) {
  TRY(const auto links, open_links(config));
  TRY(links->store->revoke(id, links->clock.now()));
  std::cout << "Revoked. The terminal cannot be reached with this pairing any more.\n";
  return ok();
}

}  // namespace

void add_pairing_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command) {
  add_leaf(cli, "pair", "Show a pairing code and wait for a terminal to read it", command, run_pair);
  CLI::App* const pairings = cli.add_subcommand("pairings", "The terminals that this PC knows");
  pairings->require_subcommand(1);
  add_leaf(*pairings, "list", "List them", command, run_list);
  add_leaf(*pairings, "revoke", "Forget one for good", command,
           [options](const MediatorConfig& config) { return run_revoke(config, options->id); })
      ->add_option("id", options->id, "As `list` shows it")
      ->required();
}

}  // namespace countersign::app
