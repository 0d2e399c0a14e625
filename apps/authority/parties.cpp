// SPDX-License-Identifier: Apache-2.0
// operators, card-companies: certificates of parties that apply by no form.
#include <iostream>

#include "authority/issuing/party_certificate.h"
#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr std::size_t kMostRequest = 8 << 10;

// One certificate: what asks for it, and where it goes.
struct Wish {
  x509::Role role;
  std::string request, out;
};
struct PartyOptions {
  std::string name;
  std::vector<Wish> wishes;
};

Result<void> certify(const std::string& config_file, const PartyOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  std::vector<Bytes> files;
  std::vector<authority::PartyRequest> requests;
  requests.reserve(options.wishes.size());
  for (const Wish& wish : options.wishes) {
    TRY(Bytes file, storage::read_file(wish.request, kMostRequest));
    files.push_back(std::move(file));
  }
  for (std::size_t i = 0; i < files.size(); ++i) requests.push_back({options.wishes[i].role, files[i]});
  TRY(const std::vector<x509::Certificate> issued,
      authority::certify_party(*authority->context, options.name, requests, operator_name()));
  for (std::size_t i = 0; i < issued.size(); ++i) {
    const std::string chain = issued[i].pem() + authority->keys.ca.certificate.pem();
    TRY(storage::write_file(options.wishes[i].out, as_bytes(chain), storage::FileMode::kPublic));
  }
  std::cout << issued.at(0).subject().text() << "\n";
  for (const x509::Certificate& certificate : issued)
    std::cout << "serial " << certificate.serial().hex() << "\n";
  return ok();
}

struct Party {
  x509::Role role;
  std::optional<x509::Role> agreement;  // where it has a key for that, too
  const char* group;
  const char* group_help;
  const char* help;
};

void add_party(CLI::App& app, const Party& party, const std::string& config_file, Command& command) {
  auto options = std::make_shared<PartyOptions>();
  options->wishes.push_back({party.role, "", ""});
  if (party.agreement) options->wishes.push_back({*party.agreement, "", ""});
  CLI::App* group = app.add_subcommand(party.group, party.group_help);
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* issuing = add_leaf(*group, "issue", party.help, command,
                               [options, &config_file] { return certify(config_file, *options); });
  issuing->add_option("--name", options->name, "Becomes the common name")->required();
  const char* const request = "PKCS#10 in DER, e.g. of `openssl req -new -outform DER`";
  const char* const out = "File for the certificate and its CA, in PEM";
  issuing->add_option("--request", options->wishes[0].request, request)->required();
  issuing->add_option("--out", options->wishes[0].out, out)->required();
  if (!party.agreement) return;
  issuing->add_option("--agreement-request", options->wishes[1].request, "The same of the key agreement")
      ->required();
  issuing->add_option("--agreement-out", options->wishes[1].out, "File for its certificate and CA, in PEM")
      ->required();
}

}  // namespace

void add_party_commands(CLI::App& app, const std::string& config_file, Command& command) {
  add_party(app,
            {x509::Role::kOperator, std::nullopt, "operators", "Certificates of operators",
             "Certify an operator's key"},
            config_file, command);
  add_party(
      app,
      {x509::Role::kCardCompany, x509::Role::kCardCompanyAgreement, "card-companies",
       "Certificates of card companies",
       "Certify a card company's keys: to sign and serve at the hosts that its request names, and to agree"},
      config_file, command);
}

}  // namespace countersign::app
