// SPDX-License-Identifier: Apache-2.0
// certificates: search in the directory, and suspension, resumption and revocation by the operator.
#include <iostream>

#include "authority/enrolment/suspension.h"
#include "authority/issuing/change_status.h"
#include "authority/issuing/describe_entry.h"
#include "commands.h"
#include "documents/json.h"
#include "program.h"

namespace countersign::app {
namespace {

using authority::StatusAct;

struct CertificateOptions {
  std::string serial, reason = "unspecified", remark;
  std::string subject, email, registered_by, role, state, cursor;
  int limit = 50;
};

Result<authority::DirectoryQuery> query_of(const CertificateOptions& options) {
  authority::DirectoryQuery query{.subject = options.subject,
                                  .serial_hex = options.serial,
                                  .email = options.email,
                                  .registered_by = options.registered_by,
                                  .role = {},
                                  .state = {},
                                  .cursor = options.cursor,
                                  .limit = options.limit};
  if (!options.role.empty()) {
    query.role = x509::role_of_name(options.role);
    if (!query.role) return fail(ErrorCode::kMalformed, "--role: no such role");
  }
  for (const auto state : {authority::CertificateState::kActive, authority::CertificateState::kOnHold,
                           authority::CertificateState::kRevoked})
    if (state_name(state) == options.state) query.state = state;
  if (!options.state.empty() && !query.state) return fail(ErrorCode::kMalformed, "--state: no such state");
  return query;
}

Result<void> search(const std::string& config_file, const CertificateOptions& options) {
  TRY(const authority::DirectoryQuery query, query_of(options));
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  return store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const authority::DirectoryPage page, store->directory->search(reader, query));
    for (const authority::DirectoryEntry& entry : page.entries)
      std::cout << documents::write_json(authority::describe_entry(entry)) << "\n";
    if (!page.next_cursor.empty()) std::cout << "more: --cursor " << page.next_cursor << "\n";
    return ok();
  });
}

Result<void> show(const std::string& config_file, const CertificateOptions& options) {
  TRY(const x509::SerialNumber serial, x509::SerialNumber::from_hex(options.serial));
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  return store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::optional<authority::DirectoryEntry> entry,
        store->directory->find_by_serial(reader, serial));
    if (!entry) return fail(ErrorCode::kNotFound, "no certificate with this serial number was issued here");
    std::cout << documents::write_json(authority::describe_entry(*entry)) << "\n" << entry->certificate.pem();
    return ok();
  });
}

Result<void> change(const std::string& config_file, const CertificateOptions& options, StatusAct act) {
  TRY(const x509::SerialNumber serial, x509::SerialNumber::from_hex(options.serial));
  const std::optional<x509::RevocationReason> reason = x509::reason_of_name(options.reason);
  if (!reason) return fail(ErrorCode::kMalformed, "--reason: not a reason of RFC 5280, e.g. keyCompromise");
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  return authority->store->database->write([&](storage::Transaction& transaction) {
    const authority::Suspensions suspensions(*authority->context, *authority->enrolments);
    if (act != StatusAct::kRevoke) {
      if (auto fetched = authority->applications->require_fetched(transaction, serial); !fetched)
        return fetched;
    }
    if (act == StatusAct::kResume)
      return suspensions.resume(transaction, serial, operator_name(), options.remark);
    if (act == StatusAct::kSuspend)
      return suspensions.suspend(transaction, serial, operator_name(), options.remark);
    const authority::StatusChange change{serial, act, *reason, operator_name(), options.remark};
    return authority::change_status(*authority->context, transaction, change);
  });
}

}  // namespace

void add_certificate_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("certificates", "The directory of certificates, and their status");
  group->require_subcommand(1);
  group->fallthrough();
  auto options = std::make_shared<CertificateOptions>();
  CLI::App* searching =
      add_leaf(*group, "search", "Find certificates; one JSON object per line, newest first", command,
               [options, &config_file] { return search(config_file, *options); });
  searching->add_option("--subject", options->subject, "Exact name (RFC 4514)");
  searching->add_option("--serial", options->serial, "Serial number, hexadecimal");
  searching->add_option("--email", options->email, "Address: it can be found by, not read out");
  searching->add_option("--registered-by", options->registered_by, "Name of the registering merchant");
  searching->add_option("--role", options->role, "merchant, purchaser, …");
  searching->add_option("--state", options->state, "active, on_hold or revoked");
  searching->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 500));
  searching->add_option("--cursor", options->cursor, "Go on behind the page before");

  const auto with_serial = [options](CLI::App* leaf) {
    leaf->add_option("serial", options->serial, "Serial number, hexadecimal")->required();
    return leaf;
  };
  with_serial(add_leaf(*group, "show", "Show one, with its certificate in PEM", command,
                       [options, &config_file] { return show(config_file, *options); }));
  const auto add_act = [&](const char* name, const char* help, StatusAct act) {
    CLI::App* leaf = with_serial(add_leaf(*group, name, help, command, [options, &config_file, act] {
      return change(config_file, *options, act);
    }));
    leaf->add_option("--remark", options->remark, "Why, for the audit log; no personal data");
    return leaf;
  };
  add_act("suspend", "Put it on hold", StatusAct::kSuspend);
  add_act("resume", "End the hold", StatusAct::kResume);
  add_act("revoke", "Revoke it for good", StatusAct::kRevoke)
      ->add_option("--reason", options->reason, "keyCompromise, superseded, cessationOfOperation, …");
}

}  // namespace countersign::app
