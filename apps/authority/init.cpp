// SPDX-License-Identifier: Apache-2.0
// init-root and init: the network's root, and a data centre below it.
#include <iostream>

#include "authority/issuing/network_root.h"
#include "card/card.h"
#include "commands.h"
#include "program.h"
#include "storage/passphrase.h"
#include "witnessing.h"

namespace countersign::app {
namespace {

struct RootOptions {
  std::string folder, network, passphrase_file;
};

Result<void> init_root(const RootOptions& options) {
  TRY(const crypto::SecretBytes passphrase, storage::read_passphrase(options.passphrase_file));
  TRY(const x509::Certificate root,
      authority::create_root(options.folder, options.network, passphrase, SystemClock().now()));
  std::cout << "root of the network: " << root.subject().text() << "\nSHA-256 "
            << hex_encode(root.fingerprint()) << "\nKeep " << options.folder
            << " offline; a data centre needs root.pem only.\n";
  return ok();
}

// Service certificates are directory entries like all others: OCSP and CRL answer for them too.
Result<void> enter_services(const Store& store, const std::vector<x509::Certificate>& services,
                            TimePoint now) {
  return store.database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (const x509::Certificate& service : services) {
      TRY(store.directory->add(transaction, service, {authority::CertificateState::kActive, "", ""}, now));
      const authority::AuditEntry entry{operator_name(), "issue", service.serial().hex(),
                                        std::string(x509::profile_of(*service.role()).name)};
      TRY(store.audit->append(transaction, std::span(&entry, 1), now));
    }
    return ok();
  });
}

Result<void> init_data_centre(const std::string& config_file, const RootOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const crypto::SecretBytes passphrase, storage::read_passphrase(options.passphrase_file));
  TRY(const x509::Issuer root, authority::load_root(options.folder, passphrase));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  const TimePoint now = store->clock.now();
  TRY(const std::vector<x509::Certificate> services,
      authority::create_data_centre(root, config.plan(), card::load_token_key, now));
  TRY(enter_services(*store, services, now));
  std::cout << "data centre: " << config.limits.subtree.text() << "\ncertificates in "
            << config.certificates.string() << "\n";
  TRY(const auto log, load_log_signer(config));
  if (log) std::cout << "public log: " << log->verifier().text() << "\n";
  TRY(const auto witness, create_witness_key(config));
  std::cout << "witness: " << witness.text() << "\n";
  return ok();
}

}  // namespace

void add_init_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<RootOptions>();
  CLI::App* root =
      add_leaf(app, "init-root", "Make the key and certificate of a network's root, to be kept offline",
               command, [options] { return init_root(*options); });
  root->add_option("--out", options->folder, "Folder to make, for root.key and root.pem")->required();
  root->add_option("--network", options->network, "Name of the network, e.g. \"Countersign Demo\"")
      ->required();
  root->add_option("--passphrase-file", options->passphrase_file, "File whose first line encrypts the key")
      ->required();

  CLI::App* centre =
      add_leaf(app, "init", "Make this data centre's keys and have the root certify its CA", command,
               [options, &config_file] { return init_data_centre(config_file, *options); });
  centre->add_option("--root", options->folder, "Folder of the root")->required();
  centre
      ->add_option("--root-passphrase-file", options->passphrase_file,
                   "File whose first line opens the root's key")
      ->required();
}

}  // namespace countersign::app
