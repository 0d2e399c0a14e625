// SPDX-License-Identifier: Apache-2.0
// serve: the wallet's local screen, until SIGTERM or SIGINT; Enter or SIGUSR1 asks for a new address.
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <iostream>
#include <thread>

#include "commands.h"
#include "program.h"
#include "storage/file_descriptor.h"
#include "storage/secret_folder.h"
#include "wallet/link_service.h"
#include "wallet/screen.h"

namespace countersign::app {
namespace {

enum class Wish { kNewAddress, kEnd };

// What the holder asks for at the terminal, or by a signal.
class Wishes {
 public:
  // Blocks the signals in this thread and those that it starts.
  static Wishes listen() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    const int source = signalfd(-1, &signals, SFD_CLOEXEC);
    sigaddset(&signals, SIGTTIN);  // in the background a terminal answers EIO instead of stopping the wallet
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return Wishes(source);
  }

  Wish next() {
    for (;;) {
      std::array<pollfd, 2> sources{pollfd{signals_.number(), POLLIN, 0}, pollfd{terminal_, POLLIN, 0}};
      if (poll(sources.data(), sources.size(), -1) < 0) continue;
      signalfd_siginfo received{};
      if (sources[0].revents != 0 && read(signals_.number(), &received, sizeof received) == sizeof received) {
        return received.ssi_signo == SIGUSR1 ? Wish::kNewAddress : Wish::kEnd;
      }
      if (sources[1].revents != 0) {
        std::array<char, 256> line{};
        if (read(terminal_, line.data(), line.size()) > 0) return Wish::kNewAddress;
        terminal_ = -1;  // nobody types any more; poll passes over it
      }
    }
  }

 private:
  explicit Wishes(int signals) : signals_(signals) {}
  storage::FileDescriptor signals_;
  int terminal_ = STDIN_FILENO;
};

// What a test or another program on this machine needs to find the wallet by.
Result<void> write_ports(const WalletConfig& config, const wallet::Screen& screen,
                         const wallet::LinkService* link) {
  std::string json = fmt::format(R"({{"screen":{})", screen.port());
  if (link != nullptr && link->state().port != 0)
    json += fmt::format(R"(,"link":{},"discovery":{})", link->state().port, link->state().discovery_port);
  return storage::write_file(config.folder / "ports.json", as_bytes(json + "}"), storage::FileMode::kPublic);
}

// Null where the wallet does not listen by its configuration.
Result<std::unique_ptr<wallet::LinkService>> start_link(const WalletConfig& config,
                                                        wallet::Pairings& pairings,
                                                        wallet::IncomingDesk& incoming, const Clock& clock) {
  if (!config.link) return std::unique_ptr<wallet::LinkService>();
  return wallet::LinkService::start(*config.link, pairings, incoming, clock);
}

Result<void> serve(const WalletConfig& config) {
  Wishes wishes = Wishes::listen();
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::unique_ptr<wallet::Pairings> pairings, wallet::Pairings::open(config.folder, wallet->clock));
  wallet::IncomingDesk incoming(
      wallet->parties(), {config.weakest_profile, [](auto time) { std::this_thread::sleep_for(time); }});
  TRY(const std::unique_ptr<wallet::LinkService> link,
      start_link(config, *pairings, incoming, wallet->clock));
  TRY(const std::unique_ptr<wallet::Screen> screen,
      wallet::Screen::start(wallet->parties(), {config.screen_port, config.web, &incoming, pairings.get(),
                                                link ? link->state() : wallet::LinkState()}));
  TRY(write_ports(config, *screen, link.get()));
  std::cout
      << "The wallet's screen, for the browser of this machine only. The address opens it once; press Enter "
         "for a new one.\n";
  do {
    std::cout << screen->new_address() << "\n" << std::flush;
  } while (wishes.next() == Wish::kNewAddress);
  return ok();
}

}  // namespace

void add_serve_command(CLI::App& app, const Options&, Command& command) {
  add_leaf(app, "serve", "Show the wallet's screen in a browser of this machine", command, serve);
}

}  // namespace countersign::app
