// SPDX-License-Identifier: Apache-2.0
// name, certificates, suspend, renew, change-pin, change-address: what a holder does beside paying.
#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "program.h"
#include "prompt.h"

namespace countersign::app {
namespace {

Result<void> show_name(const WalletConfig& config) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const wallet::Identity identity, wallet::find_identity(wallet->parties()));
  std::cout << identity.signing.subject().text() << "\n";
  return ok();
}

Result<void> list_certificates(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(const std::vector<wallet::ListedCertificate> found, wallet::HolderDesk(wallet->parties()).list(pin));
  for (const wallet::ListedCertificate& certificate : found)
    std::cout << fmt::format("{}  {:<20} {:<8} {} – {}  key made by {}  registered by {}\n",
                             certificate.serial, certificate.role, certificate.state, certificate.not_before,
                             certificate.not_after, certificate.key_origin, certificate.registered_by);
  std::cout << "If one of these is not yours, suspend it: whoever asked for it used your address.\n";
  return ok();
}

Result<void> suspend(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  wallet::HolderDesk desk(wallet->parties());
  if (options.by_code) {
    TRY(desk.suspend_by_code());
  } else {
    TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
    TRY(desk.suspend(pin));
  }
  std::cout << "Your certificates are suspended, from now on. The data centre's operator can end that.\n";
  return ok();
}

Result<void> renew(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(wallet::HolderDesk(wallet->parties()).renew(pin));
  std::cout << "New keys were made on the card and certified; they are used from now on.\n";
  return ok();
}

Result<void> change_pin(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const crypto::SecretBytes old_pin, read_secret(options.pin_file, "PIN"));
  TRY(const crypto::SecretBytes new_pin, read_secret(options.new_pin_file, "New PIN"));
  TRY(wallet::HolderDesk(wallet->parties()).change_pin(old_pin, new_pin));
  std::cout << "The PIN is changed.\n";
  return ok();
}

Result<void> change_address(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(wallet::HolderDesk(wallet->parties()).change_address(options.email, pin));
  std::cout << "Two mails are on their way, to the old and to the new address: follow the link in both.\n";
  return ok();
}

}  // namespace

void add_holder_commands(CLI::App& app, const Options& options, Command& command) {
  add_leaf(app, "name", "Show the name in your certificate, which card companies bind cards to", command,
           show_name);
  add_pin_option(
      add_leaf(app, "certificates", "List every certificate that was issued to your address", command,
               [options](const WalletConfig& config) { return list_certificates(config, *options); }),
      options);
  CLI::App* suspension =
      add_leaf(app, "suspend", "Suspend your certificates at once", command,
               [options](const WalletConfig& config) { return suspend(config, *options); });
  suspension->add_flag("--by-code", options->by_code,
                       "Without the card, by the code that came with the enrolment");
  add_pin_option(suspension, options);
  add_pin_option(add_leaf(app, "renew", "Make new keys on the card and have them certified", command,
                          [options](const WalletConfig& config) { return renew(config, *options); }),
                 options);
  CLI::App* pin = add_leaf(app, "change-pin", "Change the card's PIN", command,
                           [options](const WalletConfig& config) { return change_pin(config, *options); });
  add_pin_option(pin, options);
  pin->add_option("--new-pin-file", options->new_pin_file, "Read the new PIN from this file's first line");
  CLI::App* address =
      add_leaf(app, "change-address", "Change the mail address that your authority writes to", command,
               [options](const WalletConfig& config) { return change_address(config, *options); });
  address->add_option("email", options->email, "The new address")->required();
  add_pin_option(address, options);
}

}  // namespace countersign::app
