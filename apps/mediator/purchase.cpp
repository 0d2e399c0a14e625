// SPDX-License-Identifier: Apache-2.0
// A purchase: for the extension that started this program, or for a countersign: link in a terminal.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "http/message.h"
#include "mediator/link_wallet.h"
#include "mediator/native_host.h"
#include "mediator/terminal_screen.h"
#include "program.h"
#include "storage/file_descriptor.h"

namespace countersign::app {
namespace {

// Keyboard reads the answer to the last look, on a thread of its own, until it goes.
class Keyboard {
 public:
  Keyboard() : wake_(eventfd(0, EFD_CLOEXEC)) {}
  ~Keyboard() { stop(); }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  void stop() {
    eventfd_write(wake_.number(), 1);
    if (reading_.joinable()) reading_.join();
  }
  // Once.
  void ask(std::function<void(mediator::ReviewAnswer)> take) {
    reading_ = std::thread([this, take = std::move(take)] {
      pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {wake_.number(), POLLIN, 0}};
      if (poll(sources, 2, -1) < 0 || sources[1].revents != 0) return;
      char line[16] = {};
      const bool goes_on =
          read(STDIN_FILENO, line, sizeof(line) - 1) > 0 && (line[0] == 'y' || line[0] == 'Y');
      take(goes_on ? mediator::ReviewAnswer::kContinue : mediator::ReviewAnswer::kCancel);
    });
  }

 private:
  storage::FileDescriptor wake_;
  std::thread reading_;
};

// Why the extension cannot be served, in its own language.
Result<void> tell_browser(mediator::NativePort& port, const Error& error) {
  static_cast<void>(port.send(mediator::write_error(error, http::remedy_of(error.code))));
  return fail(error);
}

Result<void> serve_port(const MediatorConfig& config, mediator::NativePort& port) {
  TRY(check_memory());
  TRY(const auto links, open_links(config));
  TRY(auto options, gateway_options(config));
  mediator::LinkWallet wallets(*links->store, *links->dialer);
  mediator::HttpGateway gateways(std::move(options));
  mediator::NativeHost host(
      port, {wallets, gateways, [&config] { return equipment_of(config); }, COUNTERSIGN_VERSION});
  host.serve();
  return ok();
}

Result<void> run_open(const MediatorConfig& config, const std::string& text) {
  TRY(check_memory());
  TRY(auto notice, mediator::parse_pay_link(text));
  TRY(const auto links, open_links(config));
  TRY(auto options, gateway_options(config));
  mediator::LinkWallet wallets(*links->store, *links->dialer);
  mediator::HttpGateway gateways(std::move(options));
  mediator::Relay* relay = nullptr;  // before the screen can ask
  Keyboard keyboard;
  mediator::TerminalScreen screen(std::cout, [&] {
    keyboard.ask([&](mediator::ReviewAnswer answer) { relay->conversation().take_answer(answer); });
  });
  const std::string code = mediator::comparison_code();
  mediator::Relay relaying(std::move(notice), code, {screen, wallets, gateways});
  relay = &relaying;
  screen.show_code(code);
  relaying.run();
  keyboard.stop();
  const auto end = screen.end().value_or(mediator::end_of(link::Outcome::kFailed, ErrorCode::kInternal));
  if (end.outcome == link::Outcome::kConfirmed) return ok();
  return fail(end.code.value_or(ErrorCode::kInternal), std::string(mediator::why_not_confirmed(end)));
}

}  // namespace

Result<void> serve_browser(const MediatorConfig& config, const std::vector<std::string>& arguments) {
  mediator::NativePort port(STDIN_FILENO, STDOUT_FILENO);
  const Result<void> caller = mediator::check_caller(arguments, config.extensions);
  if (!caller) return tell_browser(port, caller.error());
  const Result<void> served = serve_port(config, port);
  if (!served) return tell_browser(port, served.error());
  return ok();
}

void add_purchase_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command) {
  add_leaf(cli, "open", "Pay a countersign:pay link with the paired terminal", command,
           [options](const MediatorConfig& config) { return run_open(config, options->link); })
      ->add_option("link", options->link, "countersign:pay?…")
      ->required();
}

}  // namespace countersign::app
