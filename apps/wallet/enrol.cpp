// SPDX-License-Identifier: Apache-2.0
// init, enrol, open, make-keys: from a merchant's link to active certificates.
#include <iostream>

#include "commands.h"
#include "program.h"
#include "prompt.h"

namespace countersign::app {
namespace {

void print(const wallet::EnrolmentView& view) {
  std::cout << "Registration at " << view.consent.merchant.subject.text() << "\n  for " << view.consent.email
            << ", agreed to on " << format_time(view.consent.given) << ":\n\n"
            << view.consent.text << "\n\nenrolment " << view.record.id << "\n";
}

Result<void> initialize(const WalletConfig& config, const CommonOptions& options) {
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "New PIN of the card"));
  TRY(initialize_wallet(config, pin));
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  const card::CardInfo info = wallet->card->info();
  std::cout << "Wallet in " << config.folder.string() << ", keys in the token “" << info.label << "”.\n";
  if (!info.tamper_resistant)
    std::cout << "This token is software: it is not tamper-resistant, and whoever can read its files and "
                 "knows the PIN "
                 "can copy its keys.\n";
  return ok();
}

Result<void> enrol(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  wallet::EnrolmentDesk desk(wallet->parties());
  TRY(const wallet::EnrolmentView view,
      desk.begin(options.link, options.own_keys ? wallet::KeySource::kCard : wallet::KeySource::kKeyFile));
  print(view);
  std::cout << (options.own_keys
                    ? "When the mail has come: countersign-wallet make-keys\n"
                    : "The key file is here, encrypted. When the mail with its password has come: "
                      "countersign-wallet open\n");
  return ok();
}

// The enrolment that was named, or the newest one that still waits.
Result<std::string> waiting_enrolment(Wallet& wallet, const std::string& id) {
  if (!id.empty()) return id;
  TRY(const std::vector<wallet::EnrolmentRecord> records, wallet.store->enrolments());
  for (const wallet::EnrolmentRecord& record : records)
    if (record.state != wallet::EnrolmentState::kActive) return record.id;
  return fail(ErrorCode::kNotFound, "no enrolment waits; begin with `countersign-wallet enrol LINK`");
}

Result<void> finish(const WalletConfig& config, const CommonOptions& options, bool own_keys) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  wallet::EnrolmentDesk desk(wallet->parties());
  TRY(const std::string id, waiting_enrolment(*wallet, options.id));
  TRY(const wallet::EnrolmentView view, desk.show(id));
  print(view);
  if (!options.yes) {
    TRY(ask_to_go_on("Do you agree, and shall the keys be installed?"));
  }
  TRY(const crypto::SecretBytes password,
      read_secret(options.password_file, own_keys ? "Code from the mail" : "Password from the mail"));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  if (own_keys) {
    TRY(desk.make_keys(id, {to_text(password.reveal(crypto::SecretAccess{})), options.root}, pin));
  } else {
    TRY(desk.open(id, password, pin));
  }
  TRY(const wallet::EnrolmentView active, desk.show(id));
  std::cout << "Keys and certificates are on the card, and active.\nIf you lose this wallet, suspend them "
               "with the code "
            << active.record.suspension_code << " — write it down and keep it elsewhere.\n";
  return ok();
}

}  // namespace

void add_enrolment_commands(CLI::App& app, const Options& options, Command& command) {
  add_pin_option(add_leaf(app, "init", "Make the wallet and its software token", command,
                          [options](const WalletConfig& config) { return initialize(config, *options); }),
                 options);
  CLI::App* enrolment =
      add_leaf(app, "enrol", "Take up an enrolment link of a merchant: fetches the key file, once", command,
               [options](const WalletConfig& config) { return enrol(config, *options); });
  enrolment->add_option("link", options->link, "countersign:enrol?…")->required();
  enrolment->add_flag("--own-keys", options->own_keys, "Make the keys on the card instead of fetching them");
  for (const bool own_keys : {false, true}) {
    CLI::App* leaf = add_leaf(
        app, own_keys ? "make-keys" : "open",
        own_keys ? "Make keys on the card and have them certified, with the code from the mail"
                 : "Open the key file with the password from the mail and install the keys",
        command,
        [options, own_keys](const WalletConfig& config) { return finish(config, *options, own_keys); });
    leaf->add_option("--password-file", options->password_file,
                     "Read password or code from this file's first line");
    leaf->add_option("--enrolment", options->id, "Which one; by default the newest that waits");
    leaf->add_flag("--yes", options->yes, "Agree without being asked");
    if (own_keys)
      leaf->add_option("--root", options->root,
                       "The network root's fingerprint as the mail shows it, at least 32 digits of it")
          ->required();
    add_pin_option(leaf, options);
  }
}

}  // namespace countersign::app
