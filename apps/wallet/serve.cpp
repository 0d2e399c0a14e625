// SPDX-License-Identifier: Apache-2.0
// serve: the wallet's local screen, until SIGTERM or SIGINT.
#include <csignal>
#include <iostream>

#include "commands.h"
#include "program.h"
#include "wallet/screen.h"

namespace countersign::app {
namespace {

Result<void> serve(const WalletConfig& config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::unique_ptr<wallet::Screen> screen,
      wallet::Screen::start(wallet->parties(), {config.screen_port, config.web}));
  std::cout << "The wallet's screen, for the browser of this machine only:\n"
            << screen->address() << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  return ok();
}

}  // namespace

void add_serve_command(CLI::App& app, const Options&, Command& command) {
  add_leaf(app, "serve", "Show the wallet's screen in a browser of this machine", command, serve);
}

}  // namespace countersign::app
