// SPDX-License-Identifier: Apache-2.0
// operators, card-companies: certificates of parties that apply by no form.
#include <iostream>

#include "authority/issuing/party_certificate.h"
#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr std::size_t kMostRequest = 8 << 10;

struct PartyOptions {
  std::string name, request, out;
};

Result<void> certify(const std::string& config_file, x509::Role role, const PartyOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const Bytes request, storage::read_file(options.request, kMostRequest));
  TRY(const x509::Certificate certificate,
      authority::certify_party(*authority->context, role, options.name, request, operator_name()));
  const std::string chain = certificate.pem() + authority->keys.ca.certificate.pem();
  TRY(storage::write_file(options.out, as_bytes(chain), storage::FileMode::kPublic));
  std::cout << certificate.subject().text() << "\nserial " << certificate.serial().hex() << "\n";
  return ok();
}

struct Party {
  x509::Role role;
  const char* group;
  const char* group_help;
  const char* help;
};

void add_party(CLI::App& app, const Party& party, const std::string& config_file, Command& command) {
  auto options = std::make_shared<PartyOptions>();
  CLI::App* group = app.add_subcommand(party.group, party.group_help);
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* issuing =
      add_leaf(*group, "issue", party.help, command,
               [options, role = party.role, &config_file] { return certify(config_file, role, *options); });
  issuing->add_option("--name", options->name, "Becomes the common name")->required();
  issuing
      ->add_option("--request", options->request, "PKCS#10 in DER, e.g. of `openssl req -new -outform DER`")
      ->required();
  issuing->add_option("--out", options->out, "File for the certificate and its CA, in PEM")->required();
}

}  // namespace

void add_party_commands(CLI::App& app, const std::string& config_file, Command& command) {
  add_party(app,
            {x509::Role::kOperator, "operators", "Certificates of operators", "Certify an operator's key"},
            config_file, command);
  add_party(app,
            {x509::Role::kCardCompany, "card-companies", "Certificates of card companies",
             "Certify a card company's key, for the hosts that its request names"},
            config_file, command);
}

}  // namespace countersign::app
