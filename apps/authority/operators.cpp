// SPDX-License-Identifier: Apache-2.0
// operators: certificates with which operators search the directory over HTTPS.
#include <iostream>

#include "authority/issuing/operator_certificate.h"
#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr std::size_t kMostRequest = 8 << 10;

struct OperatorOptions {
  std::string name, request, out;
};

Result<void> issue(const std::string& config_file, const OperatorOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const Bytes request, storage::read_file(options.request, kMostRequest));
  TRY(const x509::Certificate certificate,
      authority::issue_operator_certificate(*authority->context, options.name, request, operator_name()));
  const std::string chain = certificate.pem() + authority->keys.ca.certificate.pem();
  TRY(storage::write_file(options.out, as_bytes(chain), storage::FileMode::kPublic));
  std::cout << certificate.subject().text() << "\nserial " << certificate.serial().hex() << "\n";
  return ok();
}

}  // namespace

void add_operator_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<OperatorOptions>();
  CLI::App* group = app.add_subcommand("operators", "Certificates of operators");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* issuing = add_leaf(*group, "issue", "Certify an operator's key", command,
                               [options, &config_file] { return issue(config_file, *options); });
  issuing->add_option("--name", options->name, "Becomes the common name")->required();
  issuing
      ->add_option("--request", options->request, "PKCS#10 in DER, e.g. of `openssl req -new -outform DER`")
      ->required();
  issuing->add_option("--out", options->out, "File for the certificate and its CA, in PEM")->required();
}

}  // namespace countersign::app
