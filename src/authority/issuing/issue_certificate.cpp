// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/issue_certificate.h"

#include "authority/issuing/data_centre.h"

namespace countersign::authority {

std::string crl_url_of(const AuthorityContext& context, const x509::Certificate& ca) {
  const auto status = context.urls.status();
  return status.empty() ? std::string() : status + crl_path(context.keys, ca);
}

Result<x509::Certificate> make_certificate(const AuthorityContext& context, const IssueOrder& order) {
  const auto status = context.urls.status();
  return x509::issue_certificate(context.keys.ca,
                                 {.role = order.role,
                                  .subject = order.subject,
                                  .key = order.key,
                                  .alternative_names = order.alternative_names,
                                  .key_origin = order.key_origin,
                                  .registered_by = order.registered_by,
                                  .ocsp_url = status.empty() ? "" : status + "/ocsp",
                                  .crl_url = crl_url_of(context, context.keys.ca.certificate),
                                  .not_before = context.clock.now() - kBackdating,
                                  .lifetime = {}});
}

Result<void> record_certificate(const AuthorityContext& context, storage::Transaction& transaction,
                                const x509::Certificate& certificate, const NewEntry& entry,
                                std::string_view actor) {
  const auto now = context.clock.now();
  TRY(context.directory.add(transaction, certificate, entry, now));
  const auto role = certificate.role();
  const AuditEntry record{
      std::string(actor), "issue", certificate.serial().hex(),
      std::string(role ? x509::profile_of(*role).name : "") + " " + std::string(state_name(entry.state))};
  return context.audit.append(transaction, {&record, 1}, now);
}

Result<x509::Certificate> issue_into_directory(const AuthorityContext& context,
                                               storage::Transaction& transaction, const IssueOrder& order) {
  TRY(auto certificate, make_certificate(context, order));
  TRY(record_certificate(context, transaction, certificate, order.entry, order.actor));
  return certificate;
}

}  // namespace countersign::authority
